import type { LocalAddressOf } from "../mapped-dialer.ts";
import { type PlannedRelay, placeOf } from "./relay-plan.ts";

export interface LostRelaysOptions {
  readonly localAddressOf: LocalAddressOf;
  /** Milliseconds after which lost ones are tried again. */
  readonly retryTime: number;
  /** Tries again what could not be had. */
  retry(): void;
  /** @param wanted false when nothing is to listen there now, but others may answer in its place. */
  onLost(plan: PlannedRelay, error: Error, wanted: boolean): void;
  /** @param listening false when it is not wanted any more. */
  onRegained(plan: PlannedRelay, listening: boolean): void;
}

/** Relays whose address could not be had: each is reported once it fails, and once it is settled. */
export class LostRelays {
  readonly #options: LostRelaysOptions;
  /** By {@link placeOf}. */
  readonly #lost = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LostRelaysOptions) {
    this.#options = options;
  }

  add(plan: PlannedRelay, error: NodeJS.ErrnoException, wanted: boolean): void {
    if (error.code === "EADDRINUSE" && this.#isHeldByPod(plan)) return;
    this.#lost.add(placeOf(plan));
    this.#options.onLost(plan, error, wanted);
    if (plan.protocol === "SCTP") return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#options.retry();
    }, this.#options.retryTime).unref();
  }

  /** The process of a pod that listens on all addresses at the container's port is reached without a relay. */
  #isHeldByPod(plan: PlannedRelay): boolean {
    if (plan.kind !== "Pod") return false;
    const pod = this.#options.localAddressOf(plan.address, plan.port);
    return pod?.door === undefined && pod?.port === plan.port;
  }

  /** It listens now, or is not wanted any more. */
  settle(plan: PlannedRelay, listening: boolean): void {
    if (this.#lost.delete(placeOf(plan))) this.#options.onRegained(plan, listening);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
