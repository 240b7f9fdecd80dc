import type { Picked } from "../../balancer/choice.ts";
import { mayAsk } from "../../routes/client-sources.ts";
import { EndpointSearch } from "../endpoint-search.ts";
import { inSession } from "../gateway-client.ts";
import { ErrorCode } from "../http2/error-code.ts";
import { originOf } from "../origin-address.ts";
import { isRefusal, type Refusal, refusal } from "../refusal.ts";
import type { Treatment } from "../routes/treatment.ts";
import { type ClientSession, sessionOf } from "../session-key.ts";
import { splice } from "../splice.ts";
import { chosen, serviceOf, type TrafficEvent } from "../traffic-event.ts";
import type { Channel } from "../transport/connection.ts";
import { type Enlisted, NOWHERE } from "../transport/roster.ts";
import { Attempt } from "./attempt.ts";
import type { ExchangeHost, RequestSink } from "./client-side.ts";
import { hasContent } from "./content.ts";
import { type CopiedRequest, copiesOf } from "./copied-request.ts";
import { changedFields } from "./field-changes.ts";
import { FieldSection } from "./field-section.ts";
import type { Inbound } from "./inbound.ts";
import { MAX_HELD_INTERIM, MAX_INTERIM } from "./interim-answers.ts";
import type {
  AnswerReceiver,
  Carrier,
  Failure,
  Outbound,
  PodAnswer,
  PodRequest,
} from "./outbound.ts";
import { ReplayBuffer } from "./replay-buffer.ts";
import { isIdempotent, mayResend } from "./resend.ts";
import { RouteLimits, type RouteOverrun } from "./route-limits.ts";
import { type Overrun, TimeLimits } from "./time-limits.ts";
import { brokenOff, cutShort, overdue, stoodStill } from "./unanswered.ts";

/**
 * One request and its answer, whatever is spoken on the two sides: chooses an endpoint, connects, keeps account,
 * sends and resends, enforces limits, passes the answer on, and reports the outcome.
 */
export class Exchange implements AnswerReceiver, RequestSink, Enlisted {
  slot = NOWHERE;
  readonly takesChunks: boolean;
  readonly #host: ExchangeHost;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  readonly #search: EndpointSearch;
  readonly #session: ClientSession | undefined;
  readonly #limits: TimeLimits;
  readonly #began = performance.now();
  readonly #replay: ReplayBuffer | undefined;
  readonly #copies: readonly CopiedRequest[];
  readonly #routeLimits: RouteLimits | undefined;

  #attempt: Attempt | undefined;
  #giveUp: (() => void) | undefined;
  #carrier: Carrier | undefined;
  /** The carrier takes no more of the request for now. */
  #full = false;
  #requestDone: boolean;
  #requestTrailers = FieldSection.EMPTY;
  #resent = 0;
  /** Bytes of the request's body. */
  #received = 0;
  #fresh = false;

  #sentAt = 0;
  #interims = 0;
  /** The answer has no content: the answer to HEAD, or a status without one. */
  #silent = false;
  /** Status of the answer; 0 before it has begun. */
  #status = 0;
  #answerTime: number | undefined;
  #bytes = 0;
  #isOver = false;

