import type { Picked } from "../../balancer/choice.ts";
import { isRefusal, refusal } from "../refusal.ts";
import type { RoutedRequest } from "../request-target.ts";
import { mayResend } from "../resend.ts";
import { splice } from "../splice.ts";
import type { TrafficEvent } from "../traffic-event.ts";
import { describePlace } from "../upstream.ts";
import type { Admission } from "./admission.ts";
import { type Body, UnendingBody } from "./body.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { ClientExchange } from "./client-exchange.ts";
import { ClientRequest } from "./client-request.ts";
import { headForPod } from "./forwarded-head.ts";
import { ReplayBuffer } from "./replay-buffer.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";
import { rewriteResponse } from "./rewrite.ts";
import type { AnswerReceiver, UpstreamConnection } from "./upstream-connection.ts";

/** Interim answers to one request: enough for a progress report every second of a quarter of an hour. */
const MAX_INTERIM = 1_000;

/** One request and its answer: chooses an endpoint, sends the one, passes on the other. */
export class Exchange implements AnswerReceiver, ClientExchange {
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
  #resent = false;
  #sentAt = 0;
  #answerTime: number | undefined;
  #status = 0;
  #interim = 0;

  constructor(
    connection: ClientConnection,
    head: RequestHead,
    admission: Admission,
    routed: RoutedRequest,
  ) {
    this.#connection = connection;
    this.#request = new ClientRequest(connection, head, admission, routed);
    this.method = head.method;
    this.upgrading = admission.upgrade !== undefined;
    this.wantsContent = head.minor === 0;
    this.#headText = headForPod(connection, head, routed, admission.upgrade);
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
    this.#tell(picked, { aborted: "client" });
  }

  timedOut(): void {
    const picked = this.#picked as Picked;
    const limit = this.#connection.engine.context.limits.responseTime;
    this.#dropUpstream();
    const reason = `${describePlace(picked)} did not answer within ${limit} ms`;
    this.#request.closes = true;
    this.#request.refuse(refusal(504, "timeout", reason), picked);
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
    const idle = this.#resent ? undefined : pool.take(Date.now());
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
    const over = this.#request.search.connectFailed(picked, error);
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
      const why = refusal(400, "bad-request", "a body that is not properly chunked");
      this.#request.refuse(why, picked);
      return;
    }
    const part = end === chunk.length ? chunk : chunk.subarray(0, end);
    this.#replay?.push(part);
    if (body.done) this.#request.done = true;
    const open = upstream.socket.write(part);
    if (!open && !this.#request.done) this.#connection.socket.pause();
    if (end < chunk.length) this.#connection.readAhead(chunk.subarray(end));
    if (this.#status !== 0) this.#streaming();
  }

  // What comes back.

  drained(): void {
    if (!this.#request.done) this.#connection.resume();
  }

  head(head: ResponseHead, body: Body | undefined, more: boolean): void {
    const { engine, socket, answers } = this.#connection;
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
      if (switching) this.#status = 101;
      return;
    }
    this.#status = head.status;
    this.#answerTime = performance.now() - this.#sentAt;
    if (body instanceof UnendingBody || engine.draining || !this.#request.done) {
      this.#request.closes = true;
    }
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
    this.#tell(picked, {});
    if (!this.#request.done || this.#request.closes) this.#connection.endAfterAnswer();
    else this.#connection.next();
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
      this.#tell(picked, { kind: "upgrade", bytes: upstream.bytesRead });
    });
  }

  failed(reason: string): void {
    const { balancer, strict } = this.#connection.engine.context;
    const upstream = this.#upstream as UpstreamConnection;
    const picked = this.#picked as Picked;
    this.#upstream = undefined;
    this.#picked = undefined;
    balancer.finished(picked.backend);
    if (this.#status !== 0) {
      // Part of the answer is out: all that can be said is that it isn't whole.
      this.#tell(picked, { aborted: "endpoint" });
      this.#connection.breakOff();
      return;
    }
    const again = mayResend({
      method: this.method,
      reused: this.#reused,
      answered: upstream.answered,
      replayable: this.#request.body === undefined || this.#replay?.isWhole === true,
      resent: this.#resent,
      strict,
    });
    if (again) {
      this.#resent = true;
      this.#request.search.avoid(picked);
      this.#attempt();
      return;
    }
    const failure = `${describePlace(picked)} failed before it answered: ${reason}`;
    this.#request.refuse(refusal(502, "upstream-failed", failure), picked);
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

  #tell(picked: Picked | undefined, outcome: Partial<TrafficEvent>): void {
    const { bytes } = this.#connection.answers;
    const status = this.#status;
    this.#request.tell(picked, { ...(status === 0 ? {} : { status, bytes }), ...outcome });
  }
}
