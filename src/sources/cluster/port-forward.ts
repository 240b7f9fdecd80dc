import type { Duplex } from "node:stream";
import { SpdyConnection, type SpdyStream } from "../../spdy/connection.ts";
import { forwardFailure } from "./forward-failure.ts";

/** Opens the connection over which a Pod's ports are forwarded. */
export type OpenTunnel = (pod: PodName) => Promise<Duplex>;

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** Milliseconds after a round trip in which a kubelet may still report that nothing listens. */
const REFUSAL_TIME = 20;
/** For how long a kubelet may take to say why it closed what answered nothing, in milliseconds; it always says something. */
const LAST_WORD_TIME = 1000;
/** Milliseconds that one slow reader may block a connection before other streams use another one. */
const MAX_HOLD_UP = 1000;
/** Milliseconds; a connection without data for twice as long is dead: the machine slept, or changed networks. */
const PING_INTERVAL = 10_000;

/** Reaches ports of Pods through an API server, with one connection for each Pod that is opened on demand and kept. */
export class PortForwarder {
  readonly #openTunnel: OpenTunnel;
  readonly #tunnels = new Map<string, Promise<SpdyConnection>>();
  readonly #open = new Set<SpdyConnection>();
  /** Ports whose last stream was answered. */
  readonly #answering = new WeakMap<SpdyConnection, Set<number>>();
  #requests = 0;

  constructor(open: OpenTunnel) {
    this.#openTunnel = open;
  }

  /**
   * A stream to a port of a Pod. That nobody listens there is told by the kubelet, on the way; nothing tells that
   * somebody does. So where a connection has answered, the next one is taken to be there at once, until one is refused
   * or dies that waited for an answer; elsewhere a round trip is waited for, so that a refusal is one, and another Pod
   * can be chosen.
   * @throws what keeps the API server from being asked, and what the kubelet says while it is waited for. What it
   *   says later destroys the stream, with a NotReachedError where it could not connect.
   */
  async connect(pod: PodName, port: number): Promise<Duplex> {
    const tunnel = await this.#tunnelTo(pod);
    const answering = this.#answering.get(tunnel) ?? new Set();
    this.#answering.set(tunnel, answering);
    const common = { port: String(port), requestid: String(this.#requests++) };
    const error = tunnel.open({ streamtype: "error", ...common });
    const data = tunnel.open({ streamtype: "data", ...common });
    // The client never writes on the error stream.
    error.end();
    const refusal = firstWord(error, (message) => {
      const { error: said, isRefusal } = forwardFailure(message, data.hasAnswered);
      answering.delete(port);
      // Perhaps the Pod of this name is another one by now, and this connection leads to the old one for ever.
      if (!isRefusal) tunnel.closeWhenIdle();
      data.destroy(said);
      return said;
    });
    // The reason for its end may still be on the way: runtimes close what they carry before they say why.
    data.endAfter(() => Promise.race([refusal, pause(LAST_WORD_TIME)]));
    data.once("close", () => setTimeout(() => error.destroy(), REFUSAL_TIME));
    learn(data, port, answering);
    if (answering.has(port) && !data.destroyed) return data;
    const ended = new Promise<void>((resolve) => data.once("close", resolve));
    const said = await Promise.race([refusal, ended.then(() => refusal), answerTime(tunnel)]);
    if (!data.destroyed) return data;
    throw said ?? new Error(`port ${port} of pod ${pod.namespace}/${pod.name} is gone`);
  }

  close(): void {
    for (const tunnel of this.#open) tunnel.close();
    this.#tunnels.clear();
  }

  /** Closed tunnels remove themselves, so this one is open or being opened. */
  async #tunnelTo(pod: PodName): Promise<SpdyConnection> {
    const id = `${pod.namespace}/${pod.name}`;
    const kept = this.#tunnels.get(id);
    if (kept === undefined) return this.#dig(id, pod);
    const tunnel = await kept;
    if (tunnel.isOpen && tunnel.heldUpFor < MAX_HOLD_UP) return tunnel;
    // A client doesn't read. Streams on this connection keep waiting, and new ones use another connection.
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

/** What is said first, if anything. Kubelets say all in one write, and reset the streams of a connection after it. */
function firstWord<T>(error: SpdyStream, said: (message: string) => T): Promise<T | undefined> {
  return new Promise((resolve) => {
    error.once("data", (words: Buffer) => resolve(said(words.toString())));
    error.once("close", () => resolve(undefined));
  });
}

async function answerTime(tunnel: SpdyConnection): Promise<undefined> {
  await tunnel.ping();
  await pause(REFUSAL_TIME);
}

function pause(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, undefined));
}
