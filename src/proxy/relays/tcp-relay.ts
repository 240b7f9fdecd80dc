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

/** TCP for one address and port: one upstream connection per client connection, blind to what is spoken. */
export function tcpRelay(plan: RelayDoor, options: TcpRelayOptions): Relay {
  const clients = new AcceptedConnections();
  let server: net.Server | undefined;
  let wanted = false;
  let listening = false;
  let lost = false;
  let pending: Promise<void> = Promise.resolve();
  const listened = hostPort(plan.host, plan.port);

  function start(): void {
    const opened = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server = opened;
    acceptConnections(opened, {
      clients,
      onConnection: accept,
      onError: options.onError,
    });
    pending = new Promise((resolve) => {
      opened.once("close", resolve);
      opened.on("error", (error) => {
        if (opened !== server) return;
        if (opened.listening) return options.onError(error);
        server = undefined;
        lost = true;
        options.onListenError(error, wanted);
        resolve();
      });
      opened.once("listening", () => {
        if (opened === server) {
          lost = false;
          listening = wanted;
          options.onListening(wanted);
          if (!wanted) stop();
        }
        resolve();
      });
      options.binder.listen(opened, plan.host, plan.port);
    });
  }

  function stop(): void {
    server?.close();
    server = undefined;
    listening = false;
  }

  function accept(client: Connection): void {
    const address = client.remote?.address ?? "unknown";
    const port = wanted ? plan.next() : undefined;
    if (port === undefined) {
      client.reset();
      return;
    }
    tunnel(client, client, options, {
      route: { port },
      client: { address, traffic: plan.traffic, fromThisNode: options.isFromThisNode(address) },
      about: { kind: "connection", protocol: "TCP", client: address, host: listened },
      ready() {},
      // What a refused client would see, as far as an accepted connection can show it (P.3).
      refused: () => client.reset(),
      onTraffic: options.onTraffic,
      idleTime: options.idleTime,
    });
  }

  return {
    get isListening() {
      return listening;
    },
    get isIdle() {
      return clients.size === 0;
    },
    get isLost() {
      return lost;
    },
    setOpen(open) {
      wanted = open;
      if (open === (server !== undefined)) return;
      if (open) start();
      else stop();
    },
    tryOut() {
      if (server === undefined) start();
    },
    settled: () => pending,
    async close(grace) {
      wanted = false;
      stop();
      const timer = setTimeout(() => clients.closeAll(), grace);
      await clients.none();
      clearTimeout(timer);
    },
  };
}
