export interface RetryDelayOptions {
  /** Milliseconds before the first retry. Default: 800, as client-go's reflector. */
  readonly base?: number;
  /** The longest delay, in milliseconds. Default: 30 s. */
  readonly cap?: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Waits; ends early, without an error, when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Waits between attempts, twice as long each time, with jitter so that many clients do not retry at the same moment.
 */
export class BackOff {
  readonly #options: Required<RetryDelayOptions>;
  #attempt = 0;

  constructor(options: RetryDelayOptions) {
    this.#options = { base: 800, cap: 30_000, ...options };
  }

  /** @param atLeast milliseconds that the server asked for. */
  async wait(signal: AbortSignal, atLeast = 0): Promise<void> {
    const { base, cap, random, sleep } = this.#options;
    const delay = Math.min(cap, base * 2 ** this.#attempt);
    this.#attempt = Math.min(this.#attempt + 1, 16);
    await sleep(Math.max(atLeast, delay * (0.5 + random())), signal);
  }

  reset(): void {
    this.#attempt = 0;
  }
}
