import type { Picked } from "../../balancer/choice.ts";
import type { EndpointSearch } from "../endpoint-search.ts";
import { isRefusal, type Refusal, refusal } from "../refusal.ts";
import { refusalAnswer } from "../refusal-answer.ts";
import type { RoutedRequest } from "../request-target.ts";
import { mayResend } from "../resend.ts";
import { type Session, sessionOf } from "../session-key.ts";
import { splice } from "../splice.ts";
import type { TrafficEvent } from "../traffic-event.ts";
import { describePlace } from "../upstream.ts";
import type { Admission } from "./admission.ts";
import { type Body, UnendingBody } from "./body.ts";
import type { ClientConnection } from "./client-connection.ts";
import { type ClientExchange, tellRequest } from "./client-exchange.ts";
import { valuesOf } from "./field-lines.ts";
import { knownValue } from "./fields.ts";
import { headForPod } from "./forwarded-head.ts";
import { ReplayBuffer } from "./replay-buffer.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";
import { rewriteResponse } from "./rewrite.ts";
import type { AnswerReceiver, UpstreamConnection } from "./upstream-connection.ts";

/** One request and its answer: chooses an endpoint, sends the one, passes on the other. */
export class Exchange implements AnswerReceiver, ClientExchange {
  readonly method: string;
  readonly upgrading: boolean;
  readonly wantsContent: boolean;
  /** The whole request was read from the client. */
  requestDone: boolean;
  readonly #connection: ClientConnection;
  readonly #head: RequestHead;
  readonly #routed: RoutedRequest;
  readonly #body: Body | undefined;
  readonly #headText: string;
  readonly #began = performance.now();
  #closeAfter: boolean;
  readonly #search: EndpointSearch;
  readonly #session: Session | undefined;
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

  constructor(
    connection: ClientConnection,
    head: RequestHead,
    admission: Admission,
    routed: RoutedRequest,
  ) {
    this.#connection = connection;
    this.#head = head;
    this.#routed = routed;
    this.#body = admission.body;
    this.requestDone = admission.body === undefined;
    this.#closeAfter = !admission.persistent;
    this.method = head.method;
    this.upgrading = admission.upgrade !== undefined;
    this.wantsContent = head.minor === 0;
    this.#headText = headForPod(connection, head, routed, admission.upgrade);
    const { session: rule } = routed.route;
    this.#session = rule && sessionOf(rule, (name) => valuesOf(head, name));
    this.#search = connection.search(routed.route, this.#session);
  }

  start(): void {
    this.#attempt();
  }

  write(chunk: Buffer): boolean {
    if (this.#upstream === undefined || this.requestDone) return false;
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
    this.#refuse(refusal(504, "timeout", reason), true, picked);
  }

  // Choosing an endpoint and sending the request.

  #attempt(): void {
    const { engine } = this.#connection;
    const picked = this.#search.next();
    if (isRefusal(picked)) {
      this.#refuse(picked, false, undefined);
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
    const over = this.#search.connectFailed(picked, error);
    if (over === undefined) this.#attempt();
    else this.#refuse(over, false, picked);
  }

  #send(upstream: UpstreamConnection): void {
    const { socket } = upstream;
    this.#upstream = upstream;
    this.#sentAt = performance.now();
    upstream.begin(this);
    if (this.#connection.engine.context.limits.responseTime > 0) this.#connection.waitFor("answer");
    if (this.#body === undefined) {
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
    const ahead = this.requestDone ? undefined : this.#connection.takeAhead();
    if (ahead !== undefined) this.#sendBody(ahead, upstream);
    socket.uncork();
  }

  #sendBody(chunk: Buffer, upstream: UpstreamConnection): void {
    const body = this.#body as Body;
    const end = body.feed(chunk, 0);
    if (end < 0) {
      const picked = this.#picked;
      this.#dropUpstream();
      const why = refusal(400, "bad-request", "a body that is not properly chunked");
      this.#refuse(why, true, picked);
      return;
    }
    const part = end === chunk.length ? chunk : chunk.subarray(0, end);
    this.#replay?.push(part);
    if (body.done) this.requestDone = true;
    const open = upstream.socket.write(part);
    if (!open && !this.requestDone) this.#connection.socket.pause();
    if (end < chunk.length) this.#connection.readAhead(chunk.subarray(end));
    if (this.#status !== 0) this.#streaming();
  }

  // What comes back.

  drained(): void {
    if (!this.requestDone) this.#connection.resume();
  }

  head(head: ResponseHead, body: Body | undefined, more: boolean): void {
    const { engine, socket, answers } = this.#connection;
    const switching = head.status === 101;
    const setCookie = this.#session?.setCookie;
    if (head.status < 200) {
      // HTTP/1.0 knows no interim answers.
      if (this.#head.minor === 0) return;
      const interim = { close: false, unchunked: false, switching };
      const cookie = switching ? setCookie : undefined;
      socket.write(rewriteResponse(head, { ...interim, setCookie: cookie }), "latin1");
      if (switching) this.#status = 101;
      return;
    }
    this.#status = head.status;
    this.#answerTime = performance.now() - this.#sentAt;
    if (body instanceof UnendingBody || engine.draining || !this.requestDone) {
      this.#closeAfter = true;
    }
    const how = {
      close: this.#closeAfter,
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
    if (this.requestDone) upstream.release();
    else upstream.destroy();
    balancer.finished(picked.backend, this.#answerTime);
    this.#tell(picked, {});
    if (!this.requestDone || this.#closeAfter) this.#connection.endAfterAnswer();
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
      replayable: this.#body === undefined || this.#replay?.isWhole === true,
      resent: this.#resent,
      strict,
    });
    if (again) {
      this.#resent = true;
      this.#search.avoid(picked);
      this.#attempt();
      return;
    }
    const failure = `${describePlace(picked)} failed before it answered: ${reason}`;
    this.#refuse(refusal(502, "upstream-failed", failure), !this.requestDone, picked);
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

  #refuse(why: Refusal, close: boolean, picked: Picked | undefined): void {
    const connection = this.#connection;
    const closing = close || !this.requestDone || this.#closeAfter || connection.engine.draining;
    const accept = knownValue(this.#head.fields, "accept");
    connection.socket.write(refusalAnswer(why, { accept, method: this.method }, closing));
    this.#tell(picked, { status: why.status, refusal: why });
    if (closing) connection.endAfterAnswer();
    else connection.next();
  }

  #tell(picked: Picked | undefined, outcome: Partial<TrafficEvent>): void {
    const connection = this.#connection;
    if (connection.engine.context.onTraffic === undefined) return;
    const { bytes } = connection.answers;
    tellRequest(connection, this.#head, this.#routed, picked, {
      attempts: this.#search.attempts,
      duration: performance.now() - this.#began,
      ...(this.#status === 0 ? {} : { status: this.#status, bytes }),
      ...outcome,
    });
  }
}
