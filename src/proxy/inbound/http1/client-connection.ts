import type { Client } from "../../../balancer/choice.ts";
import type { Engine } from "../../exchange/engine.ts";
import { Progress } from "../../exchange/progress.ts";
import { gatewayClient, remoteOf } from "../../gateway-client.ts";
import type { Idle } from "../../gateway-context.ts";
import { FieldReader } from "../../http1/field-lines.ts";
import { type KnownField, knownValue } from "../../http1/fields.ts";
import { HeadBuffer, headAtStart } from "../../http1/head-buffer.ts";
import { MessageWriter } from "../../http1/message-writer.ts";
import { type Refusal, refusal } from "../../refusal.ts";
import { refusalAnswer } from "../../refusal-answer.ts";
import { type Connection, NOBODY, type Receiver } from "../../transport/connection.ts";
import { type Enlisted, NOWHERE } from "../../transport/roster.ts";
import { ClientRequest } from "./client-request.ts";
import { openTunnel } from "./connect-method.ts";
import { Deadline, type Wait } from "./deadline.ts";
import { HalfClosed } from "./half-closed.ts";
import { type RefusedRequest, receiveRequest } from "./received-request.ts";
import type { RequestConnection, Told } from "./request-connection.ts";

/** What a client may send ahead of its turn before it isn't read any more. */
const AHEAD_BYTES = 64 * 1024;

const CR = 13;

/** One for all gateways: they look at the same tables. */
const HALF_CLOSED = new HalfClosed();

