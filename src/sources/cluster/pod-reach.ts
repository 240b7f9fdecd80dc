import { connect } from "node:net";
import type { REACHES } from "../../manifests/settings/table.ts";
import { hostPort } from "../../net/host-port.ts";

export type WantedReach = (typeof REACHES)[number];
type KnownReach = Exclude<WantedReach, "auto">;

/** An address at which a Pod should answer if Pods can be reached directly. */
export interface KnownPlace {
  readonly address: string;
  readonly port: number;
  /** `shop/web-1` */
  readonly pod: string;
}

export interface PodReachOptions {
  readonly wanted: WantedReach;
  /** Addresses to try, on different nodes; empty until some are known. */
  readonly places: () => readonly KnownPlace[];
  /** Called with the result, and again when it has changed. */
  readonly told: (message: string) => void;
  /** Whether a server answers there. Default: a TCP connection within a second. */
  readonly answers?: (place: KnownPlace) => Promise<boolean>;
}

/**
 * Finds out whether this machine can reach Pods at their own addresses. Until that is known they are reached by
 * port-forward, which works wherever it is permitted.
 */
export class PodReach {
  readonly #options: PodReachOptions;
  #known: KnownReach | undefined;
  #told: KnownReach | undefined;
  #deciding: Promise<void> | undefined;

  constructor(options: PodReachOptions) {
    this.#options = options;
    if (options.wanted !== "auto") this.#known = options.wanted;
  }

  /** The present result; if there is none yet, the search for it begins. */
  get now(): KnownReach {
    if (this.#known === undefined) void this.decide();
    return this.#known ?? "port-forward";
  }

  /** Whether the result can't change. */
  get isFixed(): boolean {
    return this.#options.wanted !== "auto";
  }

  /** A direct connection failed: this machine may have changed networks. */
  doubt(): void {
    if (!this.isFixed) this.#known = undefined;
  }

  /** Tries the addresses, if there are any. */
  decide(): Promise<void> {
    if (this.#known !== undefined) return Promise.resolve();
    this.#deciding ??= this.#tryOut().finally(() => {
      this.#deciding = undefined;
    });
    return this.#deciding;
  }

  async #tryOut(): Promise<void> {
    const { places, told, answers = accepts } = this.#options;
    const tried = places();
    const [example] = tried;
    if (example === undefined) return;
    const outcomes = await Promise.all(tried.map(answers));
    // All must answer: a single address might belong to another machine of the present network.
    const silent = tried[outcomes.indexOf(false)];
    const reach = silent === undefined ? "direct" : "port-forward";
    this.#known = reach;
    if (this.#told === reach) return;
    this.#told = reach;
    told(
      silent === undefined
        ? `pods are reached directly: ${describe(example)} answers here`
        : `pods are reached by port-forward, TCP alone: ${describe(silent)} does not answer here`,
    );
  }
}

function describe({ address, port, pod }: KnownPlace): string {
  return `${hostPort(address, port)} (${pod})`;
}

const PATIENCE = 1000;

function accepts({ address, port }: KnownPlace): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (outcome: boolean) => {
      resolve(outcome);
      socket.destroy();
    };
    socket.setTimeout(PATIENCE, () => settle(false));
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
