import type { RequestSink } from "../../exchange/client-side.ts";
import { FieldSection } from "../../exchange/field-section.ts";
import type { Inbound } from "../../exchange/inbound.ts";
import type { BodyFraming, PodAnswer, PodRequest } from "../../exchange/outbound.ts";
import { trailersOf } from "../../exchange/trailers.ts";
import { type Forwarded, forwardedFor, forwardedLines } from "../../forwarded-headers.ts";
import { type Body, ChunkedBody, passOn } from "../../http1/body.ts";
import { valuesOf } from "../../http1/field-values.ts";
import { knownValue, listValue } from "../../http1/fields.ts";
import { keptOfRequest } from "../../http1/kept-fields.ts";
import type { RequestHead } from "../../http1/request-head.ts";
import type { Refusal } from "../../refusal.ts";
import { refusalAnswer } from "../../refusal-answer.ts";
import type { RoutedRequest } from "../../request-target.ts";
import type { Admission } from "./admission.ts";
import type { RequestConnection, Told } from "./request-connection.ts";

/** One request of a client's connection, and the answer as it is written there. */
export class ClientRequest implements Inbound {
  readonly routed: RoutedRequest;
  readonly method: string;
  readonly framing: BodyFraming;
  readonly paced = true;
  readonly takesChunks: boolean;
  readonly takesInterim: boolean;
  readonly #connection: RequestConnection;
  readonly #head: RequestHead;
  readonly #body: Body | undefined;
  readonly #upgrade: string | undefined;
  readonly #exchange: RequestSink;
  /** All of the request was read. */
  #isDone: boolean;
  /** The head of an answer was sent. */
  isAnswering = false;
  /** The connection closes after the answer in any case. */
  #closes: boolean;
  /** The client announced that this is its last request. */
  readonly #isLastAsked: boolean;

  constructor(
    connection: RequestConnection,
    head: RequestHead,
    { body, persistent, upgrade }: Admission,
    routed: RoutedRequest,
  ) {
    this.#connection = connection;
    this.#head = head;
    this.#body = body;
    this.#upgrade = upgrade;
    this.#isDone = body === undefined;
    this.#closes = !persistent;
    this.#isLastAsked = !persistent;
    this.routed = routed;
    this.method = head.method;
    this.framing = body === undefined ? "none" : body instanceof ChunkedBody ? "chunked" : "sized";
    this.takesChunks = head.minor === 1;
    this.takesInterim = head.minor === 1;
    this.#exchange = connection.engine.exchange(this);
  }

  start(): void {
    this.#exchange.start();
  }

  get client() {
    return this.#connection.client;
  }

  get about() {
    const { method, target, minor, fields } = this.#head;
    return {
      protocol: `HTTP/1.${minor}`,
      client: this.#connection.address,
      method,
      host: knownValue(fields, "host") ?? "",
      path: target,
    };
  }

  values(name: string): string[] {
    return valuesOf(this.#head, name);
  }

  podRequest(chunksKept: boolean): PodRequest {
    const { fields, takesTrailers } = this.#told();
    return {
      method: this.method,
      path: this.routed.path,
      host: this.routed.host,
      fields,
      framing: this.framing === "chunked" && !chunksKept ? "open" : this.framing,
      takesTrailers,
      upgrade: this.#upgrade,
    };
  }

  /** The pod's header section; the one of the request before where nothing differs. */
  #told(): Told {
    const { lines, minor, fields } = this.#head;
    const { host, askedHost = host } = this.routed;
    const last = this.#connection.lastTold;
    if (last?.lines === lines && last.minor === minor && last.host === askedHost) return last;
    const forwarded = this.#forwarded();
    const kept = keptOfRequest(this.#head, forwarded.trusted);
    const told = {
      lines,
      minor,
      host: askedHost,
      fields: FieldSection.ofLines(kept + forwardedLines(forwarded)),
      takesTrailers: /\btrailers\b/i.test(listValue(fields, "te") ?? ""),
    };
    this.#connection.lastTold = told;
    return told;
  }

  #forwarded(): Forwarded {
    const { address, engine } = this.#connection;
    const { fields } = this.#head;
    const { trustForwarded, scheme } = engine.context;
    const sent = {
      for: listValue(fields, "x-forwarded-for"),
      host: knownValue(fields, "x-forwarded-host"),
      proto: knownValue(fields, "x-forwarded-proto"),
    };
    const { host, askedHost = host } = this.routed;
    return forwardedFor(address, askedHost, trustForwarded, sent, scheme);
  }

  // Events of the client.

  /**
   * It can't be answered once the client stops sending: its body is incomplete, or it asks for a switch of protocols.
   */
  get endsWithClient(): boolean {
    const isCutOff = !this.#isDone && this.#exchange.isSending;
    return isCutOff || this.#upgrade !== undefined;
  }

