import { constants, type ServerStreamResponseOptions } from "node:http2";
import type { Picked } from "../../balancer/choice.ts";
import type { Body } from "../http1/body.ts";
import type { Http1Engine } from "../http1/engine.ts";
import type { ResponseHead } from "../http1/response-head.ts";
import type { AnswerReceiver, UpstreamConnection } from "../http1/upstream-connection.ts";
import { MAX_HELD_INTERIM } from "../interim-answers.ts";
import { isRefusal, type Refusal } from "../refusal.ts";
import {
  addCookie,
  hasNoContent,
  headerValue,
  isEndToEnd,
  isFinalStatus,
  linesToHeaders,
  toHttp2Headers,
} from "./fields.ts";
import { sendHeaders } from "./send-headers.ts";
import type { StreamRequest } from "./stream-request.ts";

/** Passes one HTTP/2 stream on to an HTTP/1.1 pod. */
export class ToHttp1 implements AnswerReceiver {
  readonly method: string;
  readonly upgrading = false;
  readonly wantsContent = true;
  readonly #request: StreamRequest;
  readonly #engine: Http1Engine;
  readonly #hasBody: boolean;
  /** Without a length the body goes in chunks. */
  readonly #chunked: boolean;
  readonly #head: string;
  #requestDone: boolean;
  #picked: Picked | undefined;
  #upstream: UpstreamConnection | undefined;
  #giveUp: (() => void) | undefined;
  #answerBody: Body | undefined;
  /** The head of the answer, held back for the moment until what came with it is read. */
  #heldHead: ResponseHead | undefined;
  /** The upstream connection had carried requests before. */
  #reused = false;
  #sentAt = 0;
  #answerTime: number | undefined;
  #interims = 0;

  constructor(request: StreamRequest, engine: Http1Engine, hasBody: boolean) {
    this.#request = request;
    this.#engine = engine;
    this.method = request.method;
    this.#hasBody = hasBody;
    this.#requestDone = !hasBody;
    this.#chunked = hasBody && headerValue(request.raw, "content-length") === undefined;
    this.#head = headFor(request, this.#chunked);
  }

  start(): void {
    const { stream } = this.#request;
    // One without a body ends by itself, later and with less ado than one that somebody reads.
    if (this.#hasBody) stream.pause();
    stream.on("error", this.#request.context.onError);
    stream.on("close", () => this.#abandon());
    this.#attempt();
  }

  #attempt(): void {
    const request = this.#request;
    const { balancer } = request.context;
    const picked = request.search.next();
    if (isRefusal(picked)) {
      request.refuse(picked);
      return;
    }
    this.#picked = picked;
    balancer.started(picked.backend);
    const pool = this.#engine.pool(picked.backend);
    const idle = request.search.resent ? undefined : pool.take(Date.now());
    this.#reused = idle !== undefined;
    if (idle !== undefined) {
      this.#send(idle);
      return;
    }
    this.#giveUp = pool.connect((result) => {
      this.#giveUp = undefined;
      if (!(result instanceof Error)) {
        balancer.connected(picked.backend);
        this.#send(result);
        return;
      }
      balancer.finished(picked.backend);
      this.#picked = undefined;
      this.#goOn(request.search.connectFailed(picked, result), picked);
    });
  }

