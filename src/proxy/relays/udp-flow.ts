import type dgram from "node:dgram";
import type { Backend } from "../../balancer/backend.ts";
import type { BalancedPort } from "../../balancer/balanced-port.ts";
import type { Picked } from "../../balancer/choice.ts";
import type { DatagramAddress } from "../dialer.ts";
import type { Attempt } from "../exchange/attempt.ts";
import { udpSocket } from "./udp-socket.ts";

/** The time-outs of Linux' connection tracking, for unanswered flows and for answered ones. */
export const UNANSWERED_MS = 30_000;
export const ANSWERED_MS = 120_000;
/** Datagrams kept while the socket of a new flow is being set up. */
const MAX_WAITING = 32;

/** One client's datagrams to one endpoint, with a socket of their own so that answers find back. */
export class UdpFlow {
  readonly target: BalancedPort;
  readonly attempt: Attempt;
  readonly client: { readonly address: string; readonly port: number };
  readonly since = performance.now();
  lastUsed: number;
  answered = false;
  bytes = 0;
  readonly #socket: dgram.Socket;
  readonly #onError: (error: Error, flow: UdpFlow) => void;
  #waiting: Buffer[] | undefined = [];
  #closed = false;

  constructor(
    target: BalancedPort,
    attempt: Attempt,
    client: { readonly address: string; readonly port: number },
    to: DatagramAddress,
    now: number,
    onAnswer: (message: Buffer, flow: UdpFlow) => void,
    onError: (error: Error, flow: UdpFlow) => void,
  ) {
    this.target = target;
    this.attempt = attempt;
    this.client = client;
    this.lastUsed = now;
    this.#onError = onError;
    const socket = udpSocket(to.host);
    this.#socket = socket;
    socket.on("error", (error) => onError(error, this));
    socket.on("message", (message) => onAnswer(message, this));
    socket.on("connect", () => {
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const message of waiting) this.#send(message);
    });
    // Connecting waits for the next tick so that the caller has this flow when it fails at once, as it does without
    // file descriptors. No callback is passed: it would receive errors instead of the `error` event.
    process.nextTick(() => {
      if (this.#closed) return;
      const connect = () => void socket.connect(to.port, to.host);
      if (to.bind === undefined) return connect();
      socket.once("listening", connect);
      to.bind(socket);
    });
  }

  get picked(): Picked {
    return this.attempt.picked;
  }

  get backend(): Backend {
    return this.picked.backend;
  }

  send(message: Buffer): void {
    if (this.#waiting === undefined) this.#send(message);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(message);
  }

  #send(message: Buffer): void {
    try {
      this.#socket.send(message);
    } catch (error) {
      this.#onError(error as Error, this);
    }
  }

  isExpired(now: number): boolean {
    return now - this.lastUsed >= (this.answered ? ANSWERED_MS : UNANSWERED_MS);
  }

  close(): void {
    this.#waiting = [];
    this.#closed = true;
    this.#socket.close();
  }
}