  constructor(host: ExchangeHost, inbound: Inbound, outbound: Outbound) {
    const { route, treatment } = inbound.routed;
    this.#host = host;
    this.#inbound = inbound;
    this.#outbound = outbound;
    this.takesChunks = inbound.takesChunks;
    this.#session = route.session && sessionOf(route.session, (name) => inbound.values(name));
    const client = inSession(inbound.client, this.#session);
    this.#search = new EndpointSearch(host.context, route, client);
    this.#limits = new TimeLimits(host.context.limits, treatment?.timeouts);
    this.#requestDone = inbound.framing === "none";
    this.#replay = this.#requestDone ? undefined : new ReplayBuffer();
    this.#copies = copiesOf(inbound, this);
    this.#routeLimits =
      treatment && RouteLimits.of(treatment, (what, limit) => this.#routeOverrun(what, limit));
  }

  start(): void {
    this.#host.exchanges.add(this);
    const refused = this.#refusedAtOnce();
    if (refused !== undefined) {
      this.#refuse(refused, undefined);
      return;
    }
    this.#next();
    for (const copy of this.#copies) {
      copy.exchange = this.#host.exchange(copy);
      copy.exchange.start();
    }
  }

  /** Why the route refuses the request before any endpoint is asked. */
  #refusedAtOnce(): Refusal | undefined {
    const { treatment } = this.#inbound.routed;
    if (treatment === undefined) return undefined;
    const { rule, sources, maxBody } = treatment;
    const origin = sources && originOf(this.#inbound, this.#host.context.trustForwarded);
    if (sources !== undefined && origin !== undefined && !mayAsk(sources, origin)) {
      return refusal(403, "forbidden", `${rule} does not let clients at ${origin} in`);
    }
    const [length] = maxBody === undefined ? [] : this.#inbound.values("content-length");
    return Number(length) > (maxBody as number) ? this.#tooLarge() : undefined;
  }

  #tooLarge(): Refusal {
    const { rule, maxBody } = this.#inbound.routed.treatment as Treatment;
    return refusal(413, "too-large", `${rule} takes bodies of up to ${maxBody} bytes`);
  }

  // Events of the client's side.

  /** The request may be passed on in the chunks in which it comes. */
  get keepsChunks(): boolean {
    return (
      this.#outbound.takesChunks &&
      // A limit on content must not count the framing of chunks.
      this.#inbound.routed.treatment?.maxBody === undefined &&
      this.#copies.every(({ routed }) => this.#host.outboundFor(routed).takesChunks)
    );
  }

  /** Whether a part of the request's body has somewhere to go. */
  get isSending(): boolean {
    return this.#carrier !== undefined;
  }

  /** A part of the request's body. See {@link AnswerReceiver.part}. */
  send(buffer: Buffer, start: number, end: number, last: boolean): void {
    if (this.#isOver) return;
    this.#received += end - start;
    if (this.#received > (this.#inbound.routed.treatment?.maxBody ?? Number.POSITIVE_INFINITY)) {
      this.#requestRefused(this.#tooLarge());
      return;
    }
    const part = start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end);
    this.#replay?.push(part);
    for (const copy of this.#copies) copy.send(part);
    if (this.#carrier?.write(part, 0, part.length, last) === false && !last) {
      this.#full = true;
      this.#inbound.pause();
    }
  }

  endRequest(trailers: FieldSection): void {
    this.#requestDone = true;
    this.#full = false;
    this.#requestTrailers = trailers;
    this.#carrier?.end(trailers);
    for (const copy of this.#copies) copy.endRequest(trailers);
  }

  /** The rest of the request is invalid. */
  requestBroken(reason: string): void {
    this.#requestRefused(refusal(400, "bad-request", reason));
  }

  #requestRefused(why: Refusal): void {
    const picked = this.#drop(ErrorCode.CANCEL);
    if (this.#status === 0) {
      this.#refuse(why, picked);
      return;
    }
    this.#finish(picked, { aborted: "client" });
    // The answer has begun, so the client would read a refusal as part of it.
    this.#inbound.breakOff({ reason: why.reason });
  }

  /** The client takes more of the answer. */
  clientDrained(): void {
    this.#carrier?.resume();
  }

  /** The client is gone. @param code its HTTP/2 error code, which is passed on. */
  abandon(code: number = ErrorCode.CANCEL): void {
    if (this.#isOver) return;
    this.#finish(this.#drop(code), { aborted: "client" });
  }

  /** To be called regularly. */
  checkLimits(now: number): void {
    const carrier = this.#carrier;
    const overrun = this.#limits.check(now, {
      sent: carrier !== undefined,
      requestDone: this.#requestDone,
      answering: this.#status !== 0,
      waiting: !this.#requestDone || this.#inbound.held,
      full: this.#full,
      clientMoved: this.#inbound.moved,
      podMoved: carrier?.moved ?? 0,
    });
    if (overrun !== undefined) this.#overrun(overrun);
  }

  #overrun(overrun: Overrun): void {
    const { limits, sendTime } = this.#limits;
    const answering = this.#status !== 0;
    const blamesPod = this.#requestDone || this.#full;
    const picked = this.#drop(ErrorCode.CANCEL);
    if (answering) {
      this.#finish(picked, { aborted: this.#inbound.held ? "client" : "endpoint" });
      this.#inbound.breakOff({ reason: "nothing came for too long" });
    } else if (overrun === "overdue") {
      this.#refuse(overdue(picked as Picked, limits.responseTime), picked);
    } else {
      const stalled = this.#full ? sendTime : limits.stallTime;
      const limit = overrun === "silent" ? limits.streamIdleTime : stalled;
      this.#refuse(stoodStill(blamesPod ? picked : undefined, limit), picked, true);
    }
  }

