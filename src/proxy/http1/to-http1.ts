import type { Picked } from "../../balancer/choice.ts";
import { MAX_INTERIM } from "../interim-answers.ts";
import { isRefusal, type Refusal } from "../refusal.ts";
import { splice } from "../splice.ts";
import { type Body, UnendingBody } from "./body.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { ClientExchange } from "./client-exchange.ts";
import type { ClientRequest } from "./client-request.ts";
import { ReplayBuffer } from "./replay-buffer.ts";
import type { ResponseHead } from "./response-head.ts";
import { rewriteRequest, rewriteResponse } from "./rewrite.ts";
import type { AnswerReceiver, UpstreamConnection } from "./upstream-connection.ts";

/** One HTTP/1.1 request to a pod that speaks the same, and its answer. */
export class ToHttp1 implements AnswerReceiver, ClientExchange {
  readonly method: string;
  readonly upgrading: boolean;
  readonly wantsContent: boolean;
  readonly #request: ClientRequest;
  readonly #connection: ClientConnection;
  readonly #headText: string;
  #picked: Picked | undefined;
  #giveUp: (() => void) | undefined;
  #upstream: UpstreamConnection | undefined;
  #replay: ReplayBuffer | undefined;
  /** The upstream connection had carried requests before. */
  #reused = false;
  #sentAt = 0;
  #answerTime: number | undefined;
  #interim = 0;

  /** @param upgrade the protocol that the client asks to switch to. */
  constructor(request: ClientRequest, upgrade: string | undefined) {
    const { connection, head, routed } = request;
    this.#connection = connection;
    this.#request = request;
    this.method = head.method;
    this.upgrading = upgrade !== undefined;
    this.wantsContent = head.minor === 0;
    const { path, host } = routed;
    const forwarded = request.forwarded();
    this.#headText = rewriteRequest(head, { path, host, forwarded, upgrade });
  }

  start(): void {
    this.#attempt();
  }

