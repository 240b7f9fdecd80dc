import type { RequestListener } from "node:http";
import type { Balancer } from "../balancer/balancer.ts";
import type { Policy } from "../balancer/policy.ts";
import type { ObservedStore } from "../dns/options.ts";
import { createView, type View } from "../view/view.ts";
import type { Dialer } from "./dialer.ts";
import type { TrustForwarded } from "./forwarded-headers.ts";
import type { FrontPage } from "./front-page.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { Guests, outsideDialer } from "./guests.ts";
import { HttpServing } from "./http-serving.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { type Listening, type ListenOptions, listenTcp } from "./listen-tcp.ts";
import { createRouter, type Router } from "./router.ts";
import { type ApplicableRules, HttpRoutes } from "./routes/http-routes.ts";
import type { TrafficEvent } from "./traffic-event.ts";

/** What a gateway works with. */
export interface GatewayOptions {
  readonly store: ObservedStore;
  readonly balancer: Balancer;
  readonly dialer: Dialer;
  /** What decides where names lead. Default: one made of the options that follow. */
  readonly view?: View;
  /**
   * A secret. A client that shows it as a proxy's password is one of the namespace that it names as its user: it has
   * the short names of that, and is led to any host outside. Default: there is none, and nobody is.
   */
  readonly secret?: string;
  /** Whether names below a Service's lead to it, as `tenant1.web.localhost` to `web`. Default: false. */
  readonly subdomains?: boolean;
  /** Default: `cluster.local`. */
  readonly clusterDomain?: string;
  /** The namespace of short names. Default: `default`. */
  readonly defaultNamespace?: string;
  /** How an endpoint is chosen for a request. Default: as the balancer does for connections. */
  readonly policy?: Policy;
  /**
   * The rules of routes, for requests that name no Service. Default: there are none.
   * @internal
   */
  readonly routes?: ApplicableRules;
  /**
   * A page at `localhost` and loopback addresses, asked for with the gateway's port for each request. Default: none,
   * and nothing is there.
   */
  readonly page?: ((port: number) => FrontPage) | undefined;
  /**
   * Where there is a page: answers browsers that ask for it, and every other request for the gateway itself, at the
   * gateway's own addresses too where it listens beyond loopback. X-Forwarded-For ends with the client's address.
   * Default: the page is HTML, and nothing else is there.
   */
  readonly browserPage?: RequestListener | undefined;
  readonly limits?: Partial<Limits>;
  /** Milliseconds for one upstream connection. Default: 5000. */
  readonly connectTimeout?: number;
  /** One choice per request and what comes of it, as kube-proxy does for connections. Default: false. */
  readonly strict?: boolean;
  /** Whose X-Forwarded-* headers are believed. Default: `loopback`. */
  readonly trustForwarded?: TrustForwarded;
  /** Called when a request, tunnel or upgraded connection is over. */
  readonly onTraffic?: (event: TrafficEvent) => void;
  /** Errors of single connections, for the curious; nothing needs to be done about them. */
  readonly onError?: (error: Error) => void;
}

/** HTTP by Service name: by Host, as a forward proxy, and by CONNECT. */
export interface Gateway {
  /** @throws the system's error (`EADDRINUSE`, `EACCES`…) when the address cannot be had. */
  listen(options: ListenOptions): Promise<Listening>;
}

/**
 * HTTP by service name (reverse proxy by Host, forward proxy by URL, CONNECT), HTTP/2 with prior knowledge and
 * SOCKS5 on one address, each request balanced on its own. Knows no other names than those of Services: it is no open proxy.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const context = gatewayContext(options);
  return {
    async listen(options) {
      const serving = new HttpServing(context);
      const bound = await listenTcp(serving, options, context.onError);
      serving.address = bound;
      return bound;
    },
  };
}

/**
 * The options of a gateway with what stands in for those that are absent.
 * @param router what names lead to. Default: the Services that the view has.
 */
export function gatewayContext(options: GatewayOptions, router?: Router): GatewayContext {
  const { balancer, secret } = options;
  const view = options.view ?? ownView(options);
  const guests = secret === undefined ? undefined : new Guests(view, secret);
  return {
    balancer,
    dialer: guests === undefined ? options.dialer : outsideDialer(options.dialer),
    guests,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    scheme: options.routes?.scheme ?? "http",
    router: router ?? createRouter(view, options.subdomains),
    routes: options.routes && new HttpRoutes(options.routes, options.store, balancer),
    page: options.page,
    browserPage: options.browserPage,
    connectTimeout: options.connectTimeout ?? 5_000,
    strict: options.strict ?? false,
    policy: options.policy,
    trustForwarded: options.trustForwarded ?? "loopback",
    onTraffic: options.onTraffic,
    onError: options.onError ?? (() => {}),
  };
}

function ownView({ store, balancer, clusterDomain, defaultNamespace }: GatewayOptions): View {
  return createView({
    store,
    balancer,
    ...(clusterDomain !== undefined && { clusterDomain }),
    ...(defaultNamespace !== undefined && { namespace: defaultNamespace }),
  });
}
