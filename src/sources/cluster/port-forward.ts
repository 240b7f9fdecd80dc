import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { SpdyConnection, type SpdyStream } from "../../spdy/connection.ts";

/** Opens the connection over which a Pod's ports are forwarded. */
export type OpenTunnel = (pod: PodName) => Promise<Duplex>;

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** For how long after a round trip a kubelet may still say that nobody listens, in milliseconds. */
const REFUSAL_TIME = 20;
/** For how long one reader may hold up a connection before others no longer share it, in milliseconds. */
const MAX_HOLD_UP = 1000;
/** A connection on which nothing comes for two of these, in milliseconds, is gone: the machine slept, or changed networks. */
const PING_INTERVAL = 10_000;

/** Reaches ports of Pods through an API server: one connection for each Pod, opened when it is needed and kept. */
export class PortForwarder {
  readonly #openTunnel: OpenTunnel;
  readonly #tunnels = new Map<string, Promise<SpdyConnection>>();
  readonly #open = new Set<SpdyConnection>();
  /** Ports where the last that was heard is an answer. */
  readonly #answering = new WeakMap<SpdyConnection, Set<number>>();
  #requests = 0;

  constructor(open: OpenTunnel) {
    this.#openTunnel = open;
  }

  /**
   * A stream to a port of a Pod. That nobody listens there is told by the kubelet, on the way; nothing tells that
   * somebody does. So where a connection has answered, the next one is taken to be there at once, until one dies that
   * waited for an answer; elsewhere a round trip is waited for, so that a refusal is one, and another Pod can be
   * chosen.
   * @throws what keeps the API server from being asked, and what the kubelet says while it is waited for. What it
   *   says later destroys the stream.
   */
  async connect(pod: PodName, port: number): Promise<Duplex> {
    const tunnel = await this.#tunnelTo(pod);
    const answering = this.#answering.get(tunnel) ?? new Set();
    this.#answering.set(tunnel, answering);
    const common = { port: String(port), requestid: String(this.#requests++) };
    const error = tunnel.open({ streamtype: "error", ...common });
    const data = tunnel.open({ streamtype: "data", ...common });
    // Nothing is ever said on it from here.
    error.end();
    const refusal = text(error).then(
      (message) => {
        if (message === "") return undefined;
        const said = new Error(message);
        data.destroy(said);
        return said;
      },
      () => undefined,
    );
    // The reason for its end may still be on the way.
    data.once("close", () => setTimeout(() => error.destroy(), REFUSAL_TIME));
    learn(data, port, answering);
    if (answering.has(port)) return data;
    const ended = new Promise<void>((resolve) => data.once("close", resolve));
    const said = await Promise.race([refusal, ended.then(() => refusal), answerTime(tunnel)]);
    if (!data.destroyed) return data;
    throw said ?? new Error(`port ${port} of pod ${pod.namespace}/${pod.name} is gone`);
  }

  close(): void {
    for (const tunnel of this.#open) tunnel.close();
    this.#tunnels.clear();
  }

  /** A tunnel that has closed has removed itself, so what is there is open or being opened. */
  async #tunnelTo(pod: PodName): Promise<SpdyConnection> {
    const id = `${pod.namespace}/${pod.name}`;
    const kept = this.#tunnels.get(id);
    if (kept === undefined) return this.#dig(id, pod);
    const tunnel = await kept;
    if (!tunnel.isClosed && tunnel.heldUpFor < MAX_HOLD_UP) return tunnel;
    // Somebody does not read. What waits behind stays there, and what is new goes around it.
    tunnel.closeWhenIdle();
    return this.#tunnels.get(id) === kept ? this.#dig(id, pod) : this.#tunnelTo(pod);
  }

  #dig(id: string, pod: PodName): Promise<SpdyConnection> {
    const opening = this.#openTunnel(pod).then((carrier) => {
      const tunnel = new SpdyConnection(carrier);
      tunnel.keepAlive(PING_INTERVAL);
      this.#open.add(tunnel);
      carrier.once("close", () => {
        this.#open.delete(tunnel);
        forget();
      });
      return tunnel;
    });
    const forget = () => {
      if (this.#tunnels.get(id) === opening) this.#tunnels.delete(id);
    };
    this.#tunnels.set(id, opening);
    opening.catch(forget);
    return opening;
  }
}

/** Learns from a stream whether its port answers. */
function learn(data: SpdyStream, port: number, answering: Set<number>): void {
  data.once("answer", () => answering.add(port));
  data.once("close", () => {
    if (data.awaitsAnswer) answering.delete(port);
  });
}

async function answerTime(tunnel: SpdyConnection): Promise<undefined> {
  await tunnel.ping();
  await new Promise((resolve) => setTimeout(resolve, REFUSAL_TIME));
}
