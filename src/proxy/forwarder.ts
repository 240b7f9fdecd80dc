import type { Socket } from "node:net";
import type { Policy } from "../balancer/policy.ts";
import type { TrustForwarded } from "./forwarded-headers.ts";
import type { Limits } from "./limits.ts";
import type { Router } from "./router.ts";
import type { TrafficEvent } from "./traffic-event.ts";
import type { DialPolicy } from "./upstream.ts";

/** What an HTTP engine works with; the same for each. */
export interface ForwarderContext extends DialPolicy {
  readonly router: Router;
  /** How an endpoint is chosen for a request; absent: the balancer's own way. */
  readonly policy?: Policy | undefined;
  readonly limits: Limits;
  /** Whose X-Forwarded-* headers are kept and added to; those of others are replaced. */
  readonly trustForwarded: TrustForwarded;
  /** Called when a request is over; absent when nobody listens. */
  readonly onTraffic?: ((event: TrafficEvent) => void) | undefined;
  readonly onError: (error: Error) => void;
}

/**
 * An HTTP/1.1 engine: serves clients' connections by asking the router where each request goes.
 *
 * An implementer balances request by request, refuses what is not one unambiguous request, never sends a
 * request again once a byte of its answer was passed on, streams bodies, and lets no error escape.
 */
export interface Forwarder {
  /** Takes over a connection; `first` is what was read from it already. */
  serve(client: Socket, first: Buffer): void;
  /** Ends idle connections now and busy ones after their current answer; new requests are still answered. */
  drain(): void;
  /** Lets go of pooled upstream connections. */
  close(): void;
}

export type ForwarderFactory = (context: ForwarderContext) => Forwarder;
