import type { Connection } from "../transport/connection.ts";
import { Flag, FRAME_HEAD, FRAME_SIZE, FrameType } from "./frame.ts";

/** Bytes that are collected at most before they are written. */
const SIZE = 64 * 1024;
/** Spare buffers, kept for the next connection that writes. */
const MAX_SPARE = 16;

const spare: Buffer[] = [];
const waiting = new Set<FrameWriter>();

/**
 * Collects the frames that a connection sends during one turn of the event loop and writes them with one system call.
 */
export class FrameWriter {
  readonly #connection: Connection;
  #bytes: Buffer | undefined;
  #length = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The system accepts no more for now. */
  get isFull(): boolean {
    return this.#connection.isFull;
  }

  /** Bytes that the system has not accepted yet. */
  get pending(): number {
    return this.#connection.pending + this.#length;
  }

  /** A header section, in as many frames as it takes; a frame of {@link FRAME_SIZE} bytes is accepted by every peer. */
  headers(id: number, block: Buffer, length: number, ends: boolean): void {
    const whole = length <= FRAME_SIZE;
    const first = whole ? length : FRAME_SIZE;
    const flags = (ends ? Flag.END_STREAM : 0) | (whole ? Flag.END_HEADERS : 0);
    this.#frame(FrameType.HEADERS, flags, id, block, 0, first);
    for (let at = first; at < length; at += FRAME_SIZE) {
      const end = Math.min(at + FRAME_SIZE, length);
      this.#frame(
        FrameType.CONTINUATION,
        end === length ? Flag.END_HEADERS : 0,
        id,
        block,
        at,
        end,
      );
    }
  }

  /** @param bytes at most as many as fit in one frame. */
  data(id: number, bytes: Buffer, start: number, end: number, ends: boolean): void {
    this.#frame(FrameType.DATA, ends ? Flag.END_STREAM : 0, id, bytes, start, end);
  }

  frame(type: number, flags: number, id: number, payload: Buffer): void {
    this.#frame(type, flags, id, payload, 0, payload.length);
  }

  /** A frame whose payload is one number of four bytes. */
  number(type: number, id: number, value: number): void {
    const at = this.#begin(type, 0, id, 4);
    (this.#bytes as Buffer).writeUInt32BE(value, at);
  }

  #frame(type: number, flags: number, id: number, from: Buffer, start: number, end: number): void {
    const length = end - start;
    const at = this.#begin(type, flags, id, length);
    const bytes = this.#bytes as Buffer;
    if (length > 48) from.copy(bytes, at, start, end);
    else for (let i = 0; i < length; i++) bytes[at + i] = from[start + i] as number;
  }

  /** Makes room for a frame. @returns where its payload goes. */
  #begin(type: number, flags: number, id: number, length: number): number {
    if (this.#length + FRAME_HEAD + length > SIZE) this.flush();
    if (this.#bytes === undefined) {
      this.#bytes = spare.pop() ?? Buffer.allocUnsafeSlow(SIZE);
      waiting.add(this);
      flushLater();
    }
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = length >> 16;
    bytes[at + 1] = length >> 8;
    bytes[at + 2] = length;
    bytes[at + 3] = type;
    bytes[at + 4] = flags;
    bytes[at + 5] = id >> 24;
    bytes[at + 6] = id >> 16;
    bytes[at + 7] = id >> 8;
    bytes[at + 8] = id;
    this.#length = at + FRAME_HEAD + length;
    return at + FRAME_HEAD;
  }

  /** Writes what was collected. */
  flush(): void {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    const length = this.#length;
    this.#bytes = undefined;
    this.#length = 0;
    waiting.delete(this);
    this.#connection.write(bytes, 0, length);
    // The system still reads from a buffer whose write is pending.
    if (this.#connection.pending === 0 && spare.length < MAX_SPARE) spare.push(bytes);
  }

  /** Stops writing. */
  drop(): void {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    this.#bytes = undefined;
    this.#length = 0;
    waiting.delete(this);
    if (spare.length < MAX_SPARE) spare.push(bytes);
  }
}

let willFlush = false;

function flushLater(): void {
  if (willFlush) return;
  willFlush = true;
  setImmediate(flushAll);
}

function flushAll(): void {
  willFlush = false;
  try {
    for (const writer of waiting) writer.flush();
  } finally {
    // An error of one connection must not keep the others from being flushed.
    if (waiting.size > 0) flushLater();
  }
}
