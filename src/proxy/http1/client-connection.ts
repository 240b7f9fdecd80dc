import type { Socket } from "node:net";
import type { Client } from "../../balancer/choice.ts";
import { speaksHttp2 } from "../app-protocol.ts";
import { addressOf, gatewayClient } from "../gateway-client.ts";
import { Progress } from "../progress.ts";
import { type Refusal, refusal } from "../refusal.ts";
import { refusalAnswer } from "../refusal-answer.ts";
import { reset } from "../reset.ts";
import { AnswerWriter } from "./answer-writer.ts";
import type { Body } from "./body.ts";
import type { ClientExchange } from "./client-exchange.ts";
import { ClientRequest } from "./client-request.ts";
import { openTunnel } from "./connect-method.ts";
import { Deadline, type Wait } from "./deadline.ts";
import type { Http1Engine } from "./engine.ts";
import { type KnownField, knownValue } from "./fields.ts";
import { HeadBuffer } from "./head-buffer.ts";
import { type RefusedRequest, receiveRequest } from "./received-request.ts";
import { ToHttp1 } from "./to-http1.ts";
import { ToHttp2 } from "./to-http2.ts";

/** What a client may send ahead of its turn before it isn't read any more. */
const AHEAD_BYTES = 64 * 1024;

/** A client's connection: the server side of HTTP/1.1, one request after the other. */
export class ClientConnection {
  readonly socket: Socket;
  readonly engine: Http1Engine;
  readonly address: string;
  /** Who the balancer chooses for. */
  readonly client: Client;
  readonly answers: AnswerWriter;
  readonly #onGone: (connection: ClientConnection) => void;
  readonly #input = new HeadBuffer();
  /**
   * `head`: waiting for a request; `busy`: one is being answered; `closing`: nothing is read any more;
   * `handed-over`: the socket is a tunnel's.
   */
  #state: "head" | "busy" | "closing" | "handed-over" = "head";
  #exchange: ClientExchange | undefined;
  /** The next request has to wait: for its turn, or for the client to take earlier answers. */
  #held = false;
  /** Of the request that is being answered. */
  #body: Body | undefined;
  readonly #deadline: Deadline;
  readonly #progress: Progress;

  constructor(socket: Socket, engine: Http1Engine, onGone: (connection: ClientConnection) => void) {
    this.socket = socket;
    this.engine = engine;
    this.answers = new AnswerWriter(socket);
    this.#onGone = onGone;
    this.#deadline = new Deadline(engine.context.limits);
    this.#progress = new Progress(socket);
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
    if (this.#exchange !== undefined) this.#exchange.clientDrained();
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
    } else if (this.#state === "busy" && !this.#exchange?.write(chunk)) {
      this.readAhead(chunk);
    }
  }

  /** Ends the connection if nothing is in progress; otherwise the current answer will be its last. */
  drain(): void {
    if (this.#state === "head" && this.#input.length === 0) this.socket.end();
  }

  /** Cuts off what takes too long. */
  checkDeadline(now: number): void {
    const { stallTime } = this.engine.context.limits;
    if (stallTime > 0 && this.#progress.standsStill(this.#mayStall, now, stallTime)) {
      this.socket.destroy();
      return;
    }
    if (!this.#deadline.isOver(now)) return;
    switch (this.#deadline.waitingFor) {
      case "head":
        this.#refuseHead(refusal(408, "timeout", "the request's head did not arrive in time"));
        return;
      case "answer":
        this.#exchange?.timedOut();
        return;
      case "idle":
        // A client that still takes the last answer is slow, not idle.
        if (this.socket.writableLength === 0) this.#linger();
        return;
      case "linger":
        if (this.socket.writableLength > 0) this.waitFor("linger");
        else this.socket.destroy();
        return;
      case "stream":
        this.socket.destroy();
    }
  }

  /** Whether one side waits for the other, for something that was begun. */
  get #mayStall(): boolean {
    if (this.#state !== "busy") return this.socket.writableLength > 0;
    return this.#body?.done === false || this.socket.isPaused();
  }

  // What an exchange uses.

  waitFor(what: Wait): void {
    this.#deadline.set(what);
  }

  waitForNothing(): void {
    this.#deadline.clear();
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
    this.#exchange = undefined;
    this.#state = "head";
    this.waitFor("idle");
    if (this.socket.isPaused()) this.resume();
    if (this.#input.length === 0) return;
    // Not at once: a client that has sent thousands of requests ahead would have them answered on one stack.
    this.#held = true;
    setImmediate(this.#advanceLater);
  }

  /** The exchange is over, and the connection with it. */
  endAfterAnswer(): void {
    this.#exchange = undefined;
    this.#linger();
  }

  /** The answer can't be completed, and that is the only way to say so. */
  breakOff(): void {
    this.#exchange = undefined;
    this.#state = "closing";
    reset(this.socket);
  }

  /** The socket is someone else's from now on. */
  handOver(): void {
    this.#state = "handed-over";
    this.#exchange = undefined;
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
    } else if (this.#deadline.waitingFor !== "head") {
      this.waitFor("head");
    }
  }

  #begin(text: string): void {
    this.#state = "busy";
    this.#deadline.clear();
    this.#body = undefined;
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
    this.#body = admission.body;
    const request = new ClientRequest(this, head, admission, routed);
    this.#exchange = speaksHttp2(routed.route.port.port)
      ? new ToHttp2(request)
      : new ToHttp1(request, admission.upgrade);
    this.#exchange.start();
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

  /**
   * The client is gone. One that only closed its sending side would look the same; no HTTP client does that,
   * and a pod that answers slowly should learn that nobody waits any more.
   */
  #ended(): void {
    if (this.#state === "head") this.#linger();
    else if (this.#state === "busy") this.socket.destroy();
  }

  #closed(): void {
    this.#state = "closing";
    this.#exchange?.abandon();
    this.#exchange = undefined;
    this.#onGone(this);
  }
}
