import { ConnectionError, ErrorCode, protocolError } from "./error-code.ts";
import { Flag, FrameType, MAX_STREAM_ID, MAX_WINDOW } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";

/**
 * Frames that one header section may be split into: empty ones cost no memory, but time without limit
 * (CVE-2024-27316).
 */
const MAX_BLOCK_FRAMES = 64;

/** Receives frames that are valid on their own. Buffers are valid during the call only. */
export interface FrameReceiver {
  /** @param whole the frame's length for flow control, padding included */
  data(id: number, ends: boolean, bytes: Buffer, start: number, end: number, whole: number): void;
  /** A whole header block, however many frames it came in. */
  section(id: number, ends: boolean, bytes: Buffer, start: number, end: number): void;
  reset(id: number, code: number): void;
  settings(bytes: Buffer, start: number, end: number): void;
  ping(payload: Buffer): void;
  pong(payload: Buffer): void;
  goneAway(lastStream: number, code: number): void;
  /** @param id 0 for the whole connection */
  moreRoom(id: number, more: number): void;
  /** A frame that is ignored: a priority, which receivers need not follow, or a frame of an unknown type. */
  nothing(): void;
}

/** A header block whose last frame has not come yet. */
interface Block {
  readonly id: number;
  readonly ends: boolean;
  readonly parts: Buffer[];
  length: number;
}

/** Reads the frames of one direction of a connection and checks the form of each (RFC 9113 section 6). */
export class FrameParser {
  readonly #receiver: FrameReceiver;
  readonly #maxBlock: number;
  readonly #reader = new FrameReader(this.#frame.bind(this));
  #isStopped = false;
  #hasSettings = false;
  #block: Block | undefined;

  /** @param maxBlock bytes of one header block */
  constructor(receiver: FrameReceiver, maxBlock: number) {
    this.#receiver = receiver;
    this.#maxBlock = maxBlock;
  }

  /** @throws ConnectionError for bytes that are no frames, and frames in an order that is not allowed */
  read(bytes: Buffer, length: number): void {
    this.#reader.read(bytes, length);
  }

  /** Stops: no further frame is reported, not even of bytes that were passed in already. */
  stop(): void {
    this.#isStopped = true;
  }

  #frame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (this.#isStopped) return;
    if (!this.#hasSettings && type !== FrameType.SETTINGS) {
      throw protocolError("no settings at first");
    }
    if (this.#block !== undefined && (type !== FrameType.CONTINUATION || id !== this.#block.id)) {
      throw protocolError("a frame in the middle of a header section");
    }
    switch (type) {
      case FrameType.DATA:
        this.#data(flags, id, bytes, start, end);
        break;
      case FrameType.HEADERS:
        this.#headers(flags, id, bytes, start, end);
        break;
      case FrameType.CONTINUATION:
        this.#continuation(flags, id, bytes, start, end);
        break;
      case FrameType.PRIORITY:
        checkPriority(id, bytes, start, end);
        this.#receiver.nothing();
        break;
      case FrameType.RST_STREAM:
        checkSize(end - start === 4, "a reset");
        this.#receiver.reset(id, bytes.readUInt32BE(start));
        break;
      case FrameType.SETTINGS:
        this.#settings(flags, id, bytes, start, end);
        break;
      case FrameType.PUSH_PROMISE:
        throw protocolError("a promise, which nobody asked for");
      case FrameType.PING:
        this.#ping(flags, id, bytes, start, end);
        break;
      case FrameType.GOAWAY:
        checkConnection(id, "a farewell");
        checkSize(end - start >= 8, "a farewell");
        this.#receiver.goneAway(idAt(bytes, start), bytes.readUInt32BE(start + 4));
        break;
      case FrameType.WINDOW_UPDATE:
        checkSize(end - start === 4, "a window update");
        this.#receiver.moreRoom(id, bytes.readUInt32BE(start) & MAX_WINDOW);
        break;
      default:
        this.#receiver.nothing();
    }
  }

  #data(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocolError("data without a stream");
    const [from, to] = unpadded(flags, bytes, start, end);
    this.#receiver.data(id, hasFlag(flags, Flag.END_STREAM), bytes, from, to, end - start);
  }

  #headers(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocolError("a header section without a stream");
    let [from, to] = unpadded(flags, bytes, start, end);
    if (hasFlag(flags, Flag.PRIORITY)) {
      checkSize(to - from >= 5, "a priority");
      checkPriority(id, bytes, from, from + 5);
      from += 5;
    }
    const ends = hasFlag(flags, Flag.END_STREAM);
    if (hasFlag(flags, Flag.END_HEADERS)) {
      this.#receiver.section(id, ends, bytes, from, to);
    } else {
      const part = Buffer.from(bytes.subarray(from, to));
      this.#block = { id, ends, parts: [part], length: part.length };
    }
  }

  #continuation(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const block = this.#block;
    if (block === undefined) throw protocolError("the continuation of nothing");
    block.parts.push(Buffer.from(bytes.subarray(start, end)));
    block.length += end - start;
    if (block.length > this.#maxBlock || block.parts.length > MAX_BLOCK_FRAMES) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "a header section without an end");
    }
    if (!hasFlag(flags, Flag.END_HEADERS)) return;
    this.#block = undefined;
    this.#receiver.section(id, block.ends, Buffer.concat(block.parts), 0, block.length);
  }

  #settings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    checkConnection(id, "settings");
    if (hasFlag(flags, Flag.ACK)) {
      checkSize(start === end, "an acknowledgement");
      return;
    }
    this.#hasSettings = true;
    this.#receiver.settings(bytes, start, end);
  }

  #ping(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    checkConnection(id, "a ping");
    checkSize(end - start === 8, "a ping");
    const payload = bytes.subarray(start, end);
    if (hasFlag(flags, Flag.ACK)) this.#receiver.pong(payload);
    else this.#receiver.ping(payload);
  }
}

/** A payload without its padding. */
function unpadded(flags: number, bytes: Buffer, start: number, end: number): [number, number] {
  if (!hasFlag(flags, Flag.PADDED)) return [start, end];
  checkSize(start < end, "padding");
  const padding = bytes[start] as number;
  if (padding >= end - start) throw protocolError("more padding than there is room for");
  return [start + 1, end - padding];
}

/** Priorities are not followed (RFC 9113 section 5.3.2), but have to be well-formed. */
function checkPriority(id: number, bytes: Buffer, start: number, end: number): void {
  if (id === 0) throw protocolError("a priority without a stream");
  checkSize(end - start === 5, "a priority");
  if (idAt(bytes, start) === id) throw protocolError("a stream that depends on itself");
}

function checkConnection(id: number, what: string): void {
  if (id !== 0) throw protocolError(`${what} of a stream`);
}

function checkSize(isRight: boolean, what: string): void {
  if (isRight) return;
  throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `${what} of another length than it has`);
}

function hasFlag(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

function idAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) & MAX_STREAM_ID;
}
