import { connect } from "node:net";
import type { REACHES } from "../../manifests/settings/table.ts";
import { hostPort } from "../../net/host-port.ts";

export type WantedReach = (typeof REACHES)[number];
type KnownReach = Exclude<WantedReach, "auto">;

/** A place where a Pod answers whoever can reach it. */
export interface KnownPlace {
  readonly address: string;
  readonly port: number;
  /** `shop/web-1` */
  readonly pod: string;
}

export interface PodReachOptions {
  readonly wanted: WantedReach;
  /** Places to try, of different nodes; none as long as there are none. */
  readonly places: () => readonly KnownPlace[];
  /** Told once, and again when it has changed. */
  readonly told: (message: string) => void;
  /** Whether something answers there. Default: a TCP connection within a second. */
  readonly answers?: (place: KnownPlace) => Promise<boolean>;
}

/**
 * Whether the addresses of Pods lead to them from this machine. Until that is known they are reached by port-forward,
 * which always works where it is allowed.
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

  /** What holds now; what is not known begins to be found out. */
  get now(): KnownReach {
    if (this.#known === undefined) void this.decide();
    return this.#known ?? "port-forward";
  }

  /** Whether it can't change. */
  get isFixed(): boolean {
    return this.#options.wanted !== "auto";
  }

  /** A connection that was made directly did not come about: this machine may be in another network by now. */
  doubt(): void {
    if (!this.isFixed) this.#known = undefined;
  }

  /** Finds out, where there is something to try. */
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
    // All of them: one address of three may be somebody else's in the network that this machine is in.
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