/** A client's connection: the server side of HTTP/1.1, one request after the other. */
export class ClientConnection implements RequestConnection, Receiver, Enlisted {
  slot = NOWHERE;
  readonly transport: Connection;
  readonly engine: Engine;
  readonly address: string;
  /** The client as the balancer knows it. */
  readonly client: Client;
  readonly answers: MessageWriter;
  readonly #onGone: (connection: ClientConnection) => void;
  readonly #input = new HeadBuffer();
  readonly #fields = new FieldReader();
  /** What the last request told its pod. */
  lastTold: Told | undefined;
  /**
   * `head`: waiting for a request; `busy`: one is being answered; `closing`: nothing is read any more;
   * `handed-over`: the transport is a tunnel's.
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

  constructor(
    transport: Connection,
    engine: Engine,
    onGone: (connection: ClientConnection) => void,
  ) {
    this.transport = transport;
    this.engine = engine;
    this.answers = new MessageWriter(transport);
    this.#onGone = onGone;
    this.#deadline = new Deadline(engine.context.limits);
    this.address = remoteOf(transport);
    this.client = gatewayClient(this.address, engine.context);
    this.waitFor("idle");
    transport.receiver = this;
    transport.resume();
  }

  // What the transport tells.

  received(bytes: Buffer, length: number): void {
    const chunk = length === bytes.length ? bytes : bytes.subarray(0, length);
    if (this.#state === "head") this.#readHead(chunk);
    else if (this.#state === "busy" && !this.#request?.feed(chunk)) this.readAhead(chunk);
  }

  drained(): void {
    if (this.#request !== undefined) this.#request.clientDrained();
    else this.#advanceLater();
  }

  /** The client sends no more. It may be gone, or wait for what it asked for (RFC 9112 section 9.6). */
  ended(): void {
    const request = this.#request;
    this.hasEnded = true;
    if (this.#state === "head") {
      if (!this.#held) this.#linger();
    } else if (this.#state === "busy" && request?.endsWithClient !== false) {
      this.transport.close();
    } else if (request !== undefined) {
      void HALF_CLOSED.stillReads(this.transport).then((reads) => {
        // Where nobody can tell: who has seen part of an answer left because of it.
        const isGone = !(reads ?? !request.isAnswering);
        if (isGone && this.#request === request) this.transport.close();
      });
    }
  }

  closed(): void {
    const request = this.#request;
    this.#state = "closing";
    this.#request = undefined;
    request?.abandon();
    this.#onGone(this);
  }

  /** Ends the connection if nothing is in progress; otherwise the current answer will be its last. */
  drain(): void {
    if (this.#state === "head" && this.#input.length === 0) this.transport.end();
  }

  /** Since when nothing is asked, and nothing is left to be taken of earlier answers. */
  get idle(): Idle | undefined {
    const { transport } = this;
    const isIdle =
      this.#state === "head" &&
      this.#input.length === 0 &&
      transport.pending === 0 &&
      transport.isWritable;
    return isIdle ? { since: this.#deadline.since, close: () => transport.close() } : undefined;
  }

  /** Cuts off what takes too long between two exchanges. */
  checkDeadline(now: number): void {
    const { stallTime } = this.engine.context.limits;
    if (this.#state === "busy" || this.transport.pending === 0) {
      this.#progress.restart();
    } else if (stallTime > 0 && this.#progress.stillFor(this.moved, now) >= stallTime) {
      this.transport.close();
      return;
    }
    if (!this.#deadline.isOver(now)) return;
    switch (this.#deadline.waitingFor) {
      case "head":
        this.#refuseHead(refusal(408, "timeout", "the request's head did not arrive in time"));
        return;
      case "idle":
        // A client that still takes the last answer is slow, not idle.
        if (this.transport.pending === 0) this.#linger();
        return;
      case "linger":
        if (this.transport.pending > 0) this.waitFor("linger");
        else this.transport.close();
    }
  }

  // What a request uses: see RequestConnection.

  waitFor(what: Wait): void {
    this.#deadline.set(what);
  }

  /** Grows as bytes move either way. */
  get moved(): number {
    const { bytesRead, bytesWritten, pending } = this.transport;
    return bytesRead + bytesWritten - pending;
  }

  /** The client waits to be read, or is waited for to read. */
  get isHeld(): boolean {
    return this.transport.isPaused || this.transport.pending > 0;
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
    this.#input.append(Buffer.from(chunk));
    if (this.#input.length > AHEAD_BYTES) this.transport.pause();
  }

  /** Reading goes on, unless the client is too far ahead already. */
  resume(): void {
    if (this.#input.length <= AHEAD_BYTES) this.transport.resume();
  }

  /** The exchange is over and the connection is free for the next one. */
  next(): void {
    this.#request = undefined;
    this.#state = "head";
    this.waitFor("idle");
    if (this.transport.isPaused) this.resume();
    if (this.#input.length === 0) {
      if (this.hasEnded) this.#linger();
      return;
    }
    // Not at once: a client that has sent thousands of requests ahead would have them answered on one stack.
    this.#held = true;
    setImmediate(this.#advanceLater);
  }

  /**
   * The exchange is over, and the connection with it.
   * @param wasLast the client sends nothing more (RFC 9112 section 9.6), which closing could answer with a reset.
   */
  endAfterAnswer(wasLast: boolean): void {
    this.#request = undefined;
    if (wasLast && this.#input.length === 0) {
      this.#state = "closing";
      this.waitFor("linger");
      this.transport.finish();
    } else {
      this.#linger();
    }
  }

  /** The answer can't be completed, and that is the only way to say so. */
  breakOff(): void {
    this.#request = undefined;
    this.#state = "closing";
    this.transport.reset();
  }

  /** The transport is someone else's from now on. */
  handOver(): void {
    this.#state = "handed-over";
    this.#request = undefined;
    this.#deadline.clear();
    this.transport.receiver = NOBODY;
    this.#onGone(this);
  }

  // Reading requests.

  readonly #advanceLater = (): void => {
    // Answers that nobody takes would pile up; `drain` comes when they are taken.
    if (!this.#held || this.#state !== "head" || this.transport.isFull) return;
    this.#held = false;
    this.#advance();
    if (this.#state === "head" && !this.#held && this.transport.isPaused) this.transport.resume();
  };

  #readHead(chunk: Buffer): void {
    if (this.transport.isFull) this.#held = true;
    if (this.#held) {
      this.readAhead(chunk);
      return;
    }
    // Most requests come whole and alone: those needn't be kept. An empty line in front takes the longer way.
    const text = this.#input.length === 0 && chunk[0] !== CR ? headAtStart(chunk) : undefined;
    if (text === undefined || text.length > this.engine.context.limits.headBytes) {
      this.#input.append(Buffer.from(chunk));
      this.#advance();
      return;
    }
    if (chunk.length > text.length) this.#input.append(Buffer.from(chunk.subarray(text.length)));
    this.#begin(text);
  }

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
    const received = receiveRequest(text, this.engine, this.#fields);
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
    const accept = knownValue(fields, "accept");
    const request = { accept, method: head?.method ?? "GET", home: this.engine.home };
    this.transport.writeText(refusalAnswer(why, request, closes || draining));
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
    this.transport.end();
    if (this.transport.isPaused) this.transport.resume();
    this.waitFor("linger");
  }
}
