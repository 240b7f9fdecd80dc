import type { Socket } from "node:net";
import type { Client } from "../../../balancer/choice.ts";
import type { Engine } from "../../exchange/engine.ts";
import { Progress } from "../../exchange/progress.ts";
import { addressOf, gatewayClient } from "../../gateway-client.ts";
import type { Idle } from "../../gateway-context.ts";
import { type KnownField, knownValue } from "../../http1/fields.ts";
import { HeadBuffer } from "../../http1/head-buffer.ts";
import { MessageWriter } from "../../http1/message-writer.ts";
import { type Refusal, refusal } from "../../refusal.ts";
import { refusalAnswer } from "../../refusal-answer.ts";
import { reset } from "../../reset.ts";
import { SocketOutput } from "../../transport/socket-output.ts";
import { ClientRequest } from "./client-request.ts";
import { openTunnel } from "./connect-method.ts";
import { Deadline, type Wait } from "./deadline.ts";
import { stillReads } from "./half-closed.ts";
import { type RefusedRequest, receiveRequest } from "./received-request.ts";

/** What a client may send ahead of its turn before it isn't read any more. */
const AHEAD_BYTES = 64 * 1024;

/** A client's connection: the server side of HTTP/1.1, one request after the other. */
export class ClientConnection {
  readonly socket: Socket;
  readonly engine: Engine;
  readonly address: string;
  /** Who the balancer chooses for. */
  readonly client: Client;
  readonly answers: MessageWriter;
  readonly #onGone: (connection: ClientConnection) => void;
  readonly #input = new HeadBuffer();
  /**
   * `head`: waiting for a request; `busy`: one is being answered; `closing`: nothing is read any more;
   * `handed-over`: the socket is a tunnel's.
   */
  #state: "head" | "busy" | "closing" | "handed-over" = "head";
  #request: ClientRequest | undefined;
  /** The next request has to wait: for its turn, or for the client to take earlier answers. */
  #held = false;
  /** The client sends no more. */
  hasEnded = false;
  readonly #deadline: Deadline;
  /** Of bytes, while no exchange has the connection. */
  readonly #progress = new Progress();

