import type { Probe } from "../objects/pod.ts";
import type { Check, CheckResult } from "./check.ts";
import type { Clock } from "./clock.ts";

/** When to probe and what counts, without the handler; seconds. */
export type ProbeTiming = Pick<
  Probe,
  | "initialDelaySeconds"
  | "timeoutSeconds"
  | "periodSeconds"
  | "successThreshold"
  | "failureThreshold"
>;

export interface ProberOptions {
  readonly timing: ProbeTiming;
  readonly check: Check;
  readonly clock: Clock;
  /** The verdict until a threshold is reached: false for readiness, true for liveness, none for startup. */
  readonly initially: boolean | undefined;
  /**
   * Look more often until the first success, beginning at once: what was written for a cluster's start-up
   * times must not slow a laptop down. Early failures don't count towards the threshold.
   */
  readonly eager: boolean;
  /** Called when a threshold was reached and the verdict changed. */
  readonly onVerdict: (result: CheckResult) => void;
  /** Called with the result of every probe, before `onVerdict`. */
  readonly onResult?: (result: CheckResult) => void;
  /** Called when a probe fails with another message than the last one, even if the verdict stays. */
  readonly onFailure?: (message: string) => void;
}

const FIRST_EAGER_DELAY = 20;
const LAST_EAGER_DELAY = 1_000;

/** Runs one probe of one container run, with the kubelet's thresholds and defaults (0, 1, 10, 1, 3). */
export class Prober {
  readonly #options: ProberOptions;
  readonly #abort = new AbortController();
  #cancel: () => void = () => {};
  #verdict: boolean | undefined;
  /** Equal results in a row. */
  #run = 0;
  #last: boolean | undefined;
  #lastMessage: string | undefined;
  #eagerDelay: number;
  /** From when on failures count. */
  #due = 0;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#verdict = options.initially;
    this.#eagerDelay = options.eager ? FIRST_EAGER_DELAY : Number.POSITIVE_INFINITY;
  }

  start(): void {
    const { clock, timing } = this.#options;
    const initialDelay = 1000 * (timing.initialDelaySeconds ?? 0);
    this.#due = clock.now() + initialDelay;
    this.#schedule(Math.min(initialDelay, this.#eagerDelay));
  }

  stop(): void {
    this.#cancel();
    this.#abort.abort();
  }

  #schedule(delay: number): void {
    this.#cancel = this.#options.clock.after(delay, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    const { clock, timing, check } = this.#options;
    const signal = new AbortController();
    const stop = (): void => signal.abort();
    this.#abort.signal.addEventListener("abort", stop, { once: true });
    const cancelTimeout = clock.after(1000 * (timing.timeoutSeconds ?? 1), stop);
    let result: CheckResult;
    try {
      result = await check(signal.signal);
    } catch (error) {
      result = { ok: false, message: (error as Error).message };
    }
    cancelTimeout();
    this.#abort.signal.removeEventListener("abort", stop);
    if (this.#abort.signal.aborted) return;
    const now = clock.now();
    const counts = result.ok || now >= this.#due;
    const period = 1000 * Math.max(timing.periodSeconds ?? 10, 0.01);
    if (now >= this.#due) this.#due = now + period;
    this.#judge(result, counts);
    if (this.#abort.signal.aborted) return;
    if (result.ok) this.#eagerDelay = Number.POSITIVE_INFINITY;
    this.#schedule(Math.min(this.#eagerDelay, period));
    if (Number.isFinite(this.#eagerDelay)) {
      this.#eagerDelay = Math.min(this.#eagerDelay * 2, LAST_EAGER_DELAY);
    }
  }

  #judge(result: CheckResult, counts: boolean): void {
    const { timing, onVerdict, onFailure, onResult } = this.#options;
    onResult?.(result);
    const message = result.ok ? undefined : result.message;
    if (message !== this.#lastMessage) {
      this.#lastMessage = message;
      if (message !== undefined) onFailure?.(message);
    }
    if (!counts) return;
    this.#run = this.#last === result.ok ? this.#run + 1 : 1;
    this.#last = result.ok;
    const threshold = result.ok ? (timing.successThreshold ?? 1) : (timing.failureThreshold ?? 3);
    if (this.#run < threshold || this.#verdict === result.ok) return;
    this.#verdict = result.ok;
    onVerdict(result);
  }
}
