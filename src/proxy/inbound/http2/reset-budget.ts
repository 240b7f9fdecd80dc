/** Streams that a client may reset in a row. */
const BURST = 800;
/** And as many more for every second that passes. */
const PER_SECOND = 25;

/**
 * What a client has left of resetting its streams, which costs it next to nothing and a pod a connection each. Less
 * than what nghttp2 allows (1,000 and 33): node neither tells of a session that nghttp2 has given up nor reads
 * on, so that its socket would stay until it has been idle for long enough, even when its client is gone.
 */
export class ResetBudget {
  #left = BURST;
  #at: number;

  /** @param now in milliseconds. */
  constructor(now: number) {
    this.#at = now;
  }

  /** One more reset. @returns false when it is one too many. */
  spend(now: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) / 1000) * PER_SECOND) - 1;
    this.#at = now;
    return this.#left >= 0;
  }
}
