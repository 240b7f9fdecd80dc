import { isHeadless } from "../objects/service.ts";
import { isRoute, type NoRoute, type NoRouteRule, type Route } from "../view/route.ts";
import type { View } from "../view/view.ts";
import type { Authority } from "./authority.ts";
import type { Refusal } from "./refusal.ts";

export type { Route } from "../view/route.ts";

/** A view's decisions in the form that a gateway needs. */
export interface Router {
  /** Equal numbers mean that every answer is the same. */
  readonly version: number;
  /** By Host header. Its port is ignored: it is the gateway's. */
  byHost(authority: Authority): Route | Refusal;
  /**
   * By absolute URL, CONNECT or SOCKS: the port is the Service's (for a headless Service, it may also be the pods').
   */
  byPort(authority: Authority, defaultPort: number): Route | Refusal;
}

/** The same names below `.localhost`, which browsers resolve to this machine. */
const LOCALHOST = ".localhost";

/**
 * Routes names and addresses of the view and no others: a gateway is no open proxy.
 * @param subdomains whether `tenant1.web.localhost` leads to `web`.
 */
export function createRouter(view: View, subdomains = false): Router {
  const find = (host: string, port: number | undefined) => {
    const isLocal = host.endsWith(LOCALHOST);
    const name = isLocal ? host.slice(0, -LOCALHOST.length) : host;
    const found = view.find(name, port);
    if (isRoute(found)) return found;
    return (subdomains && isLocal ? above(name, port) : undefined) ?? refused(found);
  };
  /** The closest Service that a name is a subdomain of. Below a headless Service only names of its pods exist. */
  const above = (name: string, port: number | undefined): Route | undefined => {
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      const found = view.find(name.slice(dot + 1), port);
      if (isRoute(found)) return isHeadless(found.port.service) ? undefined : found;
    }
    return undefined;
  };
  return {
    get version() {
      return view.version;
    },
    byHost: ({ host }) => find(host, undefined),
    byPort: ({ host, port }, defaultPort) => find(host, port ?? defaultPort),
  };
}

/** Outside hosts whose connections are kept and reused. */
const MAX_OUTSIDE = 1_000;

/**
 * Routes names and addresses as pods of a namespace see them, and every other host as well: only for clients that may
 * reach the outside.
 */
export function createGuestRouter(view: View, namespace: string): Router {
  const outside = new Map<string, Route>();
  const routeOutside = (host: string, port: number): Route => {
    const key = `${host} ${port}`;
    const known = outside.get(key);
    if (known !== undefined) return known;
    if (outside.size >= MAX_OUTSIDE) outside.clear();
    const route: Route = { port: view.balancer.portOfHost(host, port), isOutside: true };
    outside.set(key, route);
    return route;
  };
  const find = (host: string, port: number): Route | Refusal => {
    const found = view.find(
      host.endsWith(LOCALHOST) ? host.slice(0, -LOCALHOST.length) : host,
      port,
      {
        namespace,
      },
    );
    if (isRoute(found)) return found;
    const isOurs = found.outside === undefined && !OUTSIDE.has(found.rule);
    return isOurs ? refused(found) : routeOutside(found.outside ?? host, port);
  };
  return {
    get version() {
      return view.version;
    },
    byHost: ({ host }) => find(host, 80),
    byPort: ({ host, port }, defaultPort) => find(host, port ?? defaultPort),
  };
}

/** The rules by which a name or an address is not the cluster's. */
const OUTSIDE: ReadonlySet<NoRouteRule> = new Set(["not-ours", "no-address"]);

const CODES: Readonly<Record<NoRouteRule, Refusal["code"]>> = {
  "not-ours": "no-service",
  "no-service": "no-service",
  "no-address": "no-service",
  "no-port": "no-port",
  "external-name": "external-name",
  "dead-alias": "external-name",
};

/**
 * The reason is phrased only when it is read: every request for a route's host is refused here first, and nothing
 * reads why.
 */
function refused(found: NoRoute): Refusal {
  return {
    status: 404,
    code: CODES[found.rule],
    get reason() {
      return found.reason;
    },
  };
}
