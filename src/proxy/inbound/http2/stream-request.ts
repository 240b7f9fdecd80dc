import type { Client } from "../../../balancer/choice.ts";
import type { RequestSink } from "../../exchange/client-side.ts";
import type { Engine } from "../../exchange/engine.ts";
import { FieldSection } from "../../exchange/field-section.ts";
import type { Inbound, Switched } from "../../exchange/inbound.ts";
import type { BodyFraming, PodAnswer, PodRequest } from "../../exchange/outbound.ts";
import { passesInRequest } from "../../exchange/passed-on.ts";
import { forwardedFor, forwardedPairs } from "../../forwarded-headers.ts";
import { ErrorCode } from "../../http2/error-code.ts";
import { fieldValue, fieldValues, joinedValues, keptFields } from "../../http2/header-section.ts";
import type { RequestHead } from "../../http2/request-head.ts";
import type { Loss, Stream, StreamReceiver } from "../../http2/stream.ts";
import { StreamChannel } from "../../http2/stream-channel.ts";
import { ACCEPT, acceptOf, KEY, newKey, WEBSOCKET } from "../../http2/websocket.ts";
import type { Refusal } from "../../refusal.ts";
import type { RoutedRequest } from "../../request-target.ts";
import { respondRefusal, unavailable } from "./stream-refusal.ts";

/** One request over HTTP/2, and its answer, which is written to the stream. */
export class StreamRequest implements Inbound, StreamReceiver<RequestHead> {
  readonly client: Client;
  readonly routed: RoutedRequest;
  readonly method: string;
  readonly framing: BodyFraming;
  readonly takesChunks = false;
  readonly takesInterim = true;
  // Flow control doesn't apply to header sections, so a client can't slow interim answers down.
  readonly paced = false;
  readonly #stream: Stream<RequestHead>;
  readonly #head: RequestHead;
  readonly #engine: Engine;
  readonly #exchange: RequestSink;
  /** The key of the handshake with the pod, for a WebSocket. */
  readonly #key: string | undefined;
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
    this.#key =
      head.protocol === undefined ? undefined : (fieldValue(head.fields, KEY) ?? newKey());
    const isSized = head.contentLength !== undefined;
    // Bytes after the head of an extended CONNECT belong to the new protocol: they wait until the pod has switched.
    this.framing = hasBody && this.#key === undefined ? (isSized ? "sized" : "open") : "none";
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
    const { fields } = head.passedOn;
    return {
      method: this.method,
      path: this.routed.path,
      host,
      fields: this.#key === undefined ? fields : fields.plus(KEY, this.#key),
      framing: this.framing,
      takesTrailers: fieldValue(head.fields, "te") === "trailers",
      upgrade: this.#key === undefined ? undefined : WEBSOCKET,
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
    const kept = keptFields(
      fields,
      (name) =>
        passesInRequest(name, forwarded.trusted) && (name !== KEY || this.#key === undefined),
    );
    return kept.plus(...forwardedPairs(forwarded));
  }

  // Events of the client.

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
    return isHeld || (this.#key === undefined && isPaused && !isRead);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    if (this.#key === undefined) this.#stream.resume();
  }

  // The pod's answer.

  interim({ status, fields }: PodAnswer): boolean {
    this.#stream.sendHead([":status", String(status)], fields, false);
    return true;
  }

  head({ status, fields, framing }: PodAnswer): string | undefined {
    // The client would take the pod's 2xx answer for an accepted WebSocket.
    if (this.#key !== undefined && status < 300) {
      return `it was asked for a WebSocket and answered ${status} without switching to one`;
    }
    this.#isAnswering = true;
    this.#stream.sendHead([":status", String(status)], fields, framing === "none");
    return undefined;
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
      // gRPC clients read a reset as CANCELLED or INTERNAL, which they may not retry.
      stream.end(FieldSection.ofPairs(unavailable(reason)));
      stream.leave();
    } else {
      stream.reset(code === undefined || MISLEADING.has(code) ? ErrorCode.INTERNAL_ERROR : code);
    }
  }

  switch({ fields }: PodAnswer): Switched | string {
    const { pairs } = fields;
    const accepts = fieldValues(pairs, ACCEPT);
    if (accepts.length !== 1 || accepts[0] !== acceptOf(this.#key as string)) {
      return "its Sec-WebSocket-Accept does not answer the key that it was sent";
    }
    // RFC 8441 drops both fields, but some clients send the key and expect the answer to it (undici).
    const wantsAccept = fieldValue(this.#head.fields, KEY) !== undefined;
    const kept = keptFields(
      pairs,
      (name) => name !== "upgrade" && (name !== ACCEPT || wantsAccept),
    );
    this.#stream.sendHead([":status", "200"], kept, false);
    return { channel: new StreamChannel(this.#stream, ErrorCode.CANCEL), ahead: undefined };
  }
}

/**
 * Codes of a pod that must not be passed on: the client would read that it had cancelled, or that nothing was
 * processed.
 */
const MISLEADING: ReadonlySet<number> = new Set([
  ErrorCode.NO_ERROR,
  ErrorCode.REFUSED_STREAM,
  ErrorCode.CANCEL,
]);
