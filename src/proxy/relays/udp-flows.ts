import type dgram from "node:dgram";
import type { BalancedPort } from "../../balancer/balanced-port.ts";
import { hostPort } from "../../net/host-port.ts";
import { Attempt } from "../exchange/attempt.ts";
import { chosen, type TrafficEvent } from "../traffic-event.ts";
import type { RelayDoor } from "./relay-plan.ts";
import type { TcpRelayOptions } from "./tcp-relay.ts";
import { UdpFlow } from "./udp-flow.ts";

/** Flows of one relay at most: a new one beyond that ends the oldest. */
const MAX_FLOWS = 4_096;

/** The flows of one relay, by the client's address and port. */
export class UdpFlows {
  readonly #door: RelayDoor;
  readonly #options: TcpRelayOptions;
  readonly #send: (message: Buffer, client: UdpFlow["client"]) => void;
  readonly #flows = new Map<string, UdpFlow>();

  /** @param send sends an answer to a client; may throw. */
  constructor(
    door: RelayDoor,
    options: TcpRelayOptions,
    send: (message: Buffer, client: UdpFlow["client"]) => void,
  ) {
    this.#door = door;
    this.#options = options;
    this.#send = send;
  }

  get size(): number {
    return this.#flows.size;
  }

  /** Sends a client's datagram on: in its flow, or in a new one to an endpoint that is chosen for it. */
  receive(message: Buffer, { address, port }: dgram.RemoteInfo): void {
    // Nothing can be sent to port 0, so there would be no answer.
    if (port === 0) return;
    const key = `${address} ${port}`;
    const flow = this.#flows.get(key) ?? this.#begin(key, address, port);
    if (flow === undefined) return;
    flow.lastUsed = Date.now();
    flow.send(message);
  }

  #begin(key: string, address: string, port: number): UdpFlow | undefined {
    const { balancer, dialer, strict, isFromThisNode, onError } = this.#options;
    const target = this.#door.next();
    if (target === undefined) return undefined;
    const { traffic } = this.#door;
    const fromThisNode = isFromThisNode(address);
    const picked = balancer.pick(target, { address, traffic, fromThisNode, strict });
    if (picked.outcome !== "endpoint") return undefined;
    const to = dialer.datagramAddress?.(picked);
    if (to === undefined) return undefined;
    const [oldest] = this.#flows;
    if (this.#flows.size >= MAX_FLOWS && oldest !== undefined) this.#end(oldest[0], oldest[1]);
    const attempt = new Attempt(balancer, picked);
    const answer = (datagram: Buffer, from: UdpFlow) => this.#answer(datagram, from);
    const client = { address, port };
    const flow = new UdpFlow(target, attempt, client, to, Date.now(), answer, (error, broken) => {
      onError(error);
      // The endpoint refused: the next datagram may go to another one.
      if (!strict) balancer.connectFailed(target, broken.backend);
      if (this.#flows.get(key) === broken) this.#end(key, broken);
    });
    this.#flows.set(key, flow);
    return flow;
  }

  #answer(message: Buffer, flow: UdpFlow): void {
    flow.lastUsed = Date.now();
    if (!flow.answered) {
      flow.answered = true;
      this.#options.balancer.connected(flow.backend);
    }
    flow.bytes += message.length;
    try {
      this.#send(message, flow.client);
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }

  #end(key: string, flow: UdpFlow): void {
    this.#flows.delete(key);
    flow.close();
    flow.attempt.finish();
    this.#options.onTraffic?.({
      kind: "connection",
      protocol: "UDP",
      client: flow.client.address,
      host: hostPort(this.#door.host, this.#door.port),
      service: flow.target.key,
      ...chosen(flow.picked),
      attempts: 1,
      duration: performance.now() - flow.since,
      bytes: flow.bytes,
    } satisfies TrafficEvent);
  }

  /** Ends flows that were silent for too long. */
  sweep(): void {
    const now = Date.now();
    for (const [key, flow] of this.#flows) if (flow.isExpired(now)) this.#end(key, flow);
  }

  /** Ends flows to endpoints that left. */
  endUnusable(): void {
    const usable = new Map<BalancedPort, ReadonlySet<string>>();
    for (const [key, flow] of [...this.#flows]) {
      const { target, backend } = flow;
      const ids = usable.get(target) ?? usableAt(target);
      usable.set(target, ids);
      if (!ids.has(hostPort(backend.address, backend.port))) this.#end(key, flow);
    }
  }

  endAll(): void {
    for (const [key, flow] of this.#flows) this.#end(key, flow);
  }
}

function usableAt({ table: { cluster, local } }: BalancedPort): ReadonlySet<string> {
  return new Set([...cluster.backends, ...local.backends].map((b) => hostPort(b.address, b.port)));
}