  write(chunk: Buffer): boolean {
    if (this.#upstream === undefined || this.#request.done) return false;
    this.#sendBody(chunk, this.#upstream);
    return true;
  }

  clientDrained(): void {
    this.#upstream?.socket.resume();
  }

  abandon(): void {
    const picked = this.#picked;
    this.#dropUpstream();
    this.#request.tell(picked, { aborted: "client" });
  }

  timedOut(): void {
    const picked = this.#picked as Picked;
    this.#dropUpstream();
    this.#request.closes = true;
    this.#request.refuseOverdue(picked);
  }

  // Choosing an endpoint and sending the request.

  #attempt(): void {
    const { engine } = this.#connection;
    const picked = this.#request.search.next();
    if (isRefusal(picked)) {
      this.#request.refuse(picked, undefined);
      return;
    }
    this.#picked = picked;
    engine.context.balancer.started(picked.backend);
    const pool = engine.pool(picked.backend);
    // What broke once is not tried on another connection that may have been closed as well.
    const idle = this.#request.search.resent ? undefined : pool.take(Date.now());
    if (idle !== undefined) {
      this.#reused = true;
      this.#send(idle);
      return;
    }
    this.#reused = false;
    this.#connection.socket.pause();
    this.#giveUp = pool.connect((result) => {
      this.#giveUp = undefined;
      if (result instanceof Error) {
        this.#connectFailed(picked, result);
      } else {
        engine.context.balancer.connected(picked.backend);
        this.#connection.resume();
        this.#send(result);
      }
    });
  }

  #connectFailed(picked: Picked, error: Error): void {
    this.#connection.engine.context.balancer.finished(picked.backend);
    this.#picked = undefined;
    this.#goOn(this.#request.search.connectFailed(picked, error), picked);
  }

  #goOn(over: Refusal | undefined, picked: Picked): void {
    if (over === undefined) this.#attempt();
    else this.#request.refuse(over, picked);
  }

  #send(upstream: UpstreamConnection): void {
    const { socket } = upstream;
    this.#upstream = upstream;
    this.#sentAt = performance.now();
    upstream.begin(this);
    if (this.#connection.engine.context.limits.responseTime > 0) this.#connection.waitFor("answer");
    if (this.#request.body === undefined) {
      socket.write(this.#headText, "latin1");
      return;
    }
    socket.cork();
    socket.write(this.#headText, "latin1");
    if (this.#replay === undefined) {
      this.#replay = new ReplayBuffer();
    } else {
      for (const chunk of this.#replay.chunks) socket.write(chunk);
    }
    const ahead = this.#request.done ? undefined : this.#connection.takeAhead();
    if (ahead !== undefined) this.#sendBody(ahead, upstream);
    socket.uncork();
  }

  #sendBody(chunk: Buffer, upstream: UpstreamConnection): void {
    const body = this.#request.body as Body;
    const end = body.feed(chunk, 0);
    if (end < 0) {
      const picked = this.#picked;
      this.#dropUpstream();
      this.#request.refuseBody(picked);
      return;
    }
    const part = end === chunk.length ? chunk : chunk.subarray(0, end);
    this.#replay?.push(part);
    if (body.done) this.#request.done = true;
    const open = upstream.socket.write(part);
    if (!open && !this.#request.done) this.#connection.socket.pause();
    if (end < chunk.length) this.#connection.readAhead(chunk.subarray(end));
    if (this.#request.status !== 0) this.#streaming();
  }

  // What comes back.

  drained(): void {
    if (!this.#request.done) this.#connection.resume();
  }

  head(head: ResponseHead, body: Body | undefined, more: boolean): void {
    const { socket, answers } = this.#connection;
    const switching = head.status === 101;
    const setCookie = this.#request.session?.setCookie;
    if (head.status < 200) {
      if (++this.#interim > MAX_INTERIM) {
        this.#upstream?.destroy();
        this.failed(`it sent more than ${MAX_INTERIM} interim answers`);
        return;
      }
      // HTTP/1.0 knows no interim answers.
      if (this.#request.head.minor === 0) return;
      const interim = { close: false, unchunked: false, switching };
      const cookie = switching ? setCookie : undefined;
      const text = rewriteResponse(head, { ...interim, setCookie: cookie });
      if (!socket.write(text, "latin1") && !switching) this.#upstream?.socket.pause();
      if (switching) this.#request.status = 101;
      return;
    }
    this.#request.status = head.status;
    this.#answerTime = performance.now() - this.#sentAt;
    if (body instanceof UnendingBody || this.#request.isLast) this.#request.closes = true;
    const how = {
      close: this.#request.closes,
      unchunked: this.wantsContent,
      switching: false,
      setCookie,
    };
    answers.begin(rewriteResponse(head, how));
    this.#connection.waitForNothing();
    if (body !== undefined) this.#streaming();
    if (!more) answers.flush();
  }

  body(buffer: Buffer, start: number, end: number, pieces: readonly number[] | undefined): boolean {
    const { answers } = this.#connection;
    this.#streaming();
    return pieces === undefined
      ? answers.write(buffer, start, end)
      : answers.writePieces(buffer, pieces);
  }

  ended(): void {
    this.#connection.answers.flush();
    const { balancer } = this.#connection.engine.context;
    const upstream = this.#upstream as UpstreamConnection;
    const picked = this.#picked as Picked;
    this.#upstream = undefined;
    if (this.#request.done) upstream.release();
    else upstream.destroy();
    balancer.finished(picked.backend, this.#answerTime);
    this.#request.answered(picked);
  }

  switched(rest: Buffer): void {
    const upstream = (this.#upstream as UpstreamConnection).socket;
    const picked = this.#picked as Picked;
    const { socket, engine } = this.#connection;
    const { balancer, limits } = engine.context;
    const ahead = this.#connection.takeAhead();
    this.#connection.handOver();
    if (rest.length > 0) socket.write(rest);
    if (ahead !== undefined) upstream.write(ahead);
    if (limits.streamIdleTime > 0) {
      socket.setTimeout(limits.streamIdleTime, () => {
        socket.destroy();
        upstream.destroy();
      });
    }
    splice(socket, upstream, () => {
      balancer.finished(picked.backend);
      this.#request.tell(picked, { kind: "upgrade", bytes: upstream.bytesRead });
    });
  }

  failed(reason: string): void {
    const upstream = this.#upstream as UpstreamConnection;
    const picked = this.#picked as Picked;
    this.#upstream = undefined;
    this.#picked = undefined;
    this.#connection.engine.context.balancer.finished(picked.backend);
    if (this.#request.status !== 0) {
      this.#request.breakOff(picked, "endpoint");
      return;
    }
    const over = this.#request.search.brokeOff(picked, reason, {
      method: this.method,
      reused: this.#reused,
      answered: upstream.answered,
      replayable: this.#request.body === undefined || this.#replay?.isWhole === true,
    });
    this.#goOn(over, picked);
  }

  #streaming(): void {
    const { limits } = this.#connection.engine.context;
    if (limits.streamIdleTime > 0) this.#connection.waitFor("stream");
  }

  #dropUpstream(): void {
    const picked = this.#picked;
    this.#giveUp?.();
    this.#giveUp = undefined;
    this.#upstream?.destroy();
    this.#upstream = undefined;
    this.#picked = undefined;
    if (picked !== undefined) this.#connection.engine.context.balancer.finished(picked.backend);
  }
}