  #goOn(over: Refusal | undefined, picked: Picked): void {
    if (over === undefined) this.#attempt();
    else this.#request.refuse(over, picked);
  }

  #send(upstream: UpstreamConnection): void {
    const { stream } = this.#request;
    this.#upstream = upstream;
    this.#sentAt = performance.now();
    upstream.begin(this);
    upstream.socket.write(this.#head, "latin1");
    if (this.#hasBody) {
      stream.on("data", (chunk: Buffer) => this.#sendBody(chunk));
      stream.on("end", () => this.#endBody());
      // A body of no bytes ends even while nobody reads.
      if (stream.readableEnded) this.#endBody();
      stream.resume();
    }
  }

  #sendBody(chunk: Buffer): void {
    const socket = this.#upstream?.socket;
    if (socket === undefined || chunk.length === 0) return;
    let open: boolean;
    if (this.#chunked) {
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
      socket.write(chunk);
      open = socket.write("\r\n", "latin1");
      socket.uncork();
    } else {
      open = socket.write(chunk);
    }
    if (!open) this.#request.stream.pause();
  }

  #endBody(): void {
    this.#requestDone = true;
    if (this.#chunked) this.#upstream?.socket.write("0\r\n\r\n", "latin1");
  }

  drained(): void {
    if (this.#hasBody) this.#request.stream.resume();
  }

  head(head: ResponseHead, body: Body | undefined, more: boolean): void {
    const { stream } = this.#request;
    if (!this.#request.isOpen || stream.headersSent) return;
    if (head.status < 200) {
      if (++this.#interims > MAX_HELD_INTERIM) {
        this.#breakOff(`more than ${MAX_HELD_INTERIM} interim answers`);
        return;
      }
      const { onError } = this.#request.context;
      const sent = sendHeaders(stream, "additionalHeaders", toHttp2Headers(head), onError);
      if (!sent) this.#breakOff("an interim answer that HTTP/2 cannot carry");
      return;
    }
    if (!isFinalStatus(head.status)) {
      this.#breakOff(`it answered with the status ${head.status}, which HTTP does not know`);
      return;
    }
    this.#request.status = head.status;
    this.#answerTime = performance.now() - this.#sentAt;
    this.#answerBody = body;
    // What the pod sends all the same is read, and goes no further.
    if (hasNoContent(head.status)) this.#answerBody = undefined;
    if (this.#answerBody === undefined) this.#sendHead(head, { endStream: true });
    else if (more) this.#heldHead = head;
    else this.#respond(head, this.#answerBody);
  }

  #respond(head: ResponseHead, body: Body): void {
    // Those of a body that is complete already are known.
    const waitForTrailers = body.done ? (body.trailers ?? "") !== "" : body.trailers !== undefined;
    this.#sendHead(head, waitForTrailers ? { waitForTrailers } : undefined);
    if (waitForTrailers) this.#request.stream.once("wantTrailers", () => this.#sendTrailers());
  }

  #sendHead(head: ResponseHead, options: ServerStreamResponseOptions | undefined): void {
    const { stream, context, setCookie } = this.#request;
    const headers = toHttp2Headers(head);
    addCookie(headers, setCookie);
    if (!sendHeaders(stream, "respond", headers, context.onError, options)) {
      this.#breakOff("a head that HTTP/2 cannot carry");
    }
  }

  /** The pod's answer goes no further. */
  #breakOff(reason: string): void {
    this.#upstream?.destroy();
    this.failed(reason);
  }

  body(buffer: Buffer, _start: number, _end: number, pieces: readonly number[] | undefined) {
    const { stream } = this.#request;
    const body = this.#answerBody;
    if (!this.#request.isOpen || pieces === undefined || body === undefined) return true;
    const head = this.#heldHead;
    this.#heldHead = undefined;
    if (head !== undefined) this.#respond(head, body);
    if (!this.#request.isOpen) return true;
    let open = true;
    for (let i = 0; i < pieces.length; i += 2) {
      const piece = buffer.subarray(pieces[i], pieces[i + 1]);
      this.#request.bytes += piece.length;
      // What is known to be the last goes with the end of the stream in one frame.
      if (body.done && i + 2 === pieces.length) stream.end(piece);
      else open = stream.write(piece);
    }
    if (!open) stream.once("drain", () => this.#upstream?.socket.resume());
    return open;
  }

  #sendTrailers(): void {
    const { stream, context, isOpen } = this.#request;
    if (!isOpen) return;
    // Without trailers this is an empty frame that ends the stream.
    const trailers = linesToHeaders(this.#answerBody?.trailers ?? "");
    sendHeaders(stream, "sendTrailers", trailers, context.onError);
  }

  ended(): void {
    const { stream, context } = this.#request;
    const upstream = this.#upstream as UpstreamConnection;
    const picked = this.#picked as Picked;
    this.#upstream = undefined;
    this.#picked = undefined;
    if (this.#requestDone) upstream.release();
    else upstream.destroy();
    context.balancer.finished(picked.backend, this.#answerTime);
    if (this.#request.isOpen && !stream.writableEnded) stream.end();
    // What is left of the request isn't read any more.
    if (!this.#requestDone) stream.resume();
    this.#request.tell(picked, {});
  }

  switched(): void {}

  failed(reason: string): void {
    const request = this.#request;
    const upstream = this.#upstream as UpstreamConnection;
    const picked = this.#picked as Picked;
    this.#upstream = undefined;
    this.#picked = undefined;
    request.context.balancer.finished(picked.backend);
    if (request.status !== 0) {
      request.tell(picked, { aborted: "endpoint" });
      if (request.isOpen) request.breakOff(constants.NGHTTP2_INTERNAL_ERROR);
      return;
    }
    const over = request.search.brokeOff(picked, reason, {
      method: this.method,
      reused: this.#reused,
      answered: upstream.answered,
      replayable: !this.#hasBody,
    });
    this.#goOn(over, picked);
  }

  #abandon(): void {
    this.#request.closed();
    const picked = this.#picked;
    this.#giveUp?.();
    this.#upstream?.destroy();
    this.#upstream = undefined;
    this.#picked = undefined;
    if (picked === undefined) return;
    this.#request.context.balancer.finished(picked.backend);
    this.#request.tell(picked, { aborted: "client" });
  }
}

function headFor(request: StreamRequest, chunked: boolean): string {
  const { raw, host, method, path } = request;
  const forwarded = request.forwarded();
  let head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n`;
  let cookie: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (!isEndToEnd(name) || (name === "forwarded" && !forwarded.trusted)) continue;
    const value = raw[i + 1] as string;
    // Split for better compression (RFC 9113 section 8.2.3).
    if (name === "cookie") cookie = cookie === undefined ? value : `${cookie}; ${value}`;
    else head += `${name}: ${value}\r\n`;
  }
  if (cookie !== undefined) head += `cookie: ${cookie}\r\n`;
  if (chunked) head += "Transfer-Encoding: chunked\r\n";
  return `${head}X-Forwarded-For: ${forwarded.for}\r\nX-Forwarded-Host: ${forwarded.host}\r\nX-Forwarded-Proto: ${forwarded.proto}\r\n\r\n`;
}
