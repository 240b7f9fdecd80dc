import type { ClientHttp2Stream, ServerHttp2Stream } from "node:http2";
import { FieldSection } from "../exchange/field-section.ts";
import { owned } from "../transport/read-memory.ts";
import { toHeaders } from "./fields.ts";
import { sendHeaders } from "./send-headers.ts";

/** Writes the body of a message to a stream, and the trailers after it. */
export class StreamWriter {
  readonly #stream: ServerHttp2Stream | ClientHttp2Stream;
  #written = 0;
  #trailers = FieldSection.EMPTY;

  constructor(stream: ServerHttp2Stream | ClientHttp2Stream, onError: (error: Error) => void) {
    this.#stream = stream;
    // Without trailers this is an empty frame that ends the stream.
    stream.on("wantTrailers", () =>
      sendHeaders(stream, "sendTrailers", toHeaders(this.#trailers), onError),
    );
  }

  /** Grows as the other side takes bytes. */
  get moved(): number {
    return this.#written - this.#stream.writableLength;
  }

  /** @returns false when the other side reads too slowly. */
  write(buffer: Buffer, start: number, end: number, last: boolean): boolean {
    const part = owned(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end));
    this.#written += part.length;
    // What is known to be the last goes with the end of the stream in one frame.
    if (!last) return this.#stream.write(part);
    this.#stream.end(part);
    return true;
  }

  end(trailers: FieldSection): void {
    this.#trailers = trailers;
    if (!this.#stream.writableEnded) this.#stream.end();
  }
}
