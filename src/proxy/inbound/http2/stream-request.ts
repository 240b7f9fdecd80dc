import { constants, type ServerHttp2Stream } from "node:http2";
import type { Client } from "../../../balancer/choice.ts";
import { hasContent } from "../../exchange/content.ts";
import type { Engine } from "../../exchange/engine.ts";
import type { Exchange } from "../../exchange/exchange.ts";
import { FieldSection } from "../../exchange/field-section.ts";
import type { Inbound } from "../../exchange/inbound.ts";
import type { Framing, PodAnswer, PodRequest } from "../../exchange/outbound.ts";
import { passesInRequest, passesInTrailers } from "../../exchange/passed-on.ts";
import { forwardedFor, forwardedPairs } from "../../forwarded-headers.ts";
import {
  fieldsOf,
  headerValue,
  headerValues,
  joinedValues,
  type RawHeaders,
  toHeaders,
} from "../../http2/fields.ts";
import { sendHeaders } from "../../http2/send-headers.ts";
import { StreamWriter } from "../../http2/stream-writer.ts";
import type { Refusal } from "../../refusal.ts";
import { refusalPage } from "../../refusal-page.ts";
import type { RoutedRequest } from "../../request-target.ts";

/** What a stream says of itself. */
export interface StreamHead {
  readonly method: string;
  readonly raw: RawHeaders;
  readonly hasBody: boolean;
}

/** One request over HTTP/2, and the answer as it is written to its stream. */
export class StreamRequest implements Inbound {
  readonly client: Client;
  readonly routed: RoutedRequest;
  readonly method: string;
  readonly framing: Framing;
  readonly takesChunks = false;
  readonly takesInterim = true;
  // Node holds what a client doesn't read of them.
  readonly paced = false;
  readonly hasMore = false;
  readonly #stream: ServerHttp2Stream;
  readonly #raw: RawHeaders;
  readonly #engine: Engine;
  readonly #exchange: Exchange;
  readonly #writer: StreamWriter;
  readonly #onReset: () => void;
  #isDone: boolean;
  #read = 0;
  /** The head of the answer, held back for the moment until what came with it is there. */
  #held: PodAnswer | undefined;
  #brokeOff = false;

  /** @param onReset the client has reset the stream before it was answered, or in the middle of that. */
  constructor(
    stream: ServerHttp2Stream,
    { method, raw, hasBody }: StreamHead,
    engine: Engine,
    client: Client,
    routed: RoutedRequest,
    onReset: () => void,
  ) {
    this.#stream = stream;
    this.#raw = raw;
    this.#engine = engine;
    this.#onReset = onReset;
    this.client = client;
    this.routed = routed;
    this.method = method;
    this.#isDone = !hasBody;
    const sized = headerValue(raw, "content-length") !== undefined;
    this.framing = hasBody ? (sized ? "sized" : "open") : "none";
    this.#exchange = engine.exchange(this, isGrpc(raw));
    this.#writer = new StreamWriter(stream, engine.context.onError);
  }