  constructor(socket: Socket, engine: Engine, onGone: (connection: ClientConnection) => void) {
    this.socket = socket;
    this.engine = engine;
    this.answers = new MessageWriter(new SocketOutput(socket));
    this.#onGone = onGone;
    this.#deadline = new Deadline(engine.context.limits);
    this.address = addressOf(socket);
    this.client = gatewayClient(this.address, engine.context);
    this.waitFor("idle");
    socket.on("data", this.#onData);
    socket.on("drain", this.#onDrain);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onClose);
  }

  readonly #onData = (chunk: Buffer): void => this.read(chunk);
  readonly #onDrain = (): void => {
    if (this.#request !== undefined) this.#request.clientDrained();
    else this.#advanceLater();
  };
  readonly #onEnd = (): void => this.#ended();
  readonly #onClose = (): void => this.#closed();

  /** Bytes of the client; also those that were read before the connection came here. */
  read(chunk: Buffer): void {
    if (this.#state === "head") {
      if (this.socket.writableNeedDrain) this.#held = true;
      if (this.#held) {
        this.readAhead(chunk);
        return;
      }
      this.#input.append(chunk);
      this.#advance();
    } else if (this.#state === "busy" && !this.#request?.feed(chunk)) {
      this.readAhead(chunk);
    }
  }

  /** Ends the connection if nothing is in progress; otherwise the current answer will be its last. */
  drain(): void {
    if (this.#state === "head" && this.#input.length === 0) this.socket.end();
  }

  /** Since when nothing is asked, and nothing is left to be taken of earlier answers. */
  get idle(): Idle | undefined {
    const { destroyed, writableLength } = this.socket;
    const isIdle =
      this.#state === "head" && this.#input.length === 0 && writableLength === 0 && !destroyed;
    return isIdle ? { since: this.#deadline.since, close: () => this.socket.destroy() } : undefined;
  }

  /** Cuts off what takes too long between two exchanges. */
  checkDeadline(now: number): void {
    const { stallTime } = this.engine.context.limits;
    if (this.#state === "busy" || this.socket.writableLength === 0) {
      this.#progress.restart();
    } else if (stallTime > 0 && this.#progress.stillFor(this.moved, now) >= stallTime) {
      this.socket.destroy();
      return;
    }
    if (!this.#deadline.isOver(now)) return;
    switch (this.#deadline.waitingFor) {
      case "head":
        this.#refuseHead(refusal(408, "timeout", "the request's head did not arrive in time"));
        return;
      case "idle":
        // A client that still takes the last answer is slow, not idle.
        if (this.socket.writableLength === 0) this.#linger();
        return;
      case "linger":
        if (this.socket.writableLength > 0) this.waitFor("linger");
        else this.socket.destroy();
    }
  }

  // What an exchange uses.

  waitFor(what: Wait): void {
    this.#deadline.set(what);
  }

  /** Grows as bytes move either way. */
  get moved(): number {
    const { bytesRead, bytesWritten, writableLength } = this.socket;
    return bytesRead + bytesWritten - writableLength;
  }

  /** The client waits to be read, or is waited for to read. */
  get isHeld(): boolean {
    return this.socket.isPaused() || this.socket.writableLength > 0;
  }

  get hasMore(): boolean {
    return this.#input.length > 0;
  }

  /** No exchange has it any more. */
  get isOver(): boolean {
    return this.#request === undefined;
  }

  /** What was read beyond the current head. */
  takeAhead(): Buffer | undefined {
    return this.#input.length === 0 ? undefined : this.#input.takeRest();
  }

  /** Keeps what belongs to a later request. */
  readAhead(chunk: Buffer): void {
    this.#input.append(chunk);
    if (this.#input.length > AHEAD_BYTES) this.socket.pause();
  }

  /** Reading goes on, unless the client is too far ahead already. */
  resume(): void {
    if (this.#input.length <= AHEAD_BYTES) this.socket.resume();
  }

  /** The exchange is over and the connection is free for the next one. */
  next(): void {
    this.#request = undefined;
    this.#state = "head";
    this.waitFor("idle");
    if (this.socket.isPaused()) this.resume();
    if (this.#input.length === 0) {
      if (this.hasEnded) this.#linger();
      return;
    }
    // Not at once: a client that has sent thousands of requests ahead would have them answered on one stack.
    this.#held = true;
    setImmediate(this.#advanceLater);
  }

  /** The exchange is over, and the connection with it. */
  endAfterAnswer(): void {
    this.#request = undefined;
    this.#linger();
  }

  /** The answer can't be completed, and that is the only way to say so. */
  breakOff(): void {
    this.#request = undefined;
    this.#state = "closing";
    reset(this.socket);
  }

  /** The socket is someone else's from now on. */
  handOver(): void {
    this.#state = "handed-over";
    this.#request = undefined;
    this.#deadline.clear();
    this.socket.removeListener("data", this.#onData);
    this.socket.removeListener("drain", this.#onDrain);
    this.socket.removeListener("end", this.#onEnd);
    this.socket.removeListener("close", this.#onClose);
    this.#onGone(this);
  }

  // Reading requests.

  readonly #advanceLater = (): void => {
    // Answers that nobody takes would pile up; `drain` comes when they are taken.
    if (!this.#held || this.#state !== "head" || this.socket.writableNeedDrain) return;
    this.#held = false;
    this.#advance();
    if (this.#state === "head" && !this.#held && this.socket.isPaused()) this.socket.resume();
  };

  #advance(): void {
    const { limits } = this.engine.context;
    this.#input.skipEmptyLine();
    const text = this.#input.takeHead();
    if (text !== undefined && text.length <= limits.headBytes) {
      this.#begin(text);
    } else if (text !== undefined || this.#input.length > limits.headBytes) {
      const reason = `the request's head is longer than ${limits.headBytes} bytes`;
      this.#refuseHead(refusal(431, "too-large", reason));
    } else if (this.#input.hasBareLineFeed()) {
      this.#refuseHead(refusal(400, "bad-request", "a line that ends in a bare LF"));
    } else if (this.hasEnded) {
      this.#linger();
    } else if (this.#deadline.waitingFor !== "head") {
      this.waitFor("head");
    }
  }

  #begin(text: string): void {
    this.#state = "busy";
    this.#deadline.clear();
    const received = receiveRequest(text, this.engine);
    if ("why" in received) {
      this.#refuse(received);
      return;
    }
    const { head, admission, routed } = received;
    if (head.method === "CONNECT") {
      openTunnel(this, routed);
      return;
    }
    this.#request = new ClientRequest(this, head, admission, routed);
    this.#request.start();
  }

  #refuse({ why, closes, head }: RefusedRequest): void {
    const { context, draining } = this.engine;
    const fields: readonly KnownField[] = head?.fields ?? [];
    const request = { accept: knownValue(fields, "accept"), method: head?.method ?? "GET" };
    this.socket.write(refusalAnswer(why, request, closes || draining));
    context.onTraffic?.({
      kind: "request",
      protocol: `HTTP/1.${head?.minor ?? 1}`,
      client: this.address,
      attempts: 0,
      duration: 0,
      status: why.status,
      refusal: why,
      ...(head === undefined
        ? {}
        : { method: head.method, host: knownValue(fields, "host") ?? "", path: head.target }),
    });
    if (closes || draining) this.#linger();
    else this.next();
  }

  /** What was read is no head, and nothing that follows can be trusted to be one. */
  #refuseHead(why: Refusal): void {
    this.#refuse({ why, closes: true, head: undefined });
  }

  /** Says that nothing more comes, and reads on for a moment: closing at once could destroy the answer. */
  #linger(): void {
    this.#state = "closing";
    this.#input.clear();
    this.socket.end();
    if (this.socket.isPaused()) this.socket.resume();
    this.waitFor("linger");
  }

  /** The client sends no more. It may be gone, or wait for what it asked for (RFC 9112 section 9.6). */
  #ended(): void {
    const request = this.#request;
    this.hasEnded = true;
    if (this.#state === "head") {
      if (!this.#held) this.#linger();
    } else if (this.#state === "busy" && request?.endsWithClient !== false) {
      this.socket.destroy();
    } else if (request !== undefined) {
      void stillReads(this.socket).then((reads) => {
        // Where nobody can tell: who has seen part of an answer left because of it.
        const isGone = !(reads ?? !request.isAnswering);
        if (isGone && this.#request === request) this.socket.destroy();
      });
    }
  }

  #closed(): void {
    const request = this.#request;
    this.#state = "closing";
    this.#request = undefined;
    request?.abandon();
    this.#onGone(this);
  }
}
