import type dgram from "node:dgram";
import type { BalancedPort } from "../../balancer/balanced-port.ts";
import { hostPort } from "../../net/host-port.ts";
import { Attempt } from "../exchange/attempt.ts";
import type { TrafficEvent } from "../traffic-event.ts";
import { chosen } from "../traffic-event.ts";
import type { Relay } from "./relay.ts";
import type { RelayDoor } from "./relay-plan.ts";
import type { TcpRelayOptions } from "./tcp-relay.ts";
import { UdpFlow, udpSocket } from "./udp-flows.ts";

/** Flows of one relay; beyond that the oldest goes. */
const MAX_FLOWS = 4_096;
const SWEEP_MS = 1_000;

/**
 * UDP for one address and port. A client's datagrams go to one endpoint as long as the flow lives: until it
 * is silent for long enough, or its endpoint leaves (P.3).
 */
export function udpRelay(plan: RelayDoor, options: TcpRelayOptions): Relay {
  const { balancer, dialer, strict } = options;
  const listened = hostPort(plan.host, plan.port);
  const flows = new Map<string, UdpFlow>();
  let socket: dgram.Socket | undefined;
  let wanted = false;
  let listening = false;
  let lost = false;
  let pending: Promise<void> = Promise.resolve();
  let sweeper: NodeJS.Timeout | undefined;

  function start(): void {
    const opened = udpSocket(plan.host);
    socket = opened;
    opened.on("message", receive);
    sweeper = setInterval(sweep, SWEEP_MS);
    sweeper.unref();
    pending = new Promise((resolve) => {
      opened.once("close", resolve);
      opened.on("error", (error) => {
        if (listening) return options.onError(error);
        if (opened === socket) stop();
        lost = true;
        options.onListenError(error, wanted);
        resolve();
      });
      opened.once("listening", () => {
        if (opened === socket) {
          lost = false;
          listening = wanted;
          options.onListening(wanted);
          if (!wanted) stop();
        }
        resolve();
      });
      options.binder.bind(opened, plan.host, plan.port);
    });
  }

  function stop(): void {
    clearInterval(sweeper);
    for (const [key, flow] of flows) end(key, flow);
    socket?.close();
    socket = undefined;
    listening = false;
  }

  function receive(message: Buffer, { address, port }: dgram.RemoteInfo): void {
    // Nobody can be answered at port 0.
    if (port === 0 || !wanted) return;
    const key = `${address} ${port}`;
    const flow = flows.get(key) ?? begin(key, address, port);
    if (flow === undefined) return;
    flow.lastUsed = Date.now();
    flow.send(message);
  }

  function begin(key: string, address: string, port: number): UdpFlow | undefined {
    const target = plan.next();
    if (target === undefined) return undefined;
    const picked = balancer.pick(target, {
      address,
      traffic: plan.traffic,
      fromThisNode: options.isFromThisNode(address),
      strict,
    });
    if (picked.outcome !== "endpoint") return undefined;
    const to = dialer.datagramAddress?.(picked);
    if (to === undefined) return undefined;
    const [oldest] = flows;
    if (flows.size >= MAX_FLOWS && oldest !== undefined) end(oldest[0], oldest[1]);
    const client = { address, port };
    const attempt = new Attempt(balancer, picked);
    const flow = new UdpFlow(target, attempt, client, to, Date.now(), answer, (error, broken) => {
      options.onError(error);
      // Refused: the next datagram may go to another endpoint.
      if (!strict) balancer.connectFailed(target, broken.backend);
      if (flows.get(key) === broken) end(key, broken);
    });
    flows.set(key, flow);
    return flow;
  }

  function answer(message: Buffer, flow: UdpFlow): void {
    flow.lastUsed = Date.now();
    if (!flow.answered) {
      flow.answered = true;
      balancer.connected(flow.backend);
    }
    flow.bytes += message.length;
    try {
      socket?.send(message, flow.client.port, flow.client.address);
    } catch (error) {
      options.onError(error as Error);
    }
  }

  function end(key: string, flow: UdpFlow): void {
    flows.delete(key);
    flow.close();
    flow.attempt.finish();
    options.onTraffic?.({
      kind: "connection",
      protocol: "UDP",
      client: flow.client.address,
      host: listened,
      service: flow.target.key,
      ...chosen(flow.picked),
      attempts: 1,
      duration: performance.now() - flow.since,
      bytes: flow.bytes,
    } satisfies TrafficEvent);
  }

  function sweep(): void {
    const now = Date.now();
    for (const [key, flow] of flows) if (flow.isExpired(now)) end(key, flow);
  }

  return {
    get isListening() {
      return listening;
    },
    get isIdle() {
      return flows.size === 0;
    },
    get isLost() {
      return lost;
    },
    setOpen(open) {
      wanted = open;
      if (open === (socket !== undefined)) return;
      if (open) start();
      else stop();
    },
    tryOut() {
      if (socket === undefined) start();
    },
    refresh() {
      if (flows.size === 0) return;
      const usable = new Map<BalancedPort, ReadonlySet<string>>();
      for (const [key, flow] of [...flows]) {
        const { target, backend } = flow;
        const ids = usable.get(target) ?? usableAt(target);
        usable.set(target, ids);
        if (!ids.has(hostPort(backend.address, backend.port))) end(key, flow);
      }
    },
    settled: () => pending,
    async close() {
      wanted = false;
      stop();
    },
  };
}

function usableAt({ table: { cluster, local } }: BalancedPort): ReadonlySet<string> {
  return new Set([...cluster.backends, ...local.backends].map((b) => hostPort(b.address, b.port)));
}
