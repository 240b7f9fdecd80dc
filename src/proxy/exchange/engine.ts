import type { BackendTls } from "../../routes/route-backend.ts";
import { goesOverHttp2 } from "../app-protocol.ts";
import { dialTlsConnection } from "../dial-tls.ts";
import { askedOfGateway, frontPageAnswer } from "../front-page.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { Http1Outbound } from "../outbound/http1/http1-outbound.ts";
import { Http2Outbound } from "../outbound/http2/http2-outbound.ts";
import { preferredType } from "../page.ts";
import { PageServer } from "../page-server.ts";
import { isRefusal, type Refusal } from "../refusal.ts";
import { type RoutedRequest, routeRequest } from "../request-target.ts";
import type { Route, Router } from "../router.ts";
import { Roster } from "../transport/roster.ts";
import type { ExchangeHost } from "./client-side.ts";
import { Exchange } from "./exchange.ts";
import type { Inbound } from "./inbound.ts";
import type { Outbound } from "./outbound.ts";

/** Hosts whose route is cached. Programs ask for few; the limit is for clients that make up new ones. */
const MAX_ROUTES = 1_000;
/** How often time limits are checked: one timer for all exchanges instead of one for each. */
const TICK_MS = 250;

/** What the connections of one gateway share: outbound connections, cached routes, the exchanges in progress. */
export class Engine implements ExchangeHost {
  readonly context: GatewayContext;
  readonly exchanges = new Roster<Exchange>();
  /** The gateway is closing: each connection closes after its current answer. */
  draining = false;
  /** The address that the gateway listens on. */
  host = "127.0.0.1";
  /** The port that it listens on; 0 before it does. */
  port = 0;
  /** Called with the time at every tick. */
  readonly onTick: ((now: number) => void)[] = [];
  readonly #http1: Http1Outbound;
  readonly #http2: Http2Outbound;
  /** Outbounds with TLS, by protocol and settings. */
  readonly #tls = new Map<string, Http1Outbound | Http2Outbound>();
  readonly #page: PageServer | undefined;
  readonly #routes = new Map<string, Route | Refusal>();
  #routesOf = -1;
  readonly #clock: NodeJS.Timeout;

  constructor(context: GatewayContext) {
    this.context = context;
    this.#http1 = new Http1Outbound(context, context.limits);
    this.#http2 = new Http2Outbound(context);
    const { page, browserPage } = context;
    if (page && browserPage) this.#page = new PageServer(browserPage, context);
    this.#clock = setInterval(() => this.#tick(Date.now()), TICK_MS);
    this.#clock.unref();
  }

  /** Where the gateway's own page is. */
  get home(): string | undefined {
    return this.context.page && `http://localhost:${this.port}/`;
  }

  /**
   * Decides where a request goes. The gateway's own page comes first; then the Service that Host names, cached until
   * the store changes; then the rules of routes.
   * @param header returns the values of a request field, joined by commas. Its argument is in lower case.
   */
  route(
    method: string,
    target: string,
    host: string | undefined,
    header: (name: string) => string | undefined,
  ): RoutedRequest | Refusal {
    const { routes } = this.context;
    if (host === undefined || target.charCodeAt(0) !== 47 || method === "CONNECT") {
      const own = this.#own(method, target, host ?? "", header);
      return own ?? routeRequest(this.#routerFor(header), method, target, host);
    }
    if (this.#routesOf !== this.context.router.version || this.#routes.size > MAX_ROUTES) {
      this.#routes.clear();
      this.#routesOf = this.context.router.version;
    }
    let known = this.#routes.get(host);
    if (known === undefined) {
      const own = this.#own(method, target, host, header);
      if (own !== undefined) return own;
      const routed = routeRequest(this.context.router, method, target, host);
      known = isRefusal(routed) ? routed : routed.route;
      this.#routes.set(host, known);
    }
    if (!isRefusal(known)) return { route: known, path: target, host };
    if (known.code !== "no-service" || routes === undefined) return known;
    return routes.route({ method, target, host, header }) ?? known;
  }

  /** The router for a request in proxy form: a guest with the right password has one of its own. */
  #routerFor(header: (name: string) => string | undefined): Router {
    const { guests, router } = this.context;
    return guests?.admitBasic(header("proxy-authorization")) ?? router;
  }

  /** The answer to a request for the gateway itself; undefined for any other. */
  #own(
    method: string,
    target: string,
    host: string,
    header: (name: string) => string | undefined,
  ): RoutedRequest | Refusal | undefined {
    const { page } = this.context;
    if (page === undefined) return undefined;
    const asked = askedOfGateway({ target, host }, this);
    if (asked === undefined) return undefined;
    const isForBrowsers = asked.path !== "/" || preferredType(header("accept")) === "html";
    if (this.#page !== undefined && (isForBrowsers || !asked.isLoopback)) {
      return this.#page.request(asked.path, asked.host);
    }
    return asked.isLoopback
      ? frontPageAnswer(() => page(this.port), { ...asked, method })
      : undefined;
  }

  /** @param overHttp2 send it over HTTP/2 whatever the Service declares, since HTTP/1.1 can't express it. */
  exchange(inbound: Inbound, overHttp2 = false): Exchange {
    return new Exchange(this, inbound, this.outboundFor(inbound.routed, overHttp2));
  }

  outboundFor(routed: RoutedRequest, overHttp2 = false): Outbound {
    const { treatment, within } = routed;
    if (within !== undefined) return within;
    const isHttp2 = overHttp2 || goesOverHttp2(routed);
    if (treatment?.tls !== undefined) return this.#encrypted(treatment.tls, isHttp2);
    return isHttp2 ? this.#http2 : this.#http1;
  }

  #encrypted(tls: BackendTls, isHttp2: boolean): Outbound {
    const key = `${isHttp2} ${tls.id}`;
    const known = this.#tls.get(key);
    if (known !== undefined) return known;
    const made = isHttp2
      ? new Http2Outbound(this.context, dialTlsConnection(tls, "h2"))
      : new Http1Outbound(this.context, this.context.limits, dialTlsConnection(tls, "http/1.1"));
    this.#tls.set(key, made);
    return made;
  }

  #tick(now: number): void {
    for (const exchange of this.exchanges) exchange.checkLimits(now);
    for (const each of this.onTick) each(now);
    this.#http1.sweep(now);
    this.#page?.sweep(now);
    for (const outbound of this.#tls.values()) if ("sweep" in outbound) outbound.sweep(now);
  }

  close(): void {
    clearInterval(this.#clock);
    this.#http1.close();
    this.#page?.close();
    this.#http2.close();
    for (const outbound of this.#tls.values()) outbound.close();
  }
}
