import { speaksHttp2 } from "../app-protocol.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { Http1Outbound } from "../outbound/http1/http1-outbound.ts";
import { Http2Outbound } from "../outbound/http2/http2-outbound.ts";
import { isRefusal, type Refusal } from "../refusal.ts";
import { type RoutedRequest, routeRequest } from "../request-target.ts";
import type { Route } from "../router.ts";
import { Exchange } from "./exchange.ts";
import type { Inbound } from "./inbound.ts";

/** Hosts remembered; programs ask for few, attackers for many. */
const MAX_ROUTES = 1_000;
/** How often time limits are looked at: one clock for all exchanges instead of a timer for each. */
const TICK_MS = 250;

/** What the connections of one gateway share: ways to pods, remembered routes, exchanges that are under way. */
export class Engine {
  readonly context: GatewayContext;
  readonly exchanges = new Set<Exchange>();
  /** The gateway is closing: what is answered now is a connection's last answer. */
  draining = false;
  /** Called with the time at every tick. */
  readonly onTick: ((now: number) => void)[] = [];
  readonly #http1: Http1Outbound;
  readonly #http2: Http2Outbound;
  readonly #routes = new Map<string, Route>();
  #routesOf = -1;
  readonly #clock: NodeJS.Timeout;

  constructor(context: GatewayContext) {
    this.context = context;
    this.#http1 = new Http1Outbound(context, context.limits);
    this.#http2 = new Http2Outbound(context);
    this.#clock = setInterval(() => this.#tick(Date.now()), TICK_MS);
    this.#clock.unref();
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

  /** @param overHttp2 the request makes sense over HTTP/2 alone, whatever the Service says of its port. */
  exchange(inbound: Inbound, overHttp2 = false): Exchange {
    const { port } = inbound.routed.route.port;
    const outbound = overHttp2 || speaksHttp2(port) ? this.#http2 : this.#http1;
    return new Exchange(this, inbound, outbound);
  }

  #tick(now: number): void {
    for (const exchange of this.exchanges) exchange.checkLimits(now);
    for (const each of this.onTick) each(now);
    this.#http1.sweep(now);
  }

  close(): void {
    clearInterval(this.#clock);
    this.#http1.close();
    this.#http2.close();
  }
}
