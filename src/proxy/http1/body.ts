import { parseFields } from "./fields.ts";

/**
 * Where a message's body ends. Bytes are passed on unchanged; this only follows them, so that bytes after the body
 * are never taken for part of it, nor part of it for the next message: that is how requests are smuggled.
 */
export interface Body {
  /**
   * Follows the bytes from `start` on.
   * @returns where the message ends in the buffer, or the buffer's length when it goes on; -1 when the bytes are not
   * a valid body, after which the object must not be used any more.
   * @param payload receives start and end of every piece of content, without framing.
   */
  feed(buffer: Buffer, start: number, payload?: number[]): number;
  readonly done: boolean;
  /**
   * Up to where the bytes of the last call may be passed on unchanged. A trailer section is left out, unless it is
   * empty and came at once.
   */
  readonly asIsUpTo: number;
  /** The trailer section, once it was read: field lines, each with its CRLF. */
  readonly trailers?: string;
}

/** Takes a part of a body. @param last whether nothing follows, not even trailers. */
export type PartSink = (buffer: Buffer, start: number, end: number, last: boolean) => void;

/**
 * Follows a body and passes on what belongs to it.
 * @param asIs with its framing; otherwise the content alone.
 * @returns where the body ends in the buffer, see {@link Body.feed}.
 */
export function passOn(
  body: Body,
  buffer: Buffer,
  start: number,
  asIs: boolean,
  sink: PartSink,
): number {
  if (asIs) {
    const end = body.feed(buffer, start);
    const upTo = body.asIsUpTo;
    if (end >= 0 && upTo > start) sink(buffer, start, upTo, body.done && upTo === end);
    return end;
  }
  const pieces: number[] = [];
  const end = body.feed(buffer, start, pieces);
  const bare = body.done && (body.trailers ?? "") === "";
  // Where a chunk is invalid, the valid ones before it are not passed on either.
  if (end < 0) return end;
  for (let i = 0; i < pieces.length; i += 2) {
    sink(buffer, pieces[i] as number, pieces[i + 1] as number, bare && i + 2 === pieces.length);
  }
  return end;
}

/** A body of the length that Content-Length states. */
export class SizedBody implements Body {
  asIsUpTo = 0;
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  feed(buffer: Buffer, start: number, payload?: number[]): number {
    const end = Math.min(buffer.length, start + this.#left);
    this.#left -= end - start;
    if (end > start) payload?.push(start, end);
    this.asIsUpTo = end;
    return end;
  }
}

/** Everything until the connection ends. */
export class UnendingBody implements Body {
  readonly done = false;
  asIsUpTo = 0;

  feed(buffer: Buffer, start: number, payload?: number[]): number {
    if (buffer.length > start) payload?.push(start, buffer.length);
    this.asIsUpTo = buffer.length;
    return buffer.length;
  }
}

const SIZE_FIRST = 0;
const SIZE = 1;
const EXTENSION = 2;
const SIZE_LF = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LF = 6;
const TRAILER = 7;
const DONE = 8;

/** Digits of a chunk's size; thirteen are below 2^52. */
const MAX_SIZE_DIGITS = 13;
const MAX_EXTENSION = 256;
const FORBIDDEN_TRAILERS = /^(?:transfer-encoding|content-length|host|trailer|connection|te)$/i;

/** Chunks (RFC 9112 section 7.1): strict about CRLF, sizes and what a trailer section may hold. */
export class ChunkedBody implements Body {
  readonly #maxTrailer: number;
  #state = SIZE_FIRST;
  #left = 0;
  /** Digits or extension characters of the size line so far. */
  #length = 0;
  #trailer = "";
  /** See {@link Body.trailers}. */
  trailers = "";
  asIsUpTo = 0;

  /** @param maxTrailer bytes of the trailer section. */
  constructor(maxTrailer: number) {
    this.#maxTrailer = maxTrailer;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  feed(buffer: Buffer, start: number, payload?: number[]): number {
    let at = start;
    let trailerAt = this.#state === TRAILER ? start : -1;
    while (at < buffer.length && this.#state !== DONE) {
      if (this.#state === DATA) {
        const end = Math.min(buffer.length, at + this.#left);
        payload?.push(at, end);
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = DATA_CR;
      } else if (this.#state === TRAILER) {
        if (trailerAt < 0) trailerAt = at;
        at = this.#feedTrailer(buffer, at);
        if (at < 0) return -1;
      } else if (!this.#step(buffer[at++] as number)) {
        return -1;
      }
    }
    // An empty trailer section that came at once is these two bytes.
    const wholeAndEmpty = this.#state === DONE && at - trailerAt === 2 && trailerAt > start;
    this.asIsUpTo = trailerAt < 0 || wholeAndEmpty ? at : trailerAt;
    return at;
  }

  #step(c: number): boolean {
    switch (this.#state) {
      case SIZE_FIRST:
      case SIZE: {
        const digit = hex(c);
        if (digit >= 0) {
          this.#left = this.#left * 16 + digit;
          this.#state = SIZE;
          return ++this.#length <= MAX_SIZE_DIGITS;
        }
        if (this.#state === SIZE_FIRST) return false;
        this.#length = 0;
        if (c === 13) this.#state = SIZE_LF;
        else if (c === 59) this.#state = EXTENSION;
        else return false;
        return true;
      }
      case EXTENSION:
        if (c === 13) this.#state = SIZE_LF;
        else if ((c < 32 && c !== 9) || c > 126 || ++this.#length > MAX_EXTENSION) return false;
        return true;
      case SIZE_LF:
        this.#state = this.#left === 0 ? TRAILER : DATA;
        this.#length = 0;
        return c === 10;
      case DATA_CR:
        this.#state = DATA_LF;
        return c === 13;
      case DATA_LF:
        this.#state = SIZE_FIRST;
        return c === 10;
      default:
        return false;
    }
  }

  /** The trailer section is parsed as a whole, once its last line has come. */
  #feedTrailer(buffer: Buffer, start: number): number {
    const before = this.#trailer.length;
    // One character beyond the limit is enough to see that the section is too long.
    const room = this.#maxTrailer + 1 - before;
    const text =
      this.#trailer + buffer.toString("latin1", start, Math.min(buffer.length, start + room));
    const last = text.startsWith("\r\n")
      ? 2
      : text.indexOf("\r\n\r\n", Math.max(0, before - 3)) + 4;
    if (last < 4 && last !== 2) {
      if (text.length > this.#maxTrailer) return -1;
      this.#trailer = text;
      return buffer.length;
    }
    const section = text.slice(0, last);
    if ("fault" in parseFields(section, 0, 100)) return -1;
    for (const line of section.split("\r\n")) {
      if (FORBIDDEN_TRAILERS.test(line.slice(0, Math.max(0, line.indexOf(":"))))) return -1;
    }
    this.#state = DONE;
    this.#trailer = "";
    this.trailers = section.slice(0, -2);
    return start + last - before;
  }
}

function hex(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
