import { type ClientHttp2Session, type ClientHttp2Stream, constants } from "node:http2";
import type { Picked } from "../../balancer/choice.ts";
import { sendHeaders } from "../http2/send-headers.ts";
import { isRefusal, type Refusal, refusal } from "../refusal.ts";
import type { Body } from "./body.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { ClientExchange } from "./client-exchange.ts";
import type { ClientRequest } from "./client-request.ts";
import { Http2Answer } from "./http2-answer.ts";
import { toHttp2Request, toHttp2Trailers } from "./http2-heads.ts";
import { ReplayBuffer } from "./replay-buffer.ts";

/** One HTTP/1.1 request to a pod that speaks HTTP/2 without TLS, and its answer. */
export class ToHttp2 implements ClientExchange {
  readonly #connection: ClientConnection;
  readonly #request: ClientRequest;
  #picked: Picked | undefined;
  #stream: ClientHttp2Stream | undefined;
  #answer: Http2Answer | undefined;
  #replay: ReplayBuffer | undefined;
  #sentAt = 0;

  constructor(request: ClientRequest) {
    this.#connection = request.connection;
    this.#request = request;
  }

  start(): void {
    this.#attempt();
  }

  write(chunk: Buffer): boolean {
    if (this.#stream === undefined || this.#request.done) return false;
    this.#sendBody(chunk, this.#stream);
    return true;
  }

  clientDrained(): void {
    this.#stream?.resume();
  }

  abandon(): void {
    const picked = this.#picked;
    this.#leave(constants.NGHTTP2_CANCEL);
    this.#request.tell(picked, { aborted: "client" });
  }

  timedOut(): void {
    const picked = this.#picked as Picked;
    this.#leave(constants.NGHTTP2_CANCEL);
    this.#request.refuseOverdue(picked);
  }

  #attempt(): void {
    const { engine } = this.#connection;
    const { balancer } = engine.context;
    const picked = this.#request.search.next();
    if (isRefusal(picked)) {
      this.#request.refuse(picked, undefined);
      return;
    }
    let waited = false;
    this.#picked = picked;
    balancer.started(picked.backend);
    this.#connection.socket.pause();
    engine.sessions.take(picked.backend, (session) => {
      // The client left, and so did this.
      if (this.#picked === undefined) return;
      if (session instanceof Error) {
        balancer.finished(picked.backend);
        this.#picked = undefined;
        this.#goOn(this.#request.search.connectFailed(picked, session), picked);
        return;
      }
      balancer.connected(picked.backend);
      this.#connection.resume();
      this.#send(session, picked, !waited);
    });
    waited = true;
  }

  #goOn(over: Refusal | undefined, picked: Picked): void {
    if (over === undefined) this.#attempt();
    else this.#request.refuse(over, picked);
  }

  #send(session: ClientHttp2Session, picked: Picked, reused: boolean): void {
    const connection = this.#connection;
    const hasBody = this.#request.body !== undefined;
    const { head, routed } = this.#request;
    const headers = toHttp2Request(head, routed, this.#request.forwarded());
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(headers, { endStream: !hasBody, waitForTrailers: hasBody });
    } catch (error) {
      const { message } = error as Error;
      // The session went away in between, or the request is none; nothing was sent.
      if (session.closed || session.destroyed) {
        this.#failed(picked, message, { reused: true, refused: true });
      } else {
        this.#leave(constants.NGHTTP2_CANCEL);
        this.#request.refuse(
          refusal(400, "bad-request", `HTTP/2 cannot carry it: ${message}`),
          undefined,
        );
      }
      return;
    }
    this.#stream = stream;
    this.#sentAt = performance.now();
    if (connection.engine.context.limits.responseTime > 0) connection.waitFor("answer");
    this.#receive(stream, picked, reused);
    if (!hasBody) return;
    stream.on("drain", () => {
      if (!this.#request.done) connection.resume();
    });
    stream.on("wantTrailers", () => {
      const trailers = toHttp2Trailers(this.#request.body?.trailers ?? "");
      sendHeaders(stream, "sendTrailers", trailers, connection.engine.context.onError);
    });
    if (this.#replay === undefined) this.#replay = new ReplayBuffer();
    else for (const chunk of this.#replay.chunks) stream.write(chunk);
    if (this.#request.done) {
      stream.end();
      return;
    }
    const ahead = connection.takeAhead();
    if (ahead !== undefined) this.#sendBody(ahead, stream);
  }

  #sendBody(chunk: Buffer, stream: ClientHttp2Stream): void {
    const body = this.#request.body as Body;
    const pieces: number[] = [];
    const end = body.feed(chunk, 0, pieces);
    if (end < 0) {
      const picked = this.#picked;
      this.#leave(constants.NGHTTP2_CANCEL);
      this.#request.refuseBody(picked);
      return;
    }
    let open = true;
    for (let i = 0; i < pieces.length; i += 2) {
      const piece = chunk.subarray(pieces[i], pieces[i + 1]);
      this.#replay?.push(piece);
      open = stream.write(piece);
    }
    if (body.done) {
      this.#request.done = true;
      stream.end();
    } else if (!open) {
      this.#connection.socket.pause();
    }
    if (end < chunk.length) this.#connection.readAhead(chunk.subarray(end));
  }

  #receive(stream: ClientHttp2Stream, picked: Picked, reused: boolean): void {
    const { balancer } = this.#connection.engine.context;
    const answer = new Http2Answer(stream, this.#request);
    this.#answer = answer;
    stream.on("end", () => {
      // What is left of the request isn't waited for.
      if (!this.#request.done) stream.close(constants.NGHTTP2_NO_ERROR);
    });
    stream.on("close", () => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#picked = undefined;
      if (this.#request.status === 0) {
        const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
        this.#failed(picked, answer.fault ?? "the stream was closed", { reused, refused });
        return;
      }
      balancer.finished(picked.backend, answer.at - this.#sentAt);
      if (answer.isWhole) this.#request.answered(picked);
      else this.#request.breakOff(picked, "endpoint");
    });
  }

  /** @param why `refused`: the pod says that it did nothing (RFC 9113 section 8.7). */
  #failed(
    picked: Picked,
    reason: string,
    why: { readonly reused: boolean; readonly refused: boolean },
  ): void {
    this.#connection.engine.context.balancer.finished(picked.backend);
    this.#picked = undefined;
    const over = this.#request.search.brokeOff(picked, reason, {
      method: why.refused ? "GET" : this.#request.head.method,
      reused: why.reused || why.refused,
      answered: this.#answer?.interim ?? false,
      replayable: this.#request.body === undefined || this.#replay?.isWhole !== false,
    });
    this.#goOn(over, picked);
  }

  #leave(code: number): void {
    const picked = this.#picked;
    const stream = this.#stream;
    this.#stream = undefined;
    this.#picked = undefined;
    stream?.close(code);
    if (picked !== undefined) this.#connection.engine.context.balancer.finished(picked.backend);
  }
}