  /** A limit of the route was exceeded. */
  #routeOverrun(what: RouteOverrun, limit: number): void {
    if (what === "connect") {
      this.#giveUp?.();
      this.#giveUp = undefined;
      this.#connectFailed(new Error(`no connection within ${limit} ms`));
      return;
    }
    const answering = this.#status !== 0;
    const picked = this.#drop(ErrorCode.CANCEL);
    if (answering) {
      this.#finish(picked, { aborted: "endpoint" });
      this.#inbound.breakOff({ reason: "the route's time for it is over" });
    } else if (what === "request" || picked === undefined || !this.#retry(picked)) {
      const why = `there was no answer within the ${limit} ms that the route gives`;
      this.#refuse(picked ? overdue(picked, limit) : refusal(504, "timeout", why), picked);
    }
  }

  /**
   * Sends the request again if the route asks for retries and all of the request was kept.
   * @param status that the route's retries are for
   */
  #retry(picked: Picked, status?: number): boolean {
    if (this.#replay?.isWhole === false || !this.#requestDone) return false;
    const wait = this.#routeLimits?.retry(status);
    if (wait === undefined) return false;
    this.#search.avoid(picked);
    const timer = setTimeout(() => {
      this.#giveUp = undefined;
      this.#next();
    }, wait);
    this.#giveUp = () => clearTimeout(timer);
    return true;
  }

  // Choosing an endpoint and sending the request.

  #next(): void {
    const picked = this.#search.next();
    if (isRefusal(picked)) {
      this.#refuse(picked, undefined);
      return;
    }
    this.#attempt = new Attempt(this.#host.context.balancer, picked);
    let settled = false;
    let held = false;
    const how = { fresh: this.#fresh, repeatable: isIdempotent(this.#inbound.method) };
    const giveUp = this.#outbound.open(picked.backend, how, (result) => {
      settled = true;
      this.#giveUp = undefined;
      if (result instanceof Error) this.#connectFailed(result);
      else this.#send(result, held);
    });
    if (settled) return;
    held = true;
    this.#giveUp = giveUp;
    this.#routeLimits?.connecting();
    this.#inbound.pause();
  }

  #connectFailed(error: Error): void {
    const picked = this.#endAttempt();
    const over = this.#search.connectFailed(picked, error);
    if (over === undefined) this.#next();
    else if (!this.#retry(picked)) this.#refuse(over, picked);
  }

  #send(carrier: Carrier, held: boolean): void {
    const { balancer } = this.#host.context;
    if (!carrier.reused) balancer.connected((this.#attempt as Attempt).picked.backend);
    this.#carrier = carrier;
    this.#full = false;
    this.#sentAt = performance.now();
    const parts = this.#replay?.parts ?? [];
    const more = parts.length > 0 || (!this.#requestDone && this.#inbound.hasMore);
    this.#routeLimits?.sent();
    carrier.begin(this.#podRequest(), this, more);
    for (const part of parts) {
      if (this.#carrier !== carrier) return;
      carrier.write(part, 0, part.length, false);
    }
    if (this.#carrier !== carrier) return;
    if (this.#requestDone) {
      if (this.#inbound.framing !== "none") carrier.end(this.#requestTrailers);
      if (held) this.#inbound.resume();
    } else {
      this.#inbound.resume();
    }
  }

  #podRequest(): PodRequest {
    const request = this.#inbound.podRequest(this.keepsChunks);
    const changes = this.#inbound.routed.treatment?.requestHeaders;
    if (changes === undefined) return request;
    return { ...request, fields: changedFields(request.fields, changes) };
  }

  drained(): void {
    this.#full = false;
    if (!this.#requestDone) this.#inbound.resume();
  }

  failed(failure: Failure): void {
    const carrier = this.#carrier as Carrier;
    const picked = this.#endAttempt();
    this.#carrier = undefined;
    if (this.#status !== 0) {
      this.#finish(picked, { aborted: "endpoint" });
      this.#inbound.breakOff({ code: failure.code, reason: cutShort(picked, failure.reason) });
    } else if (this.#mayResend(failure, carrier)) {
      this.#resent++;
      // After one failure a new connection is used: another kept one may have been closed by the pod in the same way.
      this.#fresh = failure.untouched !== true;
      this.#search.avoid(picked);
      this.#next();
    } else if (failure.answered === true || !this.#retry(picked)) {
      this.#refuse(brokenOff(picked, failure.reason), picked);
    }
  }

  #mayResend({ untouched = false, answered = false }: Failure, { reused }: Carrier): boolean {
    return mayResend({
      method: this.#inbound.method,
      untouched,
      reused,
      answered: answered || this.#interims > 0,
      replayable: this.#replay?.isWhole !== false,
      resent: this.#resent,
      strict: this.#host.context.strict,
    });
  }

  // Events of the pod's side.

  interim(head: PodAnswer): void {
    const inbound = this.#inbound;
    const most = inbound.paced && this.#outbound.paced ? MAX_INTERIM : MAX_HELD_INTERIM;
    if (head.status === 101) {
      this.#answerIsNone("it switches to a protocol nobody asked for");
    } else if (++this.#interims > most) {
      this.#answerIsNone(`it sent more than ${most} interim answers`);
    } else if (inbound.takesInterim) {
      const open = inbound.interim(head);
      if (open === undefined) this.#answerIsNone("an interim answer that can't be passed on");
      else if (!open) this.#carrier?.pause();
    }
  }

  head(head: PodAnswer, more: boolean): void {
    // HTTP knows no other final statuses (RFC 9110 section 15).
    if (head.status < 200 || head.status > 599) {
      this.#answerIsNone(`it answered with the status ${head.status}, which HTTP does not know`);
      return;
    }
    if (this.#isRetried(head.status)) return;
    const framing = hasContent(this.#inbound.method, head.status) ? head.framing : "none";
    this.#silent = framing === "none";
    const changed = this.#changed({ ...head, framing });
    const trouble = this.#inbound.head(changed, more && !this.#silent);
    if (trouble !== undefined) {
      this.#answerIsNone(trouble);
      return;
    }
    this.#status = head.status;
    this.#answerTime = performance.now() - this.#sentAt;
  }

  /** Whether the route retries answers of this status, and a retry has begun. */
  #isRetried(status: number): boolean {
    const { retry } = this.#inbound.routed.treatment ?? {};
    if (retry?.codes.includes(status) !== true) return false;
    const carrier = this.#carrier as Carrier;
    const { picked } = this.#attempt as Attempt;
    if (!this.#retry(picked, status)) return false;
    this.#endAttempt();
    this.#carrier = undefined;
    carrier.cancel(ErrorCode.CANCEL);
    return true;
  }

  /** The head with the fields that a session and a route add to it. */
  #changed(head: PodAnswer): PodAnswer {
    const cookie = this.#session?.setCookie;
    const changes = this.#inbound.routed.treatment?.responseHeaders;
    if (cookie === undefined && changes === undefined) return head;
    const changed = changedFields(head.fields, changes ?? []);
    return { ...head, fields: cookie === undefined ? changed : changed.plus("set-cookie", cookie) };
  }

  /** The pod's answer is invalid: the client gets a refusal in its place. */
  #answerIsNone(reason: string): void {
    const carrier = this.#carrier as Carrier;
    carrier.cancel(ErrorCode.PROTOCOL_ERROR);
    this.failed({ reason, answered: true });
  }

  part(buffer: Buffer, start: number, end: number, last: boolean): boolean {
    // Content of an answer that must not have any is read and dropped.
    if (this.#silent) return true;
    this.#bytes += end - start;
    return this.#inbound.part(buffer, start, end, last);
  }

  ended(trailers: FieldSection): void {
    const carrier = this.#carrier as Carrier;
    const picked = this.#endAttempt(this.#answerTime);
    this.#carrier = undefined;
    carrier.release(this.#requestDone);
    this.#finish(picked, {});
    this.#inbound.end(this.#silent ? FieldSection.EMPTY : trailers);
  }

  switched(head: PodAnswer, upstream: Channel, rest: Buffer): void {
    this.#carrier = undefined;
    const switched = this.#inbound.switch(this.#changed(head));
    if (typeof switched === "string") {
      upstream.close();
      const picked = this.#endAttempt();
      this.#refuse(brokenOff(picked, switched), picked);
      return;
    }
    const { limits } = this.#limits;
    const { channel, ahead } = switched;
    const attempt = this.#attempt as Attempt;
    this.#attempt = undefined;
    this.#routeLimits?.end();
    this.#status = 101;
    this.#host.exchanges.delete(this);
    this.#isOver = true;
    const before = upstream.bytesRead - rest.length;
    if (rest.length > 0) channel.write(rest);
    if (ahead !== undefined) upstream.write(ahead);
    const done = () => {
      attempt.finish();
      this.#bytes = upstream.bytesRead - before;
      this.#tell(attempt.picked, { kind: "upgrade" });
    };
    splice(channel, upstream, done, limits.streamIdleTime);
  }

  // The end of the exchange.

  #endAttempt(answerTime?: number): Picked {
    const attempt = this.#attempt as Attempt;
    this.#attempt = undefined;
    this.#routeLimits?.left();
    attempt.finish(answerTime);
    return attempt.picked;
  }

  /** Cancels what is in progress. */
  #drop(code: number): Picked | undefined {
    this.#giveUp?.();
    this.#giveUp = undefined;
    this.#carrier?.cancel(code);
    this.#carrier = undefined;
    return this.#attempt === undefined ? undefined : this.#endAttempt(this.#answerTime);
  }

  #refuse(why: Refusal, picked: Picked | undefined, closes = false): void {
    this.#finish(picked, { status: why.status, refusal: why });
    this.#inbound.refuse(why, closes);
  }

  #finish(picked: Picked | undefined, outcome: Partial<TrafficEvent>): void {
    this.#isOver = true;
    this.#routeLimits?.end();
    // Copies of a request that was sent completely are left to complete.
    if (!this.#requestDone) for (const copy of this.#copies) copy.abandon();
    this.#host.exchanges.delete(this);
    this.#tell(picked, outcome);
  }

  #tell(picked: Picked | undefined, outcome: Partial<TrafficEvent>): void {
    const { onTraffic } = this.#host.context;
    const { within, treatment, route } = this.#inbound.routed;
    if (onTraffic === undefined || within !== undefined) return;
    onTraffic({
      kind: "request",
      ...this.#inbound.about,
      ...serviceOf(route),
      ...(treatment && { rule: treatment.rule }),
      attempts: this.#search.attempts,
      duration: performance.now() - this.#began,
      ...(this.#status === 0 ? {} : { status: this.#status, bytes: this.#bytes }),
      ...(picked === undefined ? {} : chosen(picked)),
      ...outcome,
    });
  }
}
