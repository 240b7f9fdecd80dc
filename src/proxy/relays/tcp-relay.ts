import net from "node:net";
import type { Binder } from "../../net/binder.ts";
import { hostPort } from "../../net/host-port.ts";
import type { TrafficEvent } from "../traffic-event.ts";
import { AcceptedConnections, acceptConnections } from "../transport/accept.ts";
import type { Connection } from "../transport/connection.ts";
import { tunnel } from "../tunnel.ts";
import type { DialPolicy } from "../upstream.ts";
import type { Relay } from "./relay.ts";
import type { RelayDoor } from "./relay-plan.ts";
import { RelaySocket } from "./relay-socket.ts";

export interface TcpRelayOptions extends DialPolicy {
  readonly binder: Binder;
  /** Whether a client is a process of this node (P.3). */
  readonly isFromThisNode: (address: string) => boolean;
  /** Milliseconds without a byte before a connection is cut; 0 for never. */
  readonly idleTime: number;
  readonly onTraffic?: ((event: TrafficEvent) => void) | undefined;
  /** @param wanted whether it should listen, and is not only tried out */
  readonly onListenError: (error: NodeJS.ErrnoException, wanted: boolean) => void;
  /** @param wanted as above; it goes on listening only if so */
  readonly onListening: (wanted: boolean) => void;
  readonly onError: (error: Error) => void;
}

/** TCP for one address and port: one connection to an endpoint for each client's, whatever is spoken on it. */
export function tcpRelay(plan: RelayDoor, options: TcpRelayOptions): Relay {
  const { onError, onListenError, onListening } = options;
  const clients = new AcceptedConnections();
  const listened = hostPort(plan.host, plan.port);
  const socket = new RelaySocket({
    make() {
      const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
      acceptConnections(server, { clients, onConnection: accept, onError });
      return server;
    },
    bind: (server) => options.binder.listen(server, plan.host, plan.port),
    onListenError,
    onListening,
    onError,
  });

  function accept(client: Connection): void {
    const address = client.remote?.address ?? "unknown";
    const port = socket.isWanted ? plan.next() : undefined;
    if (port === undefined) {
      client.reset();
      return;
    }
    tunnel(client, client, options, {
      route: { port },
      client: { address, traffic: plan.traffic, fromThisNode: options.isFromThisNode(address) },
      about: { kind: "connection", protocol: "TCP", client: address, host: listened },
      ready() {},
      // Resetting an accepted connection comes closest to the refusal that a cluster would answer with (P.3).
      refused: () => client.reset(),
      onTraffic: options.onTraffic,
      idleTime: options.idleTime,
    });
  }

  return {
    get isListening() {
      return socket.isListening;
    },
    get isIdle() {
      return clients.size === 0;
    },
    get isLost() {
      return socket.isLost;
    },
    setOpen: (open) => socket.setOpen(open),
    tryOut: () => socket.tryOut(),
    settled: () => socket.settled(),
    async close(grace) {
      socket.close();
      const timer = setTimeout(() => clients.closeAll(), grace);
      await clients.none();
      clearTimeout(timer);
    },
  };
}