  readonly #onPart = (buffer: Buffer, start: number, end: number, last: boolean) =>
    this.#exchange.send(buffer, start, end, last);

  /** More bytes of the client. @returns false when they don't belong to this request, or can't be sent on yet. */
  feed(chunk: Buffer): boolean {
    const body = this.#body;
    if (this.#isDone || body === undefined || !this.#exchange.isSending) return false;
    const end = passOn(body, chunk, 0, this.#exchange.keepsChunks, this.#onPart);
    if (end < 0) {
      this.#exchange.requestBroken("a body that is not properly chunked");
      return true;
    }
    if (end < chunk.length) this.#connection.readAhead(chunk.subarray(end));
    if (body.done) {
      this.#isDone = true;
      const trailers = body.trailers ?? "";
      this.#exchange.endRequest(
        trailers === "" ? FieldSection.EMPTY : trailersOf(FieldSection.ofLines(trailers)),
      );
    }
    return true;
  }

  clientDrained(): void {
    this.#exchange.clientDrained();
  }

  /** The client is gone. */
  abandon(): void {
    this.#exchange.abandon();
  }

  get moved(): number {
    return this.#connection.moved;
  }

  get held(): boolean {
    return this.#connection.isHeld;
  }

  get hasMore(): boolean {
    return this.#connection.hasMore;
  }

  pause(): void {
    this.#connection.transport.pause();
  }

  resume(): void {
    const ahead = this.#isDone ? undefined : this.#connection.takeAhead();
    if (ahead !== undefined) this.feed(ahead);
    if (this.#connection.hasEnded && !this.#isDone) this.#connection.transport.close();
    else if (!this.#connection.isOver) this.#connection.resume();
  }

  // The pod's answer.

  interim({ status, reason, fields }: PodAnswer): boolean {
    const text = `HTTP/1.1 ${status}${reason}\r\n${fields.lines}\r\n`;
    return this.#connection.transport.writeText(text);
  }

  head({ status, reason, fields, framing }: PodAnswer, more: boolean): undefined {
    const { answers } = this.#connection;
    this.isAnswering = true;
    // For a client of HTTP/1.0, which has no chunks, the end of the connection marks the end of the content.
    const bare = framing === "open" && !this.takesChunks;
    if (bare || this.#isLast) this.#closes = true;
    answers.begin(
      `HTTP/1.1 ${status}${reason}\r\n${fields.lines}${this.#lengthOf(status, framing, fields)}${this.#closes ? "Connection: close\r\n" : ""}\r\n`,
      bare ? "sized" : framing,
    );
    if (!more) answers.flush();
  }

  /** The field that states the body's length, where the pod's own fields don't. */
  #lengthOf(status: number, framing: BodyFraming, fields: FieldSection): string {
    if (framing === "chunked") return "Transfer-Encoding: chunked\r\n";
    if (framing === "open") return this.takesChunks ? "Transfer-Encoding: chunked\r\n" : "";
    if (framing === "sized" || this.method === "HEAD" || status === 204 || status === 304)
      return "";
    return /(?:^|\n)content-length:/i.test(fields.lines) ? "" : "Content-Length: 0\r\n";
  }

  part(buffer: Buffer, start: number, end: number, last: boolean): boolean {
    return this.#connection.answers.write(buffer, start, end, last);
  }

  end(trailers: FieldSection): void {
    this.#connection.answers.end(trailers);
    this.#leave();
  }

  switch({ status, reason, fields }: PodAnswer) {
    const { transport } = this.#connection;
    const ahead = this.#connection.takeAhead();
    this.#connection.handOver();
    const head = `HTTP/1.1 ${status}${reason}\r\n${fields.lines}Connection: Upgrade\r\n\r\n`;
    transport.writeText(head);
    return { channel: transport, ahead };
  }

  refuse(why: Refusal, closes: boolean): void {
    this.#closes = closes || this.#isLast;
    const accept = knownValue(this.#head.fields, "accept");
    const { home } = this.#connection.engine;
    const request = { accept, method: this.method, home };
    this.#connection.transport.writeText(refusalAnswer(why, request, this.#closes));
    this.#leave();
  }

  breakOff(): void {
    this.#connection.breakOff();
  }

  /** Whether an answer that begins now has to announce the end of the connection. */
  get #isLast(): boolean {
    const { engine, hasEnded, hasMore } = this.#connection;
    return this.#closes || !this.#isDone || engine.draining || (hasEnded && !hasMore);
  }

  /** The exchange is over, even if part of the request was not read. */
  #leave(): void {
    if (this.#closes || !this.#isDone) {
      this.#connection.endAfterAnswer(this.#isLastAsked && this.#isDone);
    } else {
      this.#connection.next();
    }
  }
}
