import type { RequestListener } from "node:http";
import type { Policy } from "../balancer/policy.ts";
import type { TrustForwarded } from "./forwarded-headers.ts";
import type { FrontPage } from "./front-page.ts";
import type { Guests } from "./guests.ts";
import type { Limits } from "./limits.ts";
import type { Router } from "./router.ts";
import type { HttpRoutes } from "./routes/http-routes.ts";
import type { TrafficEvent } from "./traffic-event.ts";
import type { Connection } from "./transport/connection.ts";
import type { DialPolicy } from "./upstream.ts";

/** What all parts of a gateway share. */
export interface GatewayContext extends DialPolicy {
  readonly router: Router;
  /** Clients with a password, which may reach more than others; absent: there are none. */
  readonly guests?: Guests | undefined;
  /** The scheme by which clients connect. */
  readonly scheme: "http" | "https";
  /** Where requests go whose host is not a Service's; absent: they are refused. */
  readonly routes?: HttpRoutes | undefined;
  /** What the gateway's own page shows; absent: there is no page. */
  readonly page?: ((port: number) => FrontPage) | undefined;
  /** Serves browsers that ask for the gateway itself; absent: the plain page does. */
  readonly browserPage?: RequestListener | undefined;
  /** How an endpoint is chosen for a request; absent: by the balancer's own policy. */
  readonly policy?: Policy | undefined;
  readonly limits: Limits;
  /** Whose X-Forwarded-* headers are kept and added to; those of others are replaced. */
  readonly trustForwarded: TrustForwarded;
  /** Called when a request is over; absent when nobody listens. */
  readonly onTraffic?: ((event: TrafficEvent) => void) | undefined;
  readonly onError: (error: Error) => void;
}

/** A connection without a request in progress. */
export interface Idle {
  /** By `Date.now()`. */
  readonly since: number;
  close(): void;
}

/** Of two, the one that has been idle longer. */
export function idler(a: Idle | undefined, b: Idle | undefined): Idle | undefined {
  return a === undefined || (b !== undefined && b.since < a.since) ? b : a;
}

/**
 * The inbound side of one protocol. An implementer refuses anything that is not one unambiguous request, starts an
 * exchange for each request, and lets no error escape.
 */
export interface Front {
  /** Takes over a connection; `first` was read from it already, and is valid during the call only. */
  serve(client: Connection, first: Buffer): void;
  /** The connection that has been idle longest. */
  idlest(): Idle | undefined;
  /** Ends idle connections now and busy ones after their current answer; new requests are still answered. */
  drain(): void;
  /** Closes the remaining connections at once. */
  close?(): void;
}
