import type { Socket } from "node:net";
import type { Client } from "../balancer/choice.ts";
import { peerAddress } from "../net/peer-address.ts";
import type { Attempt } from "./exchange/attempt.ts";
import { connectToService } from "./exchange/connection.ts";
import { proxyHeader } from "./proxy-protocol.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import type { Route } from "./router.ts";
import { splice } from "./splice.ts";
import { chosen, type TrafficEvent } from "./traffic-event.ts";
import type { DialPolicy } from "./upstream.ts";

export interface TunnelOptions {
  readonly route: Route;
  readonly client: Client;
  /** What the event says besides what the tunnel knows by itself. */
  readonly about: Pick<TrafficEvent, "kind" | "protocol" | "client" | "method" | "host">;
  /** An endpoint is connected, nothing was sent to it yet. */
  ready(upstream: Socket): void;
  refused(refusal: Refusal): void;
  readonly onTraffic?: ((event: TrafficEvent) => void) | undefined;
  /** Milliseconds without a byte in either direction; 0 for no limit. */
  readonly idleTime: number;
}

const DIAL_OPTIONS = { allowHalfOpen: true, flowing: true };

/** Joins a client's connection to an endpoint, whatever they speak: CONNECT, SOCKS5 and the TCP relays. */
export function tunnel(client: Socket, policy: DialPolicy, options: TunnelOptions): void {
  const started = performance.now();
  const { route, about } = options;
  const connecting = connectToService(policy, route, options.client, DIAL_OPTIONS, (result) => {
    client.removeListener("close", abandoned);
    if (isRefusal(result)) {
      options.refused(result);
      tell({ refusal: result });
    } else {
      join(result.socket, result.attempt);
    }
  });
  client.once("close", abandoned);

  function join(upstream: Socket, attempt: Attempt): void {
    const header = proxyHeader(route.port.service, {
      sourceAddress: about.client,
      // Getters, as asking costs system calls and few Services want to know.
      get sourcePort() {
        return client.remotePort ?? 0;
      },
      get destinationAddress() {
        return peerAddress(client.localAddress ?? "unknown");
      },
      get destinationPort() {
        return client.localPort ?? 0;
      },
    });
    if (header !== undefined) upstream.write(header);
    options.ready(upstream);
    const done = () => {
      attempt.finish();
      tell({ ...chosen(attempt.picked), bytes: upstream.bytesRead });
    };
    splice(client, upstream, done, options.idleTime);
  }

  function abandoned(): void {
    connecting.giveUp();
    tell({ aborted: "client" });
  }

  function tell(outcome: Partial<TrafficEvent>): void {
    options.onTraffic?.({
      ...about,
      service: route.port.key,
      attempts: connecting.attempts,
      duration: performance.now() - started,
      ...outcome,
    });
  }
}
