import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type Backend, backendId } from "../../balancer/backend.ts";
import { type Client, describePick, type Picked } from "../../balancer/balancer.ts";
import { isLoopback, plainAddress } from "../address-text.ts";
import { forwardedHeaders, isTrusted } from "../forwarded-headers.ts";
import { isRefusal, type Refusal, refusal } from "../refusal.ts";
import { refusalPage } from "../refusal-page.ts";
import type { RoutedRequest } from "../request-target.ts";
import { splice } from "../splice.ts";
import type { TrafficEvent } from "../traffic-event.ts";
import { tunnel } from "../tunnel.ts";
import { describeFailure } from "../upstream.ts";
import { type Body, UnendingBody } from "./body.ts";
import type { Http1Engine } from "./engine.ts";
import type { KnownField, KnownName } from "./fields.ts";
import { requestFraming } from "./framing.ts";
import { HeadBuffer } from "./head-buffer.ts";
import { parseRequestHead, type RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";
import { rewriteRequest, rewriteResponse } from "./rewrite.ts";
import type { AnswerReceiver, UpstreamConnection } from "./upstream-connection.ts";

/** Endpoints tried for one request before giving up. */
const MAX_ATTEMPTS = 5;
/** How much of a request's body is kept to send it again (P.10). */
const REPLAY_BYTES = 64 * 1024;
/** What a client may send ahead of its turn before it isn't read any more. */
const AHEAD_BYTES = 64 * 1024;
/** Bodies up to this size are copied into one write with their head: cheaper than a second write. */
const JOINED_BYTES = 4 * 1024;
/** How long a client may go on sending what nobody reads, so that it can read the answer first. */
const LINGER_MS = 1_000;
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/** A client's connection: the server side of HTTP/1.1, one request after the other. */
export class ClientConnection implements AnswerReceiver {
  readonly socket: Socket;
  readonly #engine: Http1Engine;
  readonly #client: string;
  readonly #balancerClient: Client;
  readonly #onGone: (connection: ClientConnection) => void;
  readonly #input = new HeadBuffer();
  /**
   * `head`: waiting for a request; `busy`: one is being answered; `closing`: nothing is read any more;
   * `handed-over`: the socket is a tunnel's.
   */
  #state: "head" | "busy" | "closing" | "handed-over" = "head";
  /** When the client must have done what is waited for; 0 when nothing is. Checked by the engine's clock. */
  #deadline = 0;
  #deadlineFor: "head" | "idle" | "answer" | "stream" | "linger" = "idle";
  #clientEnded = false;

  // The exchange in progress.
  #head: RequestHead | undefined;
  #routed: RoutedRequest | undefined;
  #body: Body | undefined;
  #requestDone = false;
  #upstream: UpstreamConnection | undefined;
  #giveUp: (() => void) | undefined;
  #picked: Picked | undefined;
  #tried: Set<Backend> | undefined;
  #attempts = 0;
  #replay: Buffer[] | undefined;
  #replayLength = 0;
  #began = 0;
  #sentAt = 0;
  #status = 0;
  #bytes = 0;
  #headText = "";
  #closeAfter = false;
  #retriedAnswer = false;
  #answerTime: number | undefined;
  /** The head of the answer, held back while the first bytes of its body can go along. */
  #pendingHead: string | undefined;

  // What the upstream connection asks of an AnswerReceiver.
  method = "";
  upgrading = false;
  wantsContent = false;

  constructor(
    socket: Socket,
    engine: Http1Engine,
    onGone: (connection: ClientConnection) => void,
    now: number,
  ) {
    this.socket = socket;
    this.#engine = engine;
    this.#onGone = onGone;
    this.#client = plainAddress(socket.remoteAddress);
    this.#balancerClient = {
      address: this.#client,
      fromThisNode: isLoopback(this.#client),
      ...(engine.context.policy && { policy: engine.context.policy }),
      strict: engine.context.strict,
    };
    this.#expect("idle", now);
    socket.on("data", this.#onData);
    socket.on("drain", this.#onDrain);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onClose);
  }

  get isIdle(): boolean {
    return this.#state === "head" && this.#input.length === 0;
  }

  /** Bytes of the client; also those that were read before the connection came here. */
  readonly #onData = (chunk: Buffer): void => this.read(chunk);
  readonly #onDrain = (): void => {
    this.#upstream?.socket.resume();
  };
  readonly #onEnd = (): void => this.#ended();
  readonly #onClose = (): void => this.#closed();

  read(chunk: Buffer): void {
    if (this.#state === "head") {
      this.#input.append(chunk);
      this.#advance();
    } else if (this.#state === "busy") {
      if (this.#body !== undefined && this.#upstream !== undefined && !this.#requestDone) {
        this.#sendBody(chunk, this.#upstream);
      } else {
        this.#input.append(chunk);
        if (this.#input.length > AHEAD_BYTES) this.socket.pause();
      }
    }
  }

  /** Ends the connection if nothing is in progress, otherwise after the current answer. */
  drain(): void {
    if (this.isIdle) this.socket.end();
  }

  /** Cuts off what takes too long. */
  checkDeadline(now: number): void {
    if (this.#deadline === 0 || now < this.#deadline) return;
    switch (this.#deadlineFor) {
      case "head":
        this.#refuse(refusal(408, "timeout", "the request's head did not arrive in time"), true);
        return;
      case "answer": {
        const picked = this.#picked as Picked;
        this.#dropUpstream();
        const reason = `${backendId(picked.address, picked.port)} did not answer within ${this.#engine.context.limits.responseTime} ms`;
        this.#refuse(refusal(504, "timeout", reason), true);
        return;
      }
      case "idle":
        this.socket.end();
        this.#expect("linger", now);
        return;
      case "stream":
      case "linger":
        this.socket.destroy();
    }
  }

  // Reading requests.

  #advance(): void {
    const { limits } = this.#engine.context;
    while (this.#state === "head" && this.#input.length > 0) {
      this.#input.skipEmptyLine();
      const text = this.#input.takeHead();
      if (text === undefined || text.length > limits.headBytes) {
        if (text !== undefined || this.#input.length > limits.headBytes) {
          const reason = `the request's head is longer than ${limits.headBytes} bytes`;
          this.#refuse(refusal(431, "too-large", reason), true);
        } else if (this.#input.hasBareLineFeed()) {
          this.#refuse(refusal(400, "bad-request", "a line that ends in a bare LF"), true);
        } else if (this.#deadlineFor !== "head") {
          this.#expect("head", Date.now());
        }
        if (this.#clientEnded) this.socket.end();
        return;
      }
      this.#begin(text);
    }
    if (this.#state === "head" && this.#clientEnded) this.socket.end();
  }

  #begin(text: string): void {
    const { context } = this.#engine;
    this.#deadline = 0;
    this.#deadlineFor = "idle";
    this.#began = performance.now();
    this.#state = "busy";
    const head = parseRequestHead(text, context.limits.headerLines);
    if ("fault" in head) {
      this.#refuse(head.fault, true);
      return;
    }
    this.#head = head;
    this.method = head.method;
    const body = requestFraming(head, context.limits.headBytes);
    if (body !== undefined && "fault" in body) {
      this.#refuse(body.fault, true);
      return;
    }
    this.#body = body;
    this.#requestDone = body === undefined;
    let host: string | undefined;
    let persistent = head.minor === 1;
    let upgrade: string | undefined;
    let wantsUpgrade = false;
    for (const { name, value } of head.fields) {
      if (name === "host") {
        if (host !== undefined) {
          this.#refuse(bad("several Host headers"), true);
          return;
        }
        host = value;
      } else if (name === "connection") {
        const lower = value.toLowerCase();
        if (lower.includes("close")) persistent = false;
        if (lower.includes("upgrade")) wantsUpgrade = true;
      } else if (name === "upgrade") {
        upgrade = value;
      }
    }
    this.#closeAfter = !persistent;
    if (host === undefined && head.minor === 1) {
      this.#refuse(bad("an HTTP/1.1 request without a Host header"), true);
      return;
    }
    const routed = this.#engine.route(head.method, head.target, host);
    if (isRefusal(routed)) {
      this.#refuse(routed, routed.status === 400);
      return;
    }
    this.#routed = routed;
    if (head.method === "CONNECT") {
      this.#connect(routed);
      return;
    }
    this.#headText = this.#rewrite(head, routed, wantsUpgrade ? upgrade : undefined);
    this.wantsContent = head.minor === 0;
    this.#attempt("", false);
  }

  #rewrite(head: RequestHead, routed: RoutedRequest, upgrade: string | undefined): string {
    const { fields } = head;
    // h2c would carry requests past this relay; a body in front of the new protocol nobody defines.
    const allowed = upgrade !== undefined && this.#body === undefined && !/\bh2c\b/i.test(upgrade);
    this.upgrading = allowed && head.minor === 1;
    const forwarded = forwardedHeaders(
      this.#client,
      routed.host,
      isTrusted(this.#engine.context.trustForwarded, this.#client),
      {
        for: known(fields, "x-forwarded-for"),
        host: known(fields, "x-forwarded-host"),
        proto: known(fields, "x-forwarded-proto"),
      },
    );
    return rewriteRequest(head, {
      path: routed.path,
      host: routed.host,
      forwardedFor: forwarded.for,
      forwardedHost: forwarded.host,
      forwardedProto: forwarded.proto,
      upgrade: this.upgrading ? upgrade : undefined,
    });
  }

  #connect(routed: RoutedRequest): void {
    const { context } = this.#engine;
    const { socket } = this;
    const ahead = this.#input.takeRest();
    this.#handOver();
    socket.pause();
    tunnel(socket, context, {
      route: routed.route,
      client: this.#balancerClient,
      about: {
        kind: "tunnel",
        protocol: "CONNECT",
        client: this.#client,
        method: "CONNECT",
        host: routed.host,
      },
      ready({ socket: upstream }) {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        if (ahead.length > 0) upstream.write(ahead);
      },
      refused: (why) => {
        socket.resume();
        socket.setTimeout(LINGER_MS, () => socket.destroy());
        socket.end(refusalText(why, undefined, "GET", true));
      },
      onTraffic: context.onTraffic,
      idleTime: context.limits.streamIdleTime,
    });
  }

  // Choosing an endpoint and sending the request.

  #attempt(lastFailure: string, fresh: boolean): void {
    const { context } = this.#engine;
    const { route } = this.#routed as RoutedRequest;
    const client =
      this.#tried === undefined && route.hostname === undefined
        ? this.#balancerClient
        : {
            ...this.#balancerClient,
            hostname: route.hostname,
            ...(this.#tried === undefined ? {} : { exclude: this.#tried }),
          };
    const picked = context.balancer.pick(route.port, client);
    if (picked.outcome !== "endpoint") {
      const why =
        lastFailure === ""
          ? refusal(503, "no-endpoint", picked.reason)
          : refusal(502, "connect-failed", lastFailure);
      this.#refuse(why, false);
      return;
    }
    this.#picked = picked;
    this.#attempts++;
    const pool = this.#engine.pool(picked.backend);
    context.balancer.started(picked.backend);
    const idle = fresh ? undefined : pool.take(Date.now());
    if (idle !== undefined) {
      this.#send(idle);
      return;
    }
    this.socket.pause();
    this.#giveUp = pool.connect((result) => {
      this.#giveUp = undefined;
      if (!(result instanceof Error)) {
        context.balancer.connected(picked.backend);
        if (!this.#requestDone || this.#input.length <= AHEAD_BYTES) this.socket.resume();
        return this.#send(result);
      }
      context.balancer.finished(picked.backend);
      this.#picked = undefined;
      if (!context.strict) context.balancer.connectFailed(route.port, picked.backend);
      const failure = describeFailure(picked, result);
      this.#tried ??= new Set();
      this.#tried.add(picked.backend);
      if (context.strict || this.#attempts >= MAX_ATTEMPTS) {
        this.#refuse(refusal(502, "connect-failed", failure), false, picked);
      } else {
        this.#attempt(failure, fresh);
      }
    });
  }

  #send(upstream: UpstreamConnection): void {
    const { limits } = this.#engine.context;
    this.#upstream = upstream;
    this.#sentAt = performance.now();
    upstream.begin(this);
    if (limits.responseTime > 0) this.#expect("answer", Date.now());
    const { socket } = upstream;
    const replayed = this.#replay;
    if (this.#body === undefined || (replayed !== undefined && this.#requestDone)) {
      if (replayed === undefined) socket.write(this.#headText, "latin1");
      else socket.write(Buffer.concat([Buffer.from(this.#headText, "latin1"), ...replayed]));
      return;
    }
    if (replayed !== undefined) {
      socket.write(Buffer.concat([Buffer.from(this.#headText, "latin1"), ...replayed]));
    } else {
      this.#replay = [];
      this.#replayLength = 0;
      socket.cork();
      socket.write(this.#headText, "latin1");
    }
    if (this.#input.length > 0) this.#sendBody(this.#input.takeRest(), upstream);
    socket.uncork();
  }

  #sendBody(chunk: Buffer, upstream: UpstreamConnection): void {
    const body = this.#body as Body;
    const end = body.feed(chunk, 0);
    if (end < 0) {
      this.#dropUpstream();
      this.#refuse(bad("a body that is not properly chunked"), true);
      return;
    }
    const part = end === chunk.length ? chunk : chunk.subarray(0, end);
    if (this.#replay !== undefined) {
      this.#replayLength += end;
      if (this.#replayLength <= REPLAY_BYTES) this.#replay.push(part);
      else this.#replay = undefined;
    }
    if (body.done) this.#requestDone = true;
    if (end > 0 && !upstream.socket.write(part) && !this.#requestDone) this.socket.pause();
    if (end < chunk.length) this.#input.append(chunk.subarray(end));
    if (this.#deadlineFor === "stream") this.#expect("stream", Date.now());
  }

  // AnswerReceiver: what comes back.

  drained(): void {
    if (!this.#requestDone) this.socket.resume();
  }

  head(head: ResponseHead, body: Body | undefined, more: boolean): void {
    const request = this.#head as RequestHead;
    if (head.status < 200) {
      // HTTP/1.0 knows no interim answers.
      if (request.minor === 0 && head.status !== 101) return;
      const switching = head.status === 101;
      this.socket.write(
        rewriteResponse(head, { close: false, unchunked: false, switching }),
        "latin1",
      );
      if (switching) this.#status = 101;
      return;
    }
    this.#deadline = 0;
    this.#status = head.status;
    this.#answerTime = performance.now() - this.#sentAt;
    if (body instanceof UnendingBody || this.#engine.draining || !this.#requestDone) {
      this.#closeAfter = true;
    }
    this.#pendingHead = rewriteResponse(head, {
      close: this.#closeAfter,
      unchunked: this.wantsContent,
      switching: false,
    });
    if (this.#engine.context.limits.streamIdleTime > 0 && body !== undefined) {
      this.#expect("stream", Date.now());
    }
    if (!more) this.#flushHead();
  }

  #flushHead(): void {
    const text = this.#pendingHead;
    if (text === undefined) return;
    this.#pendingHead = undefined;
    this.socket.write(text, "latin1");
  }

  body(buffer: Buffer, start: number, end: number, pieces: readonly number[] | undefined): boolean {
    if (this.#deadlineFor === "stream") this.#expect("stream", Date.now());
    if (pieces !== undefined) {
      this.#flushHead();
      let open = true;
      for (let i = 0; i < pieces.length; i += 2) {
        const piece = buffer.subarray(pieces[i], pieces[i + 1]);
        this.#bytes += piece.length;
        open = this.socket.write(piece);
      }
      return open;
    }
    this.#bytes += end - start;
    const text = this.#pendingHead;
    if (text !== undefined) {
      this.#pendingHead = undefined;
      if (end - start <= JOINED_BYTES) {
        return this.socket.write(text + buffer.toString("latin1", start, end), "latin1");
      }
      this.socket.cork();
      this.socket.write(text, "latin1");
      const open = this.#writePart(buffer, start, end);
      this.socket.uncork();
      return open;
    }
    return this.#writePart(buffer, start, end);
  }

  #writePart(buffer: Buffer, start: number, end: number): boolean {
    const whole = start === 0 && end === buffer.length;
    return this.socket.write(whole ? buffer : buffer.subarray(start, end));
  }

  ended(): void {
    this.#flushHead();
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (upstream !== undefined) {
      if (this.#requestDone) upstream.release();
      else upstream.destroy();
    }
    this.#finish();
    if (!this.#requestDone || this.#closeAfter) this.#linger();
    else this.#next();
  }

  switched(rest: Buffer): void {
    const upstream = (this.#upstream as UpstreamConnection).socket;
    const picked = this.#picked as Picked;
    const { balancer, limits } = this.#engine.context;
    const { socket } = this;
    this.#upstream = undefined;
    const ahead = this.#input.takeRest();
    this.#handOver();
    if (rest.length > 0) socket.write(rest);
    if (ahead.length > 0) upstream.write(ahead);
    if (limits.streamIdleTime > 0) {
      socket.setTimeout(limits.streamIdleTime, () => {
        socket.destroy();
        upstream.destroy();
      });
    }
    splice(socket, upstream, () => {
      balancer.finished(picked.backend);
      this.#tell({ kind: "upgrade", bytes: upstream.bytesRead });
    });
  }

  failed(reason: string, _error: Error | undefined): void {
    const { context } = this.#engine;
    const upstream = this.#upstream as UpstreamConnection;
    const picked = this.#picked as Picked;
    this.#upstream = undefined;
    context.balancer.finished(picked.backend);
    if (this.#status >= 200 || this.#pendingHead !== undefined) {
      // Part of the answer is out: all that can be said is that it isn't whole.
      this.#picked = undefined;
      this.#tell({ aborted: "endpoint", ...about(picked) });
      this.socket.resetAndDestroy();
      return;
    }
    const failure = `${nameOf(picked)} failed before it answered: ${reason}`;
    const unanswered = upstream.uses > 1 && !upstream.answered && !this.#retriedAnswer;
    const repeatable =
      IDEMPOTENT.has(this.method) && (this.#body === undefined || this.#replay !== undefined);
    if (unanswered && repeatable && !context.strict) {
      this.#retriedAnswer = true;
      this.#tried = new Set([picked.backend]);
      const { route } = this.#routed as RoutedRequest;
      const others = context.balancer.pick(route.port, { exclude: this.#tried });
      if (others.outcome !== "endpoint") this.#tried = undefined;
      this.#attempt(failure, true);
      return;
    }
    const close = !this.#requestDone;
    this.#picked = undefined;
    this.#refuse(refusal(502, "upstream-failed", failure), close, picked);
  }

  // The end of an exchange.

  #refuse(why: Refusal, close: boolean, picked?: Picked): void {
    this.#state = "busy";
    const closing = close || !this.#requestDone || this.#closeAfter || this.#engine.draining;
    const fields = this.#head?.fields;
    const accept = fields === undefined ? undefined : known(fields, "accept");
    this.socket.write(refusalText(why, accept, this.method, closing));
    this.#tell({
      status: why.status,
      refusal: why,
      ...(picked === undefined ? {} : about(picked)),
    });
    this.#reset();
    if (closing) this.#linger();
    else this.#next();
  }

  #finish(): void {
    const picked = this.#picked;
    if (picked !== undefined) {
      this.#engine.context.balancer.finished(picked.backend, this.#answerTime);
    }
    this.#tell({});
    this.#picked = undefined;
  }

  /** Ready for the next request on this connection. */
  #next(): void {
    this.#reset();
    this.#state = "head";
    if (this.#engine.draining) {
      this.socket.end();
      return;
    }
    this.#expect("idle", Date.now());
    if (this.socket.isPaused()) this.socket.resume();
    if (this.#input.length > 0) this.#advance();
    else if (this.#clientEnded) this.socket.end();
  }

  #reset(): void {
    this.#head = undefined;
    this.#routed = undefined;
    this.#body = undefined;
    this.#requestDone = true;
    this.#picked = undefined;
    this.#tried = undefined;
    this.#attempts = 0;
    this.#replay = undefined;
    this.#status = 0;
    this.#bytes = 0;
    this.#answerTime = undefined;
    this.#pendingHead = undefined;
    this.#retriedAnswer = false;
    this.upgrading = false;
  }

  /** Says that nothing more comes, and reads on for a moment: closing at once could destroy the answer. */
  #linger(): void {
    this.#state = "closing";
    this.#input.clear();
    this.socket.end();
    if (this.socket.isPaused()) this.socket.resume();
    this.#deadlineFor = "linger";
    this.#deadline = Date.now() + LINGER_MS;
  }

  #handOver(): void {
    this.#state = "handed-over";
    this.#deadline = 0;
    this.socket.removeListener("data", this.#onData);
    this.socket.removeListener("drain", this.#onDrain);
    this.socket.removeListener("end", this.#onEnd);
    this.socket.removeListener("close", this.#onClose);
    this.#onGone(this);
  }

  #dropUpstream(): void {
    const picked = this.#picked;
    this.#giveUp?.();
    this.#giveUp = undefined;
    this.#upstream?.destroy();
    this.#upstream = undefined;
    if (picked !== undefined) this.#engine.context.balancer.finished(picked.backend);
    this.#picked = undefined;
  }

  /** The client sends nothing more; it may still read. */
  #ended(): void {
    this.#clientEnded = true;
    if (this.#state === "head") {
      this.socket.end();
    } else if (this.#state === "busy" && !this.#requestDone) {
      this.socket.destroy();
    }
  }

  #closed(): void {
    this.#onGone(this);
    if (this.#state !== "busy") return;
    const picked = this.#picked;
    this.#state = "closing";
    this.#dropUpstream();
    this.#tell({ aborted: "client", ...(picked === undefined ? {} : about(picked)) });
  }

  #expect(what: "head" | "idle" | "answer" | "stream" | "linger", now: number): void {
    const time = this.#timeFor(what);
    this.#deadlineFor = what;
    this.#deadline = time === 0 ? 0 : now + time;
  }

  #timeFor(what: "head" | "idle" | "answer" | "stream" | "linger"): number {
    const { limits } = this.#engine.context;
    switch (what) {
      case "head":
        return limits.headTime;
      case "idle":
        return limits.idleTime;
      case "answer":
        return limits.responseTime;
      case "stream":
        return limits.streamIdleTime;
      case "linger":
        return LINGER_MS;
    }
  }

  #tell(outcome: Partial<TrafficEvent>): void {
    const { onTraffic } = this.#engine.context;
    if (onTraffic === undefined) return;
    const head = this.#head;
    const picked = this.#picked;
    onTraffic({
      kind: "request",
      protocol: `HTTP/1.${head?.minor ?? 1}`,
      client: this.#client,
      attempts: this.#attempts,
      duration: performance.now() - this.#began,
      ...(head === undefined
        ? {}
        : { method: head.method, host: known(head.fields, "host") ?? "", path: head.target }),
      ...(this.#routed === undefined ? {} : { service: this.#routed.route.port.key }),
      ...(picked === undefined ? {} : about(picked)),
      ...(this.#status === 0 ? {} : { status: this.#status, bytes: this.#bytes }),
      ...outcome,
    });
  }
}

function about(picked: Picked): Partial<TrafficEvent> {
  const pod = picked.endpoint.targetRef?.name;
  return {
    endpoint: backendId(picked.address, picked.port),
    why: describePick(picked),
    ...(pod === undefined ? {} : { pod }),
  };
}

function nameOf(picked: Picked): string {
  const where = backendId(picked.address, picked.port);
  const pod = picked.endpoint.targetRef?.name;
  return pod === undefined ? where : `${pod} (${where})`;
}

function bad(reason: string): Refusal {
  return refusal(400, "bad-request", reason);
}

function known(fields: readonly KnownField[], name: KnownName): string | undefined {
  for (const field of fields) if (field.name === name) return field.value;
  return undefined;
}

/** A whole answer of our own. */
export function refusalText(
  why: Refusal,
  accept: string | undefined,
  method: string,
  close: boolean,
): string {
  const { type, body } = refusalPage(why, accept);
  return `HTTP/1.1 ${why.status} ${STATUS_CODES[why.status] ?? ""}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${close ? "Connection: close\r\n" : ""}\r\n${method === "HEAD" ? "" : body}`;
}
