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

/** Bytes of later requests that a client may send before it isn't read any more. */
const AHEAD_BYTES = 64 * 1024;

const CR = 13;

/** Shared by all gateways, since all read the same tables of the system. */
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
  /** The header section sent to the pod with the last request, for reuse. */
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
  /** Progress of bytes between two exchanges. */
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

  // Events of the transport.

  received(bytes: Buffer, length: number): void {
    const chunk = length === bytes.length ? bytes : bytes.subarray(0, length);
    if (this.#state === "head") this.#readHead(chunk);
    else if (this.#state === "busy" && !this.#request?.feed(chunk)) this.readAhead(chunk);
  }

  drained(): void {
    if (this.#request !== undefined) this.#request.clientDrained();
    else this.#advanceLater();
  }

  /** The client has closed its sending side. It may be gone, or still wait for its answer (RFC 9112 section 9.6). */
  ended(): void {
    const request = this.#request;
    this.hasEnded = true;
    if (this.#state === "head") {
      if (!this.#held) this.#linger();
    } else if (this.#state === "busy" && request?.endsWithClient !== false) {
      this.transport.close();
    } else if (request !== undefined) {
      void HALF_CLOSED.stillReads(this.transport).then((reads) => {
        // Where the system can't tell: a client that closes in the middle of an answer has probably left.
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

  /** Set while no request is in progress and earlier answers were taken. */
  get idle(): Idle | undefined {
    const { transport } = this;
    const isIdle =
      this.#state === "head" &&
      this.#input.length === 0 &&
      transport.pending === 0 &&
      transport.isWritable;
    return isIdle ? { since: this.#deadline.since, close: () => transport.close() } : undefined;
  }

  /** Closes the connection when it takes too long between two exchanges. */
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

  /** Data is waiting: either the client's, which isn't read for now, or ours, which the client has not taken. */
  get isHeld(): boolean {
    return this.transport.isPaused || this.transport.pending > 0;
  }

  get hasMore(): boolean {
    return this.#input.length > 0;
  }

  /** No request is in progress. */
  get isOver(): boolean {
    return this.#request === undefined;
  }

  /** Takes the bytes that were read beyond the current head. */
  takeAhead(): Buffer | undefined {
    return this.#input.length === 0 ? undefined : this.#input.takeRest();
  }

  /** Keeps bytes of a later request. */
  readAhead(chunk: Buffer): void {
    this.#input.append(Buffer.from(chunk));
    if (this.#input.length > AHEAD_BYTES) this.transport.pause();
  }

  /** Continues reading, unless the client is too far ahead already. */
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
    // In a later turn: requests that a client has pipelined by the thousand would otherwise be answered recursively
    // and overflow the stack.
    this.#held = true;
    setImmediate(this.#advanceLater);
  }

  /**
   * The exchange is over, and the connection with it.
   * @param wasLast the client announced that it sends nothing more (RFC 9112 section 9.6): closing at once can't
   * reset data on its way.
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

  /** The answer can't be completed; a reset is the only way to tell the client. */
  breakOff(): void {
    this.#request = undefined;
    this.#state = "closing";
    this.transport.reset();
  }

  /** The transport belongs to a tunnel from now on. */
  handOver(): void {
    this.#state = "handed-over";
    this.#request = undefined;
    this.#deadline.clear();
    this.transport.receiver = NOBODY;
    this.#onGone(this);
  }

  // Reading requests.

  readonly #advanceLater = (): void => {
    // While the client doesn't take its answers, no further requests are answered; `drain` is emitted when it does.
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
    // Most requests arrive in one piece with nothing behind: those are read without copying. A head that begins with
    // an empty line is buffered first.
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

  /** The head is invalid, so the bytes behind it can't be trusted to begin another one. */
  #refuseHead(why: Refusal): void {
    this.#refuse({ why, closes: true, head: undefined });
  }

  /**
   * Closes the sending side and reads on for a moment: closing at once could reset the connection before the client
   * has read the answer.
   */
  #linger(): void {
    this.#state = "closing";
    this.#input.clear();
    this.transport.end();
    if (this.transport.isPaused) this.transport.resume();
    this.waitFor("linger");
  }
}
