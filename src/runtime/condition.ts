/** What something waits for: looked at again whenever anything it depends on has changed. */
export class Condition {
  readonly #waiting = new Set<{ readonly when: () => boolean; readonly resolve: () => void }>();
  #ended = false;

  /** Resolves when `when()` is true, at the latest with {@link end}. */
  until(when: () => boolean): Promise<void> {
    if (this.#ended || when()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.add({ when, resolve });
    });
  }

  /** Something has changed. */
  changed(): void {
    for (const waiter of [...this.#waiting]) {
      if (!this.#ended && !waiter.when()) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  /** Nothing is waited for any more, now or later. */
  end(): void {
    this.#ended = true;
    this.changed();
  }
}