  start(): void {
    const stream = this.#stream;
    stream.on("error", this.#engine.context.onError);
    stream.on("close", () => this.#closed());
    stream.on("drain", () => this.#exchange.clientDrained());
    // One without a body ends by itself, later and with less ado than one that somebody reads.
    if (!this.#isDone) this.#readBody(stream);
    this.#exchange.start();
  }

  #readBody(stream: ServerHttp2Stream): void {
    let trailers = FieldSection.EMPTY;
    stream.pause();
    stream.on("data", (chunk: Buffer) => {
      this.#read += chunk.length;
      this.#exchange.send(chunk, 0, chunk.length, false);
    });
    stream.on("trailers", (_trailers: unknown, _flags: unknown, ...rest: unknown[]) => {
      trailers = fieldsOf(rest[0] as RawHeaders, passesInTrailers);
    });
    stream.on("end", () => {
      this.#isDone = true;
      this.#exchange.endRequest(trailers);
    });
  }

  #closed(): void {
    const { aborted, rstCode } = this.#stream;
    // Node calls aborted what was closed from this side as well.
    if (aborted && !this.#brokeOff) this.#onReset();
    this.#exchange.abandon(rstCode || constants.NGHTTP2_CANCEL);
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
    return headerValues(this.#raw, name);
  }

  podRequest(): PodRequest {
    const raw = this.#raw;
    const { host, path } = this.routed;
    const { trustForwarded } = this.#engine.context;
    const forwarded = forwardedFor(this.client.address ?? "", host, trustForwarded, {
      for: joinedValues(raw, "x-forwarded-for"),
      host: headerValue(raw, "x-forwarded-host"),
      proto: headerValue(raw, "x-forwarded-proto"),
    });
    const passes = (name: string) => passesInRequest(name, forwarded.trusted);
    return {
      method: this.method,
      path,
      host,
      fields: fieldsOf(raw, passes).plus(...forwardedPairs(forwarded)),
      framing: this.framing,
      takesTrailers: headerValue(raw, "te") === "trailers",
      upgrade: undefined,
    };
  }

  get moved(): number {
    return this.#read + this.#writer.moved;
  }

  get held(): boolean {
    return (!this.#isDone && this.#stream.isPaused()) || this.#stream.writableLength > 0;
  }

  pause(): void {
    if (!this.#isDone) this.#stream.pause();
  }

  resume(): void {
    if (!this.#isDone) this.#stream.resume();
  }

  /** The stream can still be answered. */
  get #isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }

  interim(head: PodAnswer): boolean | undefined {
    if (!this.#isOpen) return true;
    return this.#send("additionalHeaders", head) ? true : undefined;
  }

  head(head: PodAnswer, more: boolean): boolean {
    if (!this.#isOpen) return true;
    if (head.framing === "none") return this.#send("respond", head, { endStream: true });
    if (!more) return this.#send("respond", head, { waitForTrailers: true });
    this.#held = head;
    return true;
  }

  #send(
    section: "respond" | "additionalHeaders",
    { status, fields }: PodAnswer,
    options?: { endStream?: boolean; waitForTrailers?: boolean },
  ): boolean {
    const headers = { ":status": status, ...toHeaders(fields) };
    return sendHeaders(this.#stream, section, headers, this.#engine.context.onError, options);
  }

  part(buffer: Buffer, start: number, end: number, last: boolean): boolean {
    this.#release(last);
    return !this.#isOpen || this.#writer.write(buffer, start, end, last);
  }

  /** Sends the head that was held back. @param bare whether no trailers can follow. */
  #release(bare: boolean): void {
    const held = this.#held;
    if (held === undefined || !this.#isOpen) return;
    this.#held = undefined;
    this.#send("respond", held, { waitForTrailers: !bare });
  }

  end(trailers: FieldSection): void {
    this.#release(trailers.isEmpty);
    if (this.#isOpen) this.#writer.end(trailers);
    // What is left of the request isn't read any more.
    if (!this.#isDone) this.#stream.resume();
  }

  refuse(why: Refusal, closes: boolean): void {
    const stream = this.#stream;
    respondRefusal(stream, this.#raw, why, this.#engine.context.onError);
    if (!closes) return;
    this.#brokeOff = true;
    stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
  }

  breakOff({ reason, code }: { readonly reason: string; readonly code?: number }): void {
    if (!this.#isOpen) return;
    this.#brokeOff = true;
    if (isGrpc(this.#raw) && this.#stream.headersSent) {
      // A reset would be CANCELLED or INTERNAL to the client, which it may not try again.
      this.#writer.end(
        FieldSection.ofPairs([
          "grpc-status",
          GRPC_UNAVAILABLE,
          "grpc-message",
          grpcMessage(reason),
        ]),
      );
      if (!this.#isDone) this.#stream.resume();
      return;
    }
    this.#stream.close(code === undefined || MISLEADING.has(code) ? INTERNAL_ERROR : code);
  }

  switch(): never {
    throw new Error("HTTP/2 has no switch of protocols");
  }
}

const INTERNAL_ERROR = constants.NGHTTP2_INTERNAL_ERROR;

/** What a pod's end must not be passed on as: as if the client had cancelled, or nothing had been processed. */
const MISLEADING: ReadonlySet<number> = new Set([
  constants.NGHTTP2_NO_ERROR,
  constants.NGHTTP2_REFUSED_STREAM,
  constants.NGHTTP2_CANCEL,
]);

/** gRPC status UNAVAILABLE: clients may try again. */
const GRPC_UNAVAILABLE = "14";
const GRPC_UNIMPLEMENTED = "12";

function grpcMessage(reason: string): string {
  return encodeURIComponent(reason);
}

function isGrpc(raw: RawHeaders): boolean {
  return headerValue(raw, "content-type")?.startsWith("application/grpc") ?? false;
}

/** A refusal as an HTTP/2 answer, or as the status a gRPC client reads. */
export function respondRefusal(
  stream: ServerHttp2Stream,
  raw: RawHeaders,
  why: Refusal,
  onError: (error: Error) => void,
): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  if (isGrpc(raw)) {
    const headers = {
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": why.status === 404 ? GRPC_UNIMPLEMENTED : GRPC_UNAVAILABLE,
      "grpc-message": grpcMessage(why.reason),
    };
    sendHeaders(stream, "respond", headers, onError, { endStream: true });
  } else {
    const own = { ":status": why.status, ...toHeaders(FieldSection.ofPairs(why.fields ?? [])) };
    if (hasContent("GET", why.status)) {
      const { type, body } = refusalPage(why, headerValue(raw, "accept"));
      const headers = { ...own, "content-type": type, "x-content-type-options": "nosniff" };
      if (sendHeaders(stream, "respond", headers, onError)) stream.end(body);
    } else {
      sendHeaders(stream, "respond", own, onError, { endStream: true });
    }
  }
  stream.resume();
}
