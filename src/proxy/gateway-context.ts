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

/** What everything in a gateway works with. */
export interface GatewayContext extends DialPolicy {
  readonly router: Router;
  /** Who is led further than everybody; absent: nobody. */
  readonly guests?: Guests | undefined;
  /** By which clients come in. */
  readonly scheme: "http" | "https";
  /** Where requests go that name no Service; absent: nowhere. */
  readonly routes?: HttpRoutes | undefined;
  /** What the gateway says of itself; absent: nothing. */
  readonly page?: ((port: number) => FrontPage) | undefined;
  /** What answers browsers that ask for the gateway itself; absent: the page. */
  readonly browserPage?: RequestListener | undefined;
  /** How an endpoint is chosen for a request; absent: the balancer's own way. */
  readonly policy?: Policy | undefined;
  readonly limits: Limits;
  /** Whose X-Forwarded-* headers are kept and added to; those of others are replaced. */
  readonly trustForwarded: TrustForwarded;
  /** Called when a request is over; absent when nobody listens. */
  readonly onTraffic?: ((event: TrafficEvent) => void) | undefined;
  readonly onError: (error: Error) => void;
}

/** A connection that nothing is asked on. */
export interface Idle {
  /** By `Date.now()`. */
  readonly since: number;
  close(): void;
}

/** Of two, the one that has been idle for longer. */
export function idler(a: Idle | undefined, b: Idle | undefined): Idle | undefined {
  return a === undefined || (b !== undefined && b.since < a.since) ? b : a;
}

/**
 * The client's side of one protocol. An implementer refuses what is not one unambiguous request, makes an
 * exchange of every other, and lets no error escape.
 */
export interface Front {
  /** Takes over a connection; `first` is what was read from it already, and is there during the call only. */
  serve(client: Connection, first: Buffer): void;
  /** The connection that has waited longest for its client to ask something. */
  idlest(): Idle | undefined;
  /** Ends idle connections now and busy ones after their current answer; new requests are still answered. */
  drain(): void;
  /** Cuts off what is left. */
  close?(): void;
}
