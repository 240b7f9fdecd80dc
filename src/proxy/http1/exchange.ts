import type { Backend } from "../../balancer/backend.ts";
import type { Picked } from "../../balancer/choice.ts";
import { forwardedHeaders, isTrusted } from "../forwarded-headers.ts";
import { type Refusal, refusal } from "../refusal.ts";
import { refusalAnswer } from "../refusal-answer.ts";
import type { RoutedRequest } from "../request-target.ts";
import { splice } from "../splice.ts";
import { chosen, type TrafficEvent } from "../traffic-event.ts";
import { describeFailure, describePlace } from "../upstream.ts";
import type { Admission } from "./admission.ts";
import { type Body, UnendingBody } from "./body.ts";
import type { ClientConnection } from "./client-connection.ts";
import { knownValue } from "./fields.ts";
import { ReplayBuffer } from "./replay-buffer.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";
import { rewriteRequest, rewriteResponse } from "./rewrite.ts";
import type { AnswerReceiver, UpstreamConnection } from "./upstream-connection.ts";

/** Endpoints tried for one request before giving up. */
const MAX_ATTEMPTS = 5;
/** Endpoints that may fail with the request in hand before its client hears of it. */
const MAX_REPEATS = 2;
/** Bodies up to this size are copied into one write with their head: cheaper than a second write. */
const JOINED_BYTES = 4 * 1024;
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/** One request and its answer: chooses an endpoint, sends the one, passes on the other. */
export class Exchange implements AnswerReceiver {
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
  #attempts = 0;
  #tried: Set<Backend> | undefined;
  #picked: Picked | undefined;
  #giveUp: (() => void) | undefined;
  #upstream: UpstreamConnection | undefined;
  #replay: ReplayBuffer | undefined;
  #repeats = 0;
  #sentAt = 0;
  #answerTime: number | undefined;
  #status = 0;
  #bytes = 0;
  /** The head of the answer, held back while the first bytes of its body can go along. */
  #answerHead: string | undefined;

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
  }

  start(): void {
    this.#attempt("", false);
  }

  /** More of the client's bytes. @returns false when they are not for this exchange, or not yet. */
  write(chunk: Buffer): boolean {
    if (this.#upstream === undefined || this.requestDone) return false;
    this.#sendBody(chunk, this.#upstream);
    return true;
  }

  /** The client reads on. */
  clientDrained(): void {
    this.#upstream?.socket.resume();
  }

  /** The client is gone. */
  abandon(): void {
    const picked = this.#picked;
    this.#dropUpstream();
    this.#tell(picked, { aborted: "client" });
  }

  /** The endpoint takes too long to answer. */
  timedOut(): void {
    const picked = this.#picked as Picked;
    const limit = this.#connection.engine.context.limits.responseTime;
    this.#dropUpstream();
    const reason = `${describePlace(picked)} did not answer within ${limit} ms`;
    this.#refuse(refusal(504, "timeout", reason), true, picked);
  }

  // Choosing an endpoint and sending the request.

  #attempt(lastFailure: string, fresh: boolean): void {
    const { engine, client } = this.#connection;
    const { balancer } = engine.context;
    const { route } = this.#routed;
    const plain = this.#tried === undefined && route.hostname === undefined;
    const picked = balancer.pick(
      route.port,
      plain ? client : { ...client, hostname: route.hostname, exclude: this.#tried ?? NONE },
    );
    if (picked.outcome !== "endpoint") {
      const why =
        lastFailure === ""
          ? refusal(503, "no-endpoint", picked.reason)
          : refusal(502, "connect-failed", lastFailure);
      this.#refuse(why, false, undefined);
      return;
    }
    this.#picked = picked;
    this.#attempts++;
    balancer.started(picked.backend);
    const pool = engine.pool(picked.backend);
    const idle = fresh ? undefined : pool.take(Date.now());
    if (idle !== undefined) {
      this.#send(idle);
      return;
    }
    this.#connection.socket.pause();
    this.#giveUp = pool.connect((result) => {
      this.#giveUp = undefined;
      if (result instanceof Error) {
        this.#connectFailed(picked, result, fresh);
      } else {
        balancer.connected(picked.backend);
        this.#connection.resume();
        this.#send(result);
      }
    });
  }

  #connectFailed(picked: Picked, error: Error, fresh: boolean): void {
    const { balancer, strict } = this.#connection.engine.context;
    balancer.finished(picked.backend);
    this.#picked = undefined;
    if (!strict) balancer.connectFailed(this.#routed.route.port, picked.backend);
    const failure = describeFailure(picked, error);
    this.#tried ??= new Set();
    this.#tried.add(picked.backend);
    if (strict || this.#attempts >= MAX_ATTEMPTS) {
      this.#refuse(refusal(502, "connect-failed", failure), false, picked);
    } else {
      this.#attempt(failure, fresh);
    }
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
    const { engine, socket } = this.#connection;
    const switching = head.status === 101;
    if (head.status < 200) {
      // HTTP/1.0 knows no interim answers.
      if (this.#head.minor === 0) return;
      const interim = { close: false, unchunked: false, switching };
      socket.write(rewriteResponse(head, interim), "latin1");
      if (switching) this.#status = 101;
      return;
    }
    this.#status = head.status;
    this.#answerTime = performance.now() - this.#sentAt;
    if (body instanceof UnendingBody || engine.draining || !this.requestDone) {
      this.#closeAfter = true;
    }
    this.#answerHead = rewriteResponse(head, {
      close: this.#closeAfter,
      unchunked: this.wantsContent,
      switching: false,
    });
    this.#connection.waitForNothing();
    if (body !== undefined) this.#streaming();
    if (!more) this.#flushHead();
  }

  body(buffer: Buffer, start: number, end: number, pieces: readonly number[] | undefined): boolean {
    const { socket } = this.#connection;
    this.#streaming();
    if (pieces !== undefined) return this.#writePieces(buffer, pieces);
    this.#bytes += end - start;
    const head = this.#answerHead;
    if (head === undefined) return this.#writePart(buffer, start, end);
    this.#answerHead = undefined;
    if (end - start <= JOINED_BYTES) {
      return socket.write(head + buffer.toString("latin1", start, end), "latin1");
    }
    socket.cork();
    socket.write(head, "latin1");
    const open = this.#writePart(buffer, start, end);
    socket.uncork();
    return open;
  }

  ended(): void {
    this.#flushHead();
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
    const failure = `${describePlace(picked)} failed before it answered: ${reason}`;
    // A connection that was reset before a byte came back was, most likely, one the pod never read from.
    const untouched = !upstream.answered;
    const whole = this.#body === undefined || this.#replay?.isWhole === true;
    if (
      untouched &&
      whole &&
      IDEMPOTENT.has(this.method) &&
      !strict &&
      this.#repeats < MAX_REPEATS
    ) {
      this.#repeats++;
      this.#tried ??= new Set();
      this.#tried.add(picked.backend);
      const others = balancer.pick(this.#routed.route.port, { exclude: this.#tried });
      if (others.outcome !== "endpoint") this.#tried = undefined;
      this.#attempt(failure, true);
    } else {
      this.#refuse(refusal(502, "upstream-failed", failure), !this.requestDone, picked);
    }
  }

  #flushHead(): void {
    const head = this.#answerHead;
    if (head === undefined) return;
    this.#answerHead = undefined;
    this.#connection.socket.write(head, "latin1");
  }

  #writePart(buffer: Buffer, start: number, end: number): boolean {
    const whole = start === 0 && end === buffer.length;
    return this.#connection.socket.write(whole ? buffer : buffer.subarray(start, end));
  }

  #writePieces(buffer: Buffer, pieces: readonly number[]): boolean {
    this.#flushHead();
    let open = true;
    for (let i = 0; i < pieces.length; i += 2) {
      const piece = buffer.subarray(pieces[i], pieces[i + 1]);
      this.#bytes += piece.length;
      open = this.#connection.socket.write(piece);
    }
    return open;
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
    const { address, engine } = this.#connection;
    const { onTraffic } = engine.context;
    if (onTraffic === undefined) return;
    const { method, target, minor, fields } = this.#head;
    onTraffic({
      kind: "request",
      protocol: `HTTP/1.${minor}`,
      client: address,
      method,
      host: knownValue(fields, "host") ?? "",
      path: target,
      service: this.#routed.route.port.key,
      attempts: this.#attempts,
      duration: performance.now() - this.#began,
      ...(this.#status === 0 ? {} : { status: this.#status, bytes: this.#bytes }),
      ...(picked === undefined ? {} : chosen(picked)),
      ...outcome,
    });
  }
}

const NONE: ReadonlySet<Backend> = new Set();

function headForPod(
  { address, engine }: ClientConnection,
  head: RequestHead,
  { path, host }: RoutedRequest,
  upgrade: string | undefined,
): string {
  const { fields } = head;
  const trusted = isTrusted(engine.context.trustForwarded, address);
  const forwarded = forwardedHeaders(address, host, trusted, {
    for: knownValue(fields, "x-forwarded-for"),
    host: knownValue(fields, "x-forwarded-host"),
    proto: knownValue(fields, "x-forwarded-proto"),
  });
  return rewriteRequest(head, {
    path,
    host,
    forwardedFor: forwarded.for,
    forwardedHost: forwarded.host,
    forwardedProto: forwarded.proto,
    upgrade,
  });
}
