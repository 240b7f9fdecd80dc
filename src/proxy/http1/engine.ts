import type { Backend } from "../../balancer/backend.ts";
import type { EndpointLoad } from "../../balancer/endpoint-load.ts";
import type { ForwarderContext } from "../forwarder.ts";
import { SessionPool } from "../http2/session-pool.ts";
import { isRefusal, type Refusal } from "../refusal.ts";
import { type RoutedRequest, routeRequest } from "../request-target.ts";
import type { Route } from "../router.ts";
import { UpstreamPool } from "./upstream-pool.ts";

/** Hosts remembered; programs ask for few, attackers for many. */
const MAX_ROUTES = 1_000;

/** What the connections of one gateway share: pools, remembered routes, and whether it is closing. */
export class Http1Engine {
  readonly context: ForwarderContext;
  /** Connections to pods that speak HTTP/2. */
  readonly sessions: SessionPool;
  draining = false;
  readonly #pools = new Map<EndpointLoad, UpstreamPool>();
  readonly #routes = new Map<string, Route>();
  #routesOf = -1;

  constructor(context: ForwarderContext) {
    this.context = context;
    this.sessions = new SessionPool(context);
  }

  /** {@link routeRequest}, remembered by Host while the store stays as it is. */
  route(method: string, target: string, host: string | undefined): RoutedRequest | Refusal {
    if (host === undefined || target.charCodeAt(0) !== 47 || method === "CONNECT") {
      return routeRequest(this.context.router, method, target, host);
    }
    if (this.#routesOf !== this.context.router.version || this.#routes.size > MAX_ROUTES) {
      this.#routes.clear();
      this.#routesOf = this.context.router.version;
    }
    const known = this.#routes.get(host);
    if (known !== undefined) return { route: known, path: target, host };
    const routed = routeRequest(this.context.router, method, target, host);
    if (!isRefusal(routed)) this.#routes.set(host, routed.route);
    return routed;
  }

  pool(backend: Backend): UpstreamPool {
    let pool = this.#pools.get(backend.load);
    if (pool === undefined) {
      pool = new UpstreamPool(backend, this.context, this.context.limits);
      this.#pools.set(backend.load, pool);
    }
    return pool;
  }

  sweep(now: number): void {
    for (const [load, pool] of this.#pools) {
      pool.sweep(now);
      // One that is needed again is made again.
      if (pool.isEmpty && load.active === 0) this.#pools.delete(load);
    }
  }

  close(): void {
    this.sessions.close();
    for (const pool of this.#pools.values()) pool.close();
    this.#pools.clear();
  }
}
