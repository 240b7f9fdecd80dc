import type { Socket } from "node:net";
import { type Connection, NOBODY, type Receiver } from "../../../src/proxy/transport/connection.ts";
import { NOWHERE } from "../../../src/proxy/transport/roster.ts";

/** A connection without a network: what is written is there to be read, and is taken at once unless it is held up. */
export class MemoryConnection implements Connection {
  receiver: Receiver = NOBODY;
  slot = NOWHERE;
  readonly since = Date.now();
  readonly remote = { address: "192.0.2.1", port: 1 };
  readonly local = { address: "192.0.2.2", port: 2 };
  bytesRead = 0;
  bytesWritten = 0;
  pending = 0;
  isPaused = true;
  hasEnded = false;
  isWritable = true;
  isClosed = false;
  /** The other side takes nothing. */
  isHeldUp = false;
  #written: Buffer[] = [];

  get isFull(): boolean {
    return this.pending > 0;
  }

  /** What was written since the last call. */
  take(): Buffer {
    const all = Buffer.concat(this.#written);
    this.#written = [];
    return all;
  }

  /** The other side takes everything. */
  release(): void {
    this.isHeldUp = false;
    this.pending = 0;
    this.receiver.drained();
  }

  write(bytes: Buffer, start = 0, end = bytes.length): boolean {
    if (!this.isWritable) return false;
    this.#written.push(Buffer.from(bytes.subarray(start, end)));
    this.bytesWritten += end - start;
    if (this.isHeldUp) this.pending += end - start;
    return !this.isFull;
  }

  writeText(text: string): boolean {
    return this.write(Buffer.from(text, "latin1"));
  }

  writeBoth(text: string, bytes: Buffer, start?: number, end?: number): boolean {
    this.writeText(text);
    return this.write(bytes, start, end);
  }

  end(): void {
    this.isWritable = false;
  }

  finish(): void {
    this.close();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.isWritable = false;
    process.nextTick(() => this.receiver.closed(undefined));
  }

  reset(): void {
    this.close();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  toSocket(): Socket {
    throw new Error("it has no socket");
  }
}
