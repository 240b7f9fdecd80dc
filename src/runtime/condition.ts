/** Waits for a condition, which is checked again whenever anything it depends on has changed. */
export class Condition {
  readonly #waiting = new Set<{ readonly when: () => boolean; readonly resolve: () => void }>();
  #ended = false;

  /** Resolves when `when()` is true, or when {@link end} is called. */
  until(when: () => boolean): Promise<void> {
    if (this.#ended || when()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.add({ when, resolve });
    });
  }

  /** To be called after a change. */
  changed(): void {
    for (const waiter of [...this.#waiting]) {
      if (!this.#ended && !waiter.when()) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  /** Ends all waiting, present and future. */
  end(): void {
    this.#ended = true;
    this.changed();
  }
}
