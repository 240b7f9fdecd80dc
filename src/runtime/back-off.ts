/** How long a container that keeps ending waits before it is started again; all in milliseconds. */
export interface BackOffPolicy {
  /** The first wait; it doubles from there. */
  readonly base: number;
  readonly cap: number;
}

/** The kubelet's: 10 s doubling to 5 min. */
export const KUBELET_BACK_OFF: BackOffPolicy = { base: 10_000, cap: 300_000 };

/**
 * The kubelet's CrashLoop back-off: the first restart is immediate, later ones wait, and a container
 * that ran for twice the cap (10 min by default) starts afresh.
 */
export class BackOff {
  readonly #policy: BackOffPolicy;
  #next = 0;

  constructor(policy: BackOffPolicy) {
    this.#policy = policy;
  }

  /** The wait after an end, `ran` milliseconds after the start. */
  next(ran: number): number {
    const { cap } = this.#policy;
    if (ran >= 2 * cap) this.#next = 0;
    const wait = this.#next;
    this.#next = Math.min(wait === 0 ? this.#policy.base : wait * 2, cap);
    return wait;
  }
}
