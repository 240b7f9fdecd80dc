import type { ClientSources } from "../../routes/client-sources.ts";
import type { HeaderChange } from "../../routes/http-filter.ts";
import type { BackendTls } from "../../routes/route-backend.ts";
import type { RouteRetry, RouteTimeouts } from "../../routes/route-rule.ts";
import type { Route } from "../router.ts";

/** A mirrored copy of a request that goes to another backend, whose answer is discarded. */
export interface Copy {
  readonly route: Route;
  readonly requestHeaders: readonly HeaderChange[];
  readonly tls: BackendTls | undefined;
}

/** What a route asks for beyond a backend. */
export interface Treatment {
  /** The name of the route: `Ingress shop/web`. */
  readonly rule: string;
  /** Applied in order. */
  readonly requestHeaders: readonly HeaderChange[];
  readonly responseHeaders: readonly HeaderChange[];
  readonly timeouts: RouteTimeouts;
  readonly retry: RouteRetry | undefined;
  readonly copies: readonly Copy[];
  readonly tls: BackendTls | undefined;
  /** HTTP/1.1 can't express the request. */
  readonly overHttp2: boolean;
  /** Of the request's body, in bytes. */
  readonly maxBody?: number | undefined;
  readonly sources?: ClientSources | undefined;
}
