import type { BalancedPort } from "../../balancer/balanced-port.ts";
import type { Balancer } from "../../balancer/balancer.ts";
import { BackendShares } from "../../routes/backend-shares.ts";
import type { StreamRule } from "../../routes/stream-route.ts";

/** Distributes the connections of a rule over its backends by weight. */
export class StreamTargets {
  readonly #balancer: Balancer;
  readonly #shares = new WeakMap<StreamRule, BackendShares>();

  constructor(balancer: Balancer) {
    this.#balancer = balancer;
  }

  /** @returns undefined when the next connection has no backend */
  next(rule: StreamRule | undefined, protocol: "TCP" | "UDP"): BalancedPort | undefined {
    if (rule === undefined) return undefined;
    let shares = this.#shares.get(rule);
    if (shares === undefined) {
      shares = new BackendShares(rule.backends);
      this.#shares.set(rule, shares);
    }
    const backend = shares.next();
    if (backend === undefined || backend.problem !== undefined) return undefined;
    const { namespace, service, port } = backend;
    const found = this.#balancer.lookup(namespace, service, port, protocol);
    return "outcome" in found ? undefined : found;
  }
}
