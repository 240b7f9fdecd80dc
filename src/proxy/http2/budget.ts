/** How much of something a peer may do: so much at once, and so much more for every second that passes. */
export class Budget {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  /** @param now in milliseconds. */
  constructor({ burst, perSecond }: Allowance, now: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
    this.#at = now;
  }

  /** One more. @returns false when it is one too many. */
  spend(now: number): boolean {
    this.#left =
      Math.min(this.#burst, this.#left + ((now - this.#at) / 1000) * this.#perSecond) - 1;
    this.#at = now;
    return this.#left >= 0;
  }

  /** Some more for something that gives reason for them. */
  earn(count: number): void {
    this.#left = Math.min(this.#burst, this.#left + count);
  }
}

export interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

/** Streams that were begun and then reset, or made us reset them: next to nothing for a client, a request for a pod. */
export const RESETS: Allowance = { burst: 800, perSecond: 25 };

/** Frames that move nothing: settings, pings, empty data, updates of windows that nobody used. */
export const IDLE_FRAMES: Allowance = { burst: 10_000, perSecond: 1_000 };

/** What each frame of data that was sent gives reason for: updates of two windows, and a ping to measure the way. */
export const FRAMES_FOR_DATA = 4;
