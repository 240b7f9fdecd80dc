import { ConnectionError, ErrorCode } from "./error-code.ts";
import { FRAME_HEAD, FRAME_SIZE, type FrameSink } from "./frame.ts";

/** Splits the input into frames, and keeps the beginning of a frame that is incomplete. */
export class FrameReader {
  readonly #sink: FrameSink;
  #kept: Buffer = NOTHING;
  #length = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** @throws ConnectionError when a frame is longer than the settings allow */
  read(bytes: Buffer, length: number): void {
    let at = this.#length === 0 ? 0 : this.#complete(bytes, length);
    while (length - at >= FRAME_HEAD) {
      const end = at + FRAME_HEAD + payloadLength(bytes, at);
      if (end > length) break;
      this.#pass(bytes, at, end);
      at = end;
    }
    if (at < length) this.#keep(bytes, at, length);
  }

  /** Adds to an incomplete frame. @returns where the frame ends in the bytes. */
  #complete(bytes: Buffer, length: number): number {
    let at = 0;
    if (this.#length < FRAME_HEAD) {
      at = Math.min(FRAME_HEAD - this.#length, length);
      this.#keep(bytes, 0, at);
      if (this.#length < FRAME_HEAD) return at;
    }
    const missing = FRAME_HEAD + payloadLength(this.#kept, 0) - this.#length;
    const taken = Math.min(missing, length - at);
    this.#keep(bytes, at, at + taken);
    if (taken < missing) return length;
    const frame = this.#kept;
    const end = this.#length;
    this.#length = 0;
    this.#kept = NOTHING;
    this.#pass(frame, 0, end);
    return at + taken;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#kept.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#kept.length, FRAME_HEAD));
      this.#kept.copy(larger, 0, 0, this.#length);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#length, start, end);
    this.#length = length;
  }

  #pass(bytes: Buffer, at: number, end: number): void {
    const type = bytes[at + 3] as number;
    const flags = bytes[at + 4] as number;
    const id = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    this.#sink(type, flags, id, bytes, at + FRAME_HEAD, end);
  }
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = bytes.readUIntBE(at, 3);
  if (length > FRAME_SIZE) {
    throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${length} bytes`);
  }
  return length;
}

const NOTHING = Buffer.alloc(0);
