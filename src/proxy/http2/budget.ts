/** A rate limit: so many of something at once, and so many more for every second that passes. */
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

  /** Counts one. @returns false when the limit is exceeded. */
  spend(now: number): boolean {
    this.#left =
      Math.min(this.#burst, this.#left + ((now - this.#at) / 1000) * this.#perSecond) - 1;
    this.#at = now;
    return this.#left >= 0;
  }

  /** Allows some more, where traffic makes them legitimate. */
  earn(count: number): void {
    this.#left = Math.min(this.#burst, this.#left + count);
  }
}

export interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * Streams that were begun and then reset, by the client or because of its mistakes: resetting costs a client next to
 * nothing, and the gateway a request to a pod (rapid reset, CVE-2023-44487).
 */
export const RESETS: Allowance = { burst: 800, perSecond: 25 };

/** Frames that carry nothing: settings, pings, empty data, updates of windows that were not used. */
export const IDLE_FRAMES: Allowance = { burst: 10_000, perSecond: 1_000 };

/**
 * What each frame of data that we send entitles the peer to: updates of two windows, and a ping to measure the round
 * trip.
 */
export const FRAMES_FOR_DATA = 4;
