import type { ClientSources } from "../../routes/client-sources.ts";
import type { HeaderChange } from "../../routes/http-filter.ts";
import type { BackendTls } from "../../routes/route-backend.ts";
import type { RouteRetry, RouteTimeouts } from "../../routes/route-rule.ts";
import type { Route } from "../router.ts";

/** A copy of a request that goes to another backend, and whose answer nobody hears. */
export interface Copy {
  readonly route: Route;
  readonly requestHeaders: readonly HeaderChange[];
  readonly tls: BackendTls | undefined;
}

/** What a route asks for besides a backend. */
export interface Treatment {
  /** The route that asks: `Ingress shop/web`. */
  readonly rule: string;
  /** One after the other. */
  readonly requestHeaders: readonly HeaderChange[];
  readonly responseHeaders: readonly HeaderChange[];
  readonly timeouts: RouteTimeouts;
  readonly retry: RouteRetry | undefined;
  readonly copies: readonly Copy[];
  readonly tls: BackendTls | undefined;
  /** The request makes sense over HTTP/2 alone. */
  readonly overHttp2: boolean;
  /** Of the request's body, in bytes. */
  readonly maxBody?: number | undefined;
  readonly sources?: ClientSources | undefined;
}
