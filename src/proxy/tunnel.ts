import type { Socket } from "node:net";
import type { Client } from "../balancer/choice.ts";
import { peerAddress } from "../net/peer-address.ts";
import { proxyHeader } from "./proxy-protocol.ts";
import type { Refusal } from "./refusal.ts";
import { isRefusal } from "./refusal.ts";
import type { Route } from "./router.ts";
import { splice } from "./splice.ts";
import { chosen, type TrafficEvent } from "./traffic-event.ts";
import { type DialPolicy, openUpstream, type Upstream } from "./upstream.ts";

export interface TunnelOptions {
  readonly route: Route;
  readonly client: Client;
  /** What the event says besides what the tunnel knows by itself. */
  readonly about: Pick<TrafficEvent, "kind" | "protocol" | "client" | "method" | "host">;
  /** An endpoint is connected, nothing was sent to it yet. */
  ready(upstream: Upstream): void;
  refused(refusal: Refusal): void;
  readonly onTraffic?: ((event: TrafficEvent) => void) | undefined;
  /** Milliseconds without a byte in either direction; 0 for no limit. */
  readonly idleTime: number;
}

const DIAL_OPTIONS = { allowHalfOpen: true, flowing: true };

/** Joins a client's connection to an endpoint, whatever they speak: CONNECT, SOCKS5 and the TCP relays. */
export function tunnel(client: Socket, policy: DialPolicy, options: TunnelOptions): void {
  const started = performance.now();
  const { route, about, onTraffic } = options;
  const { balancer } = policy;
  const giveUp = openUpstream(policy, route, options.client, DIAL_OPTIONS, (result) => {
    client.removeListener("close", abandoned);
    if (isRefusal(result)) {
      options.refused(result);
      tell({ attempts: 0, refusal: result });
      return;
    }
    const { socket, picked } = result;
    balancer.started(picked.backend);
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
    if (header !== undefined) socket.write(header);
    options.ready(result);
    if (options.idleTime > 0) {
      // Whatever moves on the other side moves here too, sooner or later.
      client.setTimeout(options.idleTime, () => {
        client.destroy();
        socket.destroy();
      });
    }
    splice(client, socket, () => {
      balancer.finished(picked.backend);
      tell({ attempts: result.attempts, ...chosen(picked), bytes: socket.bytesRead });
    });
  });
  client.once("close", abandoned);

  function abandoned(): void {
    giveUp();
    tell({ attempts: 0, aborted: "client" });
  }

  function tell(outcome: Partial<TrafficEvent> & { attempts: number }): void {
    onTraffic?.({
      ...about,
      service: route.port.key,
      duration: performance.now() - started,
      ...outcome,
    });
  }
}
