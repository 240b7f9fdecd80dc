import type { Socket } from "node:net";
import type { Client } from "../../balancer/choice.ts";
import { isLoopback } from "../../net/loopback.ts";
import { peerAddress } from "../../net/peer-address.ts";
import { speaksHttp2 } from "../app-protocol.ts";
import { EndpointSearch } from "../endpoint-search.ts";
import { Progress } from "../progress.ts";
import { isRefusal, type Refusal, refusal } from "../refusal.ts";
import { refusalAnswer } from "../refusal-answer.ts";
import type { RoutedRequest } from "../request-target.ts";
import { reset } from "../reset.ts";
import type { Route } from "../router.ts";
import type { Session } from "../session-key.ts";
import { type Admission, admit } from "./admission.ts";
import { AnswerWriter } from "./answer-writer.ts";
import type { Body } from "./body.ts";
import type { ClientExchange } from "./client-exchange.ts";
import { ClientRequest } from "./client-request.ts";
import { openTunnel } from "./connect-method.ts";
import { Deadline, type Wait } from "./deadline.ts";
import type { Http1Engine } from "./engine.ts";
import { type KnownField, knownValue } from "./fields.ts";
import { HeadBuffer } from "./head-buffer.ts";
import { parseRequestHead, type RequestHead } from "./request-head.ts";
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
    this.address = peerAddress(socket.remoteAddress ?? "unknown");
    this.client = {
      address: this.address,
      fromThisNode: isLoopback(this.address),
      ...(engine.context.policy && { policy: engine.context.policy }),
      strict: engine.context.strict,
    };
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

  /** The endpoints for one of its requests. */
  search(route: Route, session: Session | undefined): EndpointSearch {
    const { client } = this;
    const { context } = this.engine;
    const who = session === undefined ? client : { ...client, sessionKey: session.key };
    return new EndpointSearch(context, route, who);
  }

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
    const { context } = this.engine;
    this.#state = "busy";
    this.#deadline.clear();
    this.#body = undefined;
    const head = parseRequestHead(text, context.limits.headerLines);
    if ("fault" in head) {
      this.#refuseHead(head.fault);
      return;
    }
    const admission = admit(head, context.limits.headBytes);
    if ("fault" in admission) {
      this.#refuseHead(admission.fault, head);
      return;
    }
    this.#body = admission.body;
    const routed = this.engine.route(head.method, head.target, admission.host);
    if (isRefusal(routed)) {
      // A request that was understood leaves the connection as it was.
      const close = routed.status === 400 || admission.body !== undefined || !admission.persistent;
      this.#refuse(routed, close, head);
    } else if (head.method === "CONNECT") {
      openTunnel(this, routed);
    } else if (speaksHttp2(routed.route.port.port)) {
      this.#toHttp2(head, admission, routed);
    } else {
      const request = new ClientRequest(this, head, admission, routed);
      this.#exchange = new ToHttp1(request, admission.upgrade);
      this.#exchange.start();
    }
  }

  #toHttp2(head: RequestHead, admission: Admission, routed: RoutedRequest): void {
    if (admission.upgrade !== undefined) {
      const why = `its pods speak HTTP/2, which can't be upgraded to ${admission.upgrade}`;
      this.#refuse(refusal(501, "not-implemented", why), !admission.persistent, head);
      return;
    }
    this.#exchange = new ToHttp2(new ClientRequest(this, head, admission, routed));
    this.#exchange.start();
  }

  /** Nothing that follows can be trusted to be a request. */
  #refuseHead(why: Refusal, head?: RequestHead): void {
    this.#refuse(why, true, head);
  }

  #refuse(why: Refusal, close: boolean, head: RequestHead | undefined): void {
    const { context, draining } = this.engine;
    const fields: readonly KnownField[] = head?.fields ?? [];
    const request = { accept: knownValue(fields, "accept"), method: head?.method ?? "GET" };
    this.socket.write(refusalAnswer(why, request, close || draining));
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
    if (close || draining) this.#linger();
    else this.next();
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
