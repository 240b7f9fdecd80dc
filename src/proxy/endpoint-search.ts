import type { Backend } from "../balancer/backend.ts";
import type { Client, Picked } from "../balancer/choice.ts";
import { extended } from "../objects/extended.ts";
import { type Refusal, refusal } from "./refusal.ts";
import type { Route } from "./router.ts";
import { type DialPolicy, describeFailure, patience } from "./upstream.ts";

const NONE: ReadonlySet<Backend> = new Set();

/**
 * The endpoints that one request is tried at. An endpoint that can't be connected to has seen nothing of the request,
 * so another one is tried, until none is left or {@link patience} runs out. In strict mode only one is tried.
 */
export class EndpointSearch {
  /** Endpoints tried so far. */
  attempts = 0;
  readonly #policy: DialPolicy;
  readonly #route: Route;
  readonly #client: Client;
  #tried: Set<Backend> | undefined;
  #failure = "";
  /** When the first one failed. */
  #failing = 0;

  constructor(policy: DialPolicy, route: Route, client: Client) {
    this.#policy = policy;
    this.#route = route;
    this.#client = client;
  }

  next(): Picked | Refusal {
    const { port, only } = this.#route;
    const plain = this.#tried === undefined && only === undefined;
    const picked = this.#policy.balancer.pick(
      port,
      plain ? this.#client : extended(this.#client, { ...only, exclude: this.#tried ?? NONE }),
    );
    if (picked.outcome === "endpoint") {
      this.attempts++;
      return picked;
    }
    return this.#failure === ""
      ? refusal(503, "no-endpoint", picked.reason)
      : refusal(502, "connect-failed", this.#failure);
  }

  /** @returns why the search is over; undefined when {@link next} may be asked for another. */
  connectFailed(picked: Picked, error: Error): Refusal | undefined {
    const { balancer, strict, connectTimeout } = this.#policy;
    this.#failure = describeFailure(picked, error);
    const now = performance.now();
    if (this.#failing === 0) this.#failing = now;
    if (strict) return refusal(502, "connect-failed", this.#failure);
    balancer.connectFailed(this.#route.port, picked.backend);
    this.#tried ??= new Set();
    this.#tried.add(picked.backend);
    return now - this.#failing < patience(connectTimeout)
      ? undefined
      : refusal(502, "connect-failed", this.#failure);
  }

  /** The endpoint broke the connection off: another one is tried next, or the same one where it is the only one. */
  avoid(picked: Picked): void {
    const tried = new Set([...(this.#tried ?? []), picked.backend]);
    const { port, only } = this.#route;
    const other = this.#policy.balancer.pick(port, { ...only, exclude: tried });
    this.#tried = other.outcome === "endpoint" ? tried : undefined;
  }
}
