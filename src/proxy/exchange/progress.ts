/** For how long a counter has stood still. It is looked at now and then, so that counting costs nothing more. */
export class Progress {
  #moved = -1;
  #since = 0;

  /** @returns milliseconds since the counter was first seen where it is. */
  stillFor(moved: number, now: number): number {
    if (moved !== this.#moved) {
      this.#moved = moved;
      this.#since = now;
    }
    return now - this.#since;
  }

  /** Begins anew. */
  restart(): void {
    this.#moved = -1;
  }
}
