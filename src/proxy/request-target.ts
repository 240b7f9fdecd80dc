import { type Authority, parseAuthority } from "./authority.ts";
import type { Outbound } from "./exchange/outbound.ts";
import { isRefusal, type Refusal, refusal } from "./refusal.ts";
import type { Route, Router } from "./router.ts";
import type { Treatment } from "./routes/treatment.ts";

/** Where a request goes, and how it is written to the pod. */
export interface RoutedRequest {
  readonly route: Route;
  /** The origin-form target. */
  readonly path: string;
  /** The Host header for the pod. */
  readonly host: string;
  /** The Host that the client asked for, where the pod is sent another one. */
  readonly askedHost?: string;
  /** What the route asks for in addition; absent where the Service was named directly. */
  readonly treatment?: Treatment;
  /** Answers within this process in place of a pod. Such requests are neither logged nor counted. */
  readonly within?: Outbound;
}

/**
 * Reads a request's target together with its Host (RFC 9112 section 3.2): origin-form uses Host, absolute-form its
 * own authority (which also replaces Host), CONNECT host and port.
 * @param host the Host header's value; undefined when there is no such header.
 */
export function routeRequest(
  router: Router,
  method: string,
  target: string,
  host: string | undefined,
): RoutedRequest | Refusal {
  if (method === "CONNECT") {
    const authority = parseAuthority(target);
    if (authority?.port === undefined) {
      return bad("CONNECT takes a host and a port: CONNECT web.shop:80");
    }
    const route = router.byPort(authority, 0);
    return isRefusal(route) ? route : { route, path: target, host: target };
  }
  if (target.startsWith("/") || (target === "*" && method === "OPTIONS")) {
    if (host === undefined || host === "") return bad("the request names no Host");
    const authority = parseAuthority(host);
    if (authority === undefined) return bad("the Host header is not a host name");
    const route = router.byHost(authority);
    return isRefusal(route) ? route : { route, path: target, host };
  }
  const absolute = parseAbsolute(target);
  if (absolute === undefined) {
    return bad("the request target is neither a path nor an http:// URL");
  }
  const route = router.byPort(absolute.authority, 80);
  if (isRefusal(route)) return route;
  const path = absolute.path === "" ? (method === "OPTIONS" ? "*" : "/") : absolute.path;
  return { route, path, host: absolute.host };
}

const SCHEME = /^(?:http|ws):\/\//i;

function parseAbsolute(
  target: string,
): { authority: Authority; host: string; path: string } | undefined {
  const scheme = SCHEME.exec(target);
  if (scheme === null) return undefined;
  const rest = target.slice(scheme[0].length);
  const end = rest.search(/[/?]/);
  const host = end < 0 ? rest : rest.slice(0, end);
  const after = end < 0 ? "" : rest.slice(end);
  const authority = parseAuthority(host);
  if (authority === undefined || after.includes("#")) return undefined;
  return { authority, host, path: after.startsWith("?") ? `/${after}` : after };
}

function bad(reason: string): Refusal {
  return refusal(400, "bad-request", reason);
}
