import type { Client } from "../../../balancer/choice.ts";
import type { Engine } from "../../exchange/engine.ts";
import type { Exchange } from "../../exchange/exchange.ts";
import { FieldSection } from "../../exchange/field-section.ts";
import type { Inbound } from "../../exchange/inbound.ts";
import type { Framing, PodAnswer, PodRequest } from "../../exchange/outbound.ts";
import { passesInRequest } from "../../exchange/passed-on.ts";
import { forwardedFor, forwardedPairs } from "../../forwarded-headers.ts";
import { ErrorCode } from "../../http2/error-code.ts";
import { fieldValue, fieldValues, joinedValues, keptFields } from "../../http2/header-section.ts";
import type { RequestHead } from "../../http2/request-head.ts";
import type { Loss, Stream, StreamReceiver } from "../../http2/stream.ts";
import type { Refusal } from "../../refusal.ts";
import type { RoutedRequest } from "../../request-target.ts";
import { respondRefusal, unavailable } from "./stream-refusal.ts";

/** One request over HTTP/2, and the answer as it is written to its stream. */
export class StreamRequest implements Inbound, StreamReceiver<RequestHead> {
  readonly client: Client;
  readonly routed: RoutedRequest;
  readonly method: string;
  readonly framing: Framing;
  readonly takesChunks = false;
  readonly takesInterim = true;
  // Header sections aren't held back by a client's windows.
  readonly paced = false;
  readonly #stream: Stream<RequestHead>;
  readonly #head: RequestHead;
  readonly #engine: Engine;
  readonly #exchange: Exchange;
  #isAnswering = false;

  constructor(
    stream: Stream<RequestHead>,
    head: RequestHead,
    hasBody: boolean,
    engine: Engine,
    client: Client,
    routed: RoutedRequest,
  ) {
    this.#stream = stream;
    this.#head = head;
    this.#engine = engine;
    this.client = client;
    this.routed = routed;
    this.method = head.method;
    const isSized = head.contentLength !== undefined;
    this.framing = hasBody ? (isSized ? "sized" : "open") : "none";
    this.#exchange = engine.exchange(this, head.isGrpc);
  }

  start(): void {
    this.#stream.receiver = this;
    this.#exchange.start();
  }

  get about() {
    return {
      protocol: "HTTP/2",
      client: this.client.address ?? "",
      method: this.method,
      host: this.routed.host,
      path: this.routed.path,
    };
  }

  values(name: string): string[] {
    return fieldValues(this.#head.fields, name);
  }

  podRequest(): PodRequest {
    const head = this.#head;
    const { host, askedHost = host } = this.routed;
    if (head.passedOn?.host !== askedHost) {
      head.passedOn = { host: askedHost, fields: this.#passedOn(askedHost) };
    }
    return {
      method: this.method,
      path: this.routed.path,
      host,
      fields: head.passedOn.fields,
      framing: this.framing,
      takesTrailers: fieldValue(head.fields, "te") === "trailers",
      upgrade: undefined,
    };
  }

  #passedOn(host: string): FieldSection {
    const { fields } = this.#head;
    const { trustForwarded, scheme } = this.#engine.context;
    const sent = {
      for: joinedValues(fields, "x-forwarded-for"),
      host: fieldValue(fields, "x-forwarded-host"),
      proto: fieldValue(fields, "x-forwarded-proto"),
    };
    const { address = "" } = this.client;
    const forwarded = forwardedFor(address, host, trustForwarded, sent, scheme);
    const kept = keptFields(fields, (name) => passesInRequest(name, forwarded.trusted));
    return kept.plus(...forwardedPairs(forwarded));
  }

  // What the client sends.

  answered(): void {}

  data(bytes: Buffer, start: number, end: number, last: boolean): void {
    this.#exchange.send(bytes, start, end, last);
  }

  ended(trailers: FieldSection): void {
    this.#exchange.endRequest(trailers);
  }

  drained(): void {
    this.#exchange.clientDrained();
  }

  lost({ code }: Loss): void {
    this.#exchange.abandon(code || ErrorCode.CANCEL);
  }

  get hasMore(): boolean {
    return this.#stream.hasMore;
  }

  get moved(): number {
    return this.#stream.moved;
  }

  get held(): boolean {
    const { isHeld, isPaused, isRead } = this.#stream;
    return isHeld || (isPaused && !isRead);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  // What the pod answers.

  interim({ status, fields }: PodAnswer): boolean {
    this.#stream.sendHead([":status", String(status)], fields, false);
    return true;
  }

  head({ status, fields, framing }: PodAnswer): boolean {
    this.#isAnswering = true;
    this.#stream.sendHead([":status", String(status)], fields, framing === "none");
    return true;
  }

  part(bytes: Buffer, start: number, end: number, last: boolean): boolean {
    return this.#stream.write(bytes, start, end, last);
  }

  end(trailers: FieldSection): void {
    this.#stream.end(trailers);
    this.#stream.leave();
  }

  refuse(why: Refusal): void {
    respondRefusal(this.#stream, this.#head, why, this.#engine.home);
    this.#stream.leave();
  }

  breakOff({ reason, code }: { readonly reason: string; readonly code?: number }): void {
    const stream = this.#stream;
    if (this.#head.isGrpc && this.#isAnswering) {
      // A reset would be CANCELLED or INTERNAL to the client, which it may not try again.
      stream.end(FieldSection.ofPairs(unavailable(reason)));
      stream.leave();
    } else {
      stream.reset(code === undefined || MISLEADING.has(code) ? ErrorCode.INTERNAL_ERROR : code);
    }
  }

  switch(): never {
    throw new Error("HTTP/2 has no switch of protocols");
  }
}

/** What a pod's end must not be passed on as: as if the client had cancelled, or nothing had been processed. */
const MISLEADING: ReadonlySet<number> = new Set([
  ErrorCode.NO_ERROR,
  ErrorCode.REFUSED_STREAM,
  ErrorCode.CANCEL,
]);
