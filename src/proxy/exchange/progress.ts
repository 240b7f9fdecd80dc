/** For how long a counter has not changed. It is sampled at intervals, so that counting itself stays cheap. */
export class Progress {
  #moved = -1;
  #since = 0;

  /** @returns milliseconds since the counter was first seen with this value. */
  stillFor(moved: number, now: number): number {
    if (moved !== this.#moved) {
      this.#moved = moved;
      this.#since = now;
    }
    return now - this.#since;
  }

  /** Starts measuring anew. */
  restart(): void {
    this.#moved = -1;
  }
}
