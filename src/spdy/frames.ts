/** The frames of SPDY/3.1 that Kubernetes clients send, as far as anything depends on them. */
export type SpdyFrame =
  | {
      readonly type: "syn-stream";
      readonly stream: number;
      readonly isLast: boolean;
      readonly block: Buffer;
    }
  | {
      readonly type: "data";
      readonly stream: number;
      readonly isLast: boolean;
      readonly data: Buffer;
    }
  | {
      readonly type: "headers";
      readonly stream: number;
      readonly isLast: boolean;
      readonly block: Buffer;
    }
  | { readonly type: "reset"; readonly stream: number }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "go-away" }
  | { readonly type: "other" };

/** A peer that breaks the protocol, or asks for more than anybody needs. */
export class SpdyError extends Error {
  override readonly name = "SpdyError";
  readonly code = "spdy";
}

const HEAD = 8;
const CONTROL = 0x80;
const FIN = 0x01;
const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const HEADERS = 8;
/** Clients send at most 64 KB a frame; what is longer is held in memory until it is whole. */
const MAX_LENGTH = 1024 * 1024;

/** Cuts a stream of bytes into frames. */
export class SpdyReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws SpdyError */
  *read(chunk: Buffer): Generator<SpdyFrame> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= HEAD) {
      const length = bytes.readUIntBE(5, 3);
      if (length > MAX_LENGTH) throw new SpdyError(`a frame of ${length} bytes`);
      if (bytes.length < HEAD + length) break;
      const frame = parse(bytes.subarray(0, HEAD), bytes.subarray(HEAD, HEAD + length));
      bytes = bytes.subarray(HEAD + length);
      yield frame;
    }
    this.#rest = bytes;
  }
}

function parse(head: Buffer, payload: Buffer): SpdyFrame {
  const isLast = (head[4]! & FIN) !== 0;
  if ((head[0]! & CONTROL) === 0) {
    return { type: "data", stream: head.readUInt32BE(0), isLast, data: payload };
  }
  const version = head.readUInt16BE(0) & 0x7fff;
  if (version !== 3) throw new SpdyError(`version ${version}`);
  const type = head.readUInt16BE(2);
  if (type !== SYN_STREAM && type !== RST_STREAM && type !== PING && type !== HEADERS) {
    return type === GOAWAY ? { type: "go-away" } : { type: "other" };
  }
  if (payload.length < (type === SYN_STREAM ? 10 : 4))
    throw new SpdyError("a frame that is cut off");
  const stream = payload.readUInt32BE(0) & 0x7fffffff;
  switch (type) {
    case SYN_STREAM:
      return { type: "syn-stream", stream, isLast, block: payload.subarray(10) };
    case HEADERS:
      return { type: "headers", stream, isLast, block: payload.subarray(4) };
    case RST_STREAM:
      return { type: "reset", stream };
    default:
      return { type: "ping", id: payload.readUInt32BE(0) };
  }
}

function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt16BE(0x8003, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt8(flags, 4);
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function dataFrame(stream: number, data: Buffer, isLast: boolean): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(stream, 0);
  head.writeUInt8(isLast ? FIN : 0, 4);
  head.writeUIntBE(data.length, 5, 3);
  return Buffer.concat([head, data]);
}

export function openFrame(stream: number, block: Buffer): Buffer {
  // No stream that it belongs to, priority and slot 0.
  return controlFrame(
    SYN_STREAM,
    0,
    Buffer.concat([word(stream), word(0), Buffer.alloc(2), block]),
  );
}

export function replyFrame(stream: number, block: Buffer): Buffer {
  return controlFrame(SYN_REPLY, 0, Buffer.concat([word(stream), block]));
}

/** @param status 5 is CANCEL, 1 PROTOCOL_ERROR. */
export function resetFrame(stream: number, status: number): Buffer {
  return controlFrame(RST_STREAM, 0, Buffer.concat([word(stream), word(status)]));
}

export function pingFrame(id: number): Buffer {
  return controlFrame(PING, 0, word(id));
}
