import type { Client } from "../balancer/choice.ts";
import { dialConnection } from "./dial.ts";
import type { Attempt } from "./exchange/attempt.ts";
import { connectToService } from "./exchange/connection.ts";
import { proxyHeader } from "./proxy-protocol.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import type { Route } from "./router.ts";
import { splice } from "./splice.ts";
import { chosen, serviceOf, type TrafficEvent } from "./traffic-event.ts";
import {
  type Channel,
  type Connection,
  type Ends,
  NOBODY,
  type Receiver,
} from "./transport/connection.ts";
import type { DialPolicy } from "./upstream.ts";

export interface TunnelOptions {
  readonly route: Route;
  readonly client: Client;
  /** The part of the event that the tunnel can't know by itself. */
  readonly about: Pick<TrafficEvent, "kind" | "protocol" | "client" | "method" | "host">;
  /** An endpoint is connected; nothing was sent to it yet. */
  ready(upstream: Connection): void;
  refused(refusal: Refusal): void;
  readonly onTraffic?: ((event: TrafficEvent) => void) | undefined;
  /** Milliseconds without a byte in either direction; 0 for no limit. */
  readonly idleTime: number;
}

/**
 * Joins a client's connection, or one stream of it, to an endpoint, whatever is spoken: CONNECT, SOCKS5, TCP relays.
 * @param ends addresses of the client's connection, for an endpoint that gets a PROXY protocol header
 */
export function tunnel(
  client: Channel,
  ends: Ends,
  policy: DialPolicy,
  options: TunnelOptions,
): void {
  const started = performance.now();
  const { route, about } = options;
  const connecting = connectToService(policy, route, options.client, dialConnection, (result) => {
    client.receiver = NOBODY;
    if (isRefusal(result)) {
      options.refused(result);
      tell({ refusal: result });
    } else {
      join(result.connection, result.attempt);
    }
  });
  client.receiver = new Waiting(() => {
    connecting.giveUp();
    tell({ aborted: "client" });
  });

  function join(upstream: Connection, attempt: Attempt): void {
    const header = proxyHeader(route.port.service, () => {
      const { local, remote } = ends;
      return {
        sourceAddress: about.client,
        sourcePort: remote?.port ?? 0,
        destinationAddress: local?.address ?? "unknown",
        destinationPort: local?.port ?? 0,
      };
    });
    if (header !== undefined) upstream.write(header);
    options.ready(upstream);
    const done = () => {
      attempt.finish();
      tell({ ...chosen(attempt.picked), bytes: upstream.bytesRead });
    };
    splice(client, upstream, done, options.idleTime);
  }

  function tell(outcome: Partial<TrafficEvent>): void {
    options.onTraffic?.({
      ...about,
      ...serviceOf(route),
      attempts: connecting.attempts,
      duration: performance.now() - started,
      ...outcome,
    });
  }
}

/** A client whose endpoint is not connected yet. It isn't read, so only its disconnecting can be noticed. */
class Waiting implements Receiver {
  readonly closed: () => void;

  constructor(closed: () => void) {
    this.closed = closed;
  }

  received(): void {}
  ended(): void {}
  drained(): void {}
}
