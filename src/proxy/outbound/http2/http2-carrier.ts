import { STATUS_CODES } from "node:http";
import { type ClientHttp2Stream, constants } from "node:http2";
import { hasLength } from "../../exchange/content.ts";
import { FieldSection } from "../../exchange/field-section.ts";
import type {
  AnswerReceiver,
  Carrier,
  Framing,
  PodAnswer,
  PodRequest,
} from "../../exchange/outbound.ts";
import { passesInAnswer, passesInTrailers } from "../../exchange/passed-on.ts";
import {
  fieldsOf,
  headBytes,
  headerValue,
  isClean,
  type RawHeaders,
  toHeaders,
} from "../../http2/fields.ts";
import { StreamWriter } from "../../http2/stream-writer.ts";
import type { PodSession } from "./pod-session.ts";

/** One stream to a pod. */
export class Http2Carrier implements Carrier {
  readonly reused: boolean;
  readonly #session: PodSession;
  readonly #onError: (error: Error) => void;
  #receiver: AnswerReceiver | undefined;
  #stream: ClientHttp2Stream | undefined;
  #writer: StreamWriter | undefined;
  #read = 0;
  #trailers = FieldSection.EMPTY;
  #fault: string | undefined;

  constructor(session: PodSession, onError: (error: Error) => void) {
    this.#session = session;
    this.#onError = onError;
    this.reused = session.isUsed;
    session.begin();
  }

  get moved(): number {
    return this.#read + (this.#writer?.moved ?? 0);
  }

  begin(request: PodRequest, receiver: AnswerReceiver): void {
    const hasBody = request.framing !== "none";
    let stream: ClientHttp2Stream;
    try {
      const options = { endStream: !hasBody, waitForTrailers: hasBody };
      stream = this.#session.session.request(headersOf(request), options);
    } catch (error) {
      const { message: reason } = error as Error;
      const { closed, destroyed } = this.#session.session;
      this.#session.end(false);
      // Either the session went away in between, or the request is none.
      receiver.failed({
        reason,
        untouched: closed || destroyed,
        badRequest: !closed && !destroyed,
      });
      return;
    }
    this.#receiver = receiver;
    this.#stream = stream;
    this.#writer = new StreamWriter(stream, this.#onError);
    this.#receive(stream);
  }

  write(buffer: Buffer, start: number, end: number, last: boolean): boolean {
    const writer = this.#writer as StreamWriter;
    // Node waits for a moment with what is written after the end was asked for.
    return writer.write(buffer, start, end, last);
  }

  end(trailers: FieldSection): void {
    this.#writer?.end(trailers);
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  release(requestDone: boolean): void {
    this.#receiver = undefined;
    // What is left of the request isn't waited for (RFC 9113 section 8.1).
    if (!requestDone) this.#stream?.close(constants.NGHTTP2_NO_ERROR);
  }

  cancel(code: number): void {
    this.#receiver = undefined;
    if (this.#stream === undefined) this.#session.end(false);
    else this.#stream.close(code);
  }

  #receive(stream: ClientHttp2Stream): void {
    stream.on("headers", (_headers, _flags, ...rest: unknown[]) =>
      this.#head(rest[0] as RawHeaders, (head) => this.#receiver?.interim(head)),
    );
    stream.on("response", (_headers, flags, ...rest: unknown[]) => {
      const raw = rest[0] as RawHeaders;
      const isEmpty = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      const isSized = headerValue(raw, "content-length") !== undefined;
      const framing = isEmpty ? "none" : isSized ? "sized" : "open";
      this.#head(raw, (head) => this.#receiver?.head(head, false), framing);
    });
    stream.on("data", (chunk: Buffer) => {
      this.#read += chunk.length;
      if (this.#receiver?.part(chunk, 0, chunk.length, false) === false) stream.pause();
    });
    stream.on("trailers", (_trailers, _flags, ...rest: unknown[]) => {
      const raw = rest[0] as RawHeaders;
      if (isClean(raw)) this.#trailers = fieldsOf(raw, passesInTrailers);
    });
    stream.on("drain", () => this.#receiver?.drained());
    stream.on("end", () => {
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR) this.#ended();
    });
    stream.on("error", (error) => {
      this.#fault ??= error.message;
    });
    stream.on("close", () => this.#closed(stream));
  }

  #head(raw: RawHeaders, tell: (head: PodAnswer) => void, framing: Framing = "none"): void {
    const status = Number(headerValue(raw, ":status"));
    const fault = !isClean(raw)
      ? "a header with a line break in it"
      : headBytes(raw) > this.#session.headBytes
        ? "its head is too long"
        : undefined;
    if (fault !== undefined) {
      const receiver = this.#receiver;
      this.cancel(constants.NGHTTP2_PROTOCOL_ERROR);
      receiver?.failed({ reason: fault, answered: true });
      return;
    }
    const passes = (name: string) =>
      passesInAnswer(name) && (name !== "content-length" || hasLength(status));
    const reason = ` ${STATUS_CODES[status] ?? ""}`;
    tell({ status, reason, fields: fieldsOf(raw, passes), framing });
  }

  #ended(): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.ended(this.#trailers);
  }

  #closed(stream: ClientHttp2Stream): void {
    const { rstCode: code, id } = stream;
    const { lastStream } = this.#session;
    const isRefused = code === constants.NGHTTP2_REFUSED_STREAM;
    const leftOut = lastStream !== undefined && (id === undefined || id > lastStream);
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#session.end(isRefused && !leftOut);
    receiver?.failed({
      reason: this.#fault ?? "the stream was closed",
      untouched: isRefused || leftOut,
      code,
    });
  }
}

function headersOf({ method, path, host, fields, takesTrailers }: PodRequest) {
  return {
    ":method": method,
    ":scheme": "http",
    ":authority": host,
    ":path": path,
    ...toHeaders(fields),
    // The one value of TE that HTTP/2 allows, and that gRPC servers insist on.
    ...(takesTrailers && { te: "trailers" }),
  };
}
