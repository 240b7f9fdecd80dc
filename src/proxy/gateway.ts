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
  /** Decides where names lead. Default: a view made from the options below. */
  readonly view?: View;
  /**
   * A secret. A client that sends it as its proxy password is treated as part of the namespace that it sends as the
   * user: that namespace's short names work, and hosts outside the cluster are reached as well. Default: no client
   * is.
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
  /** The rules of routes, for requests whose host is not a Service's. Default: there are none. @internal */
  readonly routes?: ApplicableRules;
  /** A page at `localhost` and loopback addresses, made for each request with the gateway's port. Default: no page. */
  readonly page?: ((port: number) => FrontPage) | undefined;
  /**
   * Serves browsers that ask for the gateway itself, in place of the plain page, and every other request to the
   * gateway's own addresses, also where it listens beyond loopback. X-Forwarded-For ends with the client's address.
   * Default: the plain HTML page alone.
   */
  readonly browserPage?: RequestListener | undefined;
  readonly limits?: Partial<Limits>;
  /** Milliseconds for one upstream connection. Default: 5000. */
  readonly connectTimeout?: number;
  /** One choice per request, even if it fails, as kube-proxy does for connections. Default: false. */
  readonly strict?: boolean;
  /** Whose X-Forwarded-* headers are believed. Default: `loopback`. */
  readonly trustForwarded?: TrustForwarded;
  /** Called when a request, tunnel or upgraded connection is over. */
  readonly onTraffic?: (event: TrafficEvent) => void;
  /** Errors of single connections; nothing needs to be done about them. */
  readonly onError?: (error: Error) => void;
}

/** HTTP by Service name: by Host, as a forward proxy, and by CONNECT. */
export interface Gateway {
  /** @throws the system's error (`EADDRINUSE`, `EACCES`…) when the address cannot be had. */
  listen(options: ListenOptions): Promise<Listening>;
}

/**
 * HTTP by Service name (reverse proxy by Host, forward proxy by URL, CONNECT), HTTP/2 with prior knowledge and SOCKS5
 * on one address; each request is balanced on its own. It is no open proxy: names of anything but Services are
 * refused.
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
 * A gateway's options with defaults filled in.
 * @param router decides where names lead. Default: the view's Services.
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
