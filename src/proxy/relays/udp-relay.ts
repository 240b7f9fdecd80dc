import type dgram from "node:dgram";
import type { Relay } from "./relay.ts";
import type { RelayDoor } from "./relay-plan.ts";
import { RelaySocket } from "./relay-socket.ts";
import type { TcpRelayOptions } from "./tcp-relay.ts";
import { UdpFlows } from "./udp-flows.ts";
import { udpSocket } from "./udp-socket.ts";

const SWEEP_MS = 1_000;

/**
 * UDP for one address and port. A client's datagrams go to one endpoint as long as the flow lives: until it
 * is silent for long enough, or its endpoint leaves (P.3).
 */
export function udpRelay(plan: RelayDoor, options: TcpRelayOptions): Relay {
  const { onError, onListenError, onListening } = options;
  let sweeper: NodeJS.Timeout | undefined;
  const flows = new UdpFlows(plan, options, (message, { address, port }) =>
    socket.current?.send(message, port, address),
  );
  const socket = new RelaySocket<dgram.Socket>({
    make() {
      const opened = udpSocket(plan.host);
      opened.on("message", (message, client) => {
        if (socket.isWanted) flows.receive(message, client);
      });
      sweeper = setInterval(() => flows.sweep(), SWEEP_MS);
      sweeper.unref();
      return opened;
    },
    bind: (opened) => options.binder.bind(opened, plan.host, plan.port),
    onClosed() {
      clearInterval(sweeper);
      flows.endAll();
    },
    onListenError,
    onListening,
    onError,
  });

  return {
    get isListening() {
      return socket.isListening;
    },
    get isIdle() {
      return flows.size === 0;
    },
    get isLost() {
      return socket.isLost;
    },
    setOpen: (open) => socket.setOpen(open),
    tryOut: () => socket.tryOut(),
    refresh: () => flows.endUnusable(),
    settled: () => socket.settled(),
    async close() {
      socket.close();
    },
  };
}
