import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import { isFinalStatus } from "../http2/fields.ts";
import { MAX_HELD_INTERIM } from "../interim-answers.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { ClientRequest } from "./client-request.ts";
import { statusLine, toFieldLines } from "./http2-heads.ts";

const CHUNK_END = Buffer.from("\r\n", "latin1");

/** The answer of an HTTP/2 pod, written to an HTTP/1.1 client as it comes. */
export class Http2Answer {
  /** When the final head came. */
  at = 0;
  /** An interim answer came. */
  interim = false;
  /** What is wrong with it. */
  fault: string | undefined;
  readonly #stream: ClientHttp2Stream;
  readonly #connection: ClientConnection;
  readonly #request: ClientRequest;
  #framing: "none" | "length" | "chunks" | "close" = "none";
  #trailers = "";
  #ended = false;
  #interims = 0;

  constructor(stream: ClientHttp2Stream, request: ClientRequest) {
    this.#stream = stream;
    this.#connection = request.connection;
    this.#request = request;
    stream.on("headers", (headers) => this.#interim(headers));
    stream.on("response", (headers, flags) => {
      this.#begin(headers, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0);
    });
    stream.on("data", (chunk: Buffer) => this.#data(chunk));
    stream.on("trailers", (trailers) => {
      this.#trailers = toFieldLines(trailers) ?? "";
    });
    stream.on("end", () => this.#end());
    stream.on("error", (error) => {
      this.fault ??= error.message;
    });
  }

  /** The pod said all it had to say. */
  get isWhole(): boolean {
    return this.#ended && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR;
  }

  #interim(headers: IncomingHttpHeaders): void {
    const status = Number(headers[":status"]);
    const lines = toFieldLines(headers);
    this.interim = true;
    if (++this.#interims > MAX_HELD_INTERIM) {
      this.#refuse(
        `more than ${MAX_HELD_INTERIM} interim answers`,
        constants.NGHTTP2_ENHANCE_YOUR_CALM,
      );
      return;
    }
    // HTTP/1.0 knows no interim answers, and nobody asked for a switch.
    if (this.#request.head.minor === 0 || status === 101 || lines === undefined) return;
    this.#connection.socket.write(`${statusLine(status)}${lines}\r\n`, "latin1");
  }

  #begin(headers: IncomingHttpHeaders, empty: boolean): void {
    const lines = toFieldLines(headers);
    if (lines === undefined) {
      this.#refuse("a header with a line break in it", constants.NGHTTP2_PROTOCOL_ERROR);
      return;
    }
    const request = this.#request;
    const { method, minor } = request.head;
    const setCookie = request.session?.setCookie;
    const status = Number(headers[":status"]);
    if (!isFinalStatus(status)) {
      const what = `it answered with the status ${status}, which HTTP does not know`;
      this.#refuse(what, constants.NGHTTP2_PROTOCOL_ERROR);
      return;
    }
    request.status = status;
    this.at = performance.now();
    const hasLength = headers["content-length"] !== undefined;
    let own = setCookie === undefined ? "" : `Set-Cookie: ${setCookie}\r\n`;
    if (method === "HEAD" || status === 204 || status === 304) {
      this.#framing = "none";
    } else if (hasLength) {
      this.#framing = "length";
    } else if (empty) {
      own += "Content-Length: 0\r\n";
    } else if (minor === 1) {
      this.#framing = "chunks";
      own += "Transfer-Encoding: chunked\r\n";
    } else {
      this.#framing = "close";
    }
    if (this.#framing === "close" || request.isLast) request.closes = true;
    if (request.closes) own += "Connection: close\r\n";
    this.#connection.waitForNothing();
    this.#connection.answers.begin(`${statusLine(status)}${lines}${own}\r\n`);
    this.#connection.answers.flush();
    if (!empty) this.#streaming();
  }

  #refuse(fault: string, code: number): void {
    this.fault ??= fault;
    this.#stream.close(code);
  }

  #data(chunk: Buffer): void {
    if (this.#request.status === 0 || this.#framing === "none" || chunk.length === 0) return;
    const { answers, socket } = this.#connection;
    this.#streaming();
    let open: boolean;
    if (this.#framing === "chunks") {
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
      answers.write(chunk, 0, chunk.length);
      open = socket.write(CHUNK_END);
      socket.uncork();
    } else {
      open = answers.write(chunk, 0, chunk.length);
    }
    if (!open) this.#stream.pause();
  }

  #end(): void {
    this.#ended = true;
    if (this.#framing !== "chunks" || this.#request.status === 0) return;
    if (this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    this.#connection.socket.write(`0\r\n${this.#trailers}\r\n`, "latin1");
  }

  #streaming(): void {
    if (this.#connection.engine.context.limits.streamIdleTime > 0) {
      this.#connection.waitFor("stream");
    }
  }
}
