import type { Receiver } from "./connection.ts";

const SIZE = 64 * 1024;
/** A read of more is part of something large, of which more will come. */
const MUCH = 16 * 1024;
/** Reads of less after which nothing large is expected any more. */
const PATIENCE = 4;
/** Buffers that are kept for the next connection that needs one of its own. */
const MAX_SPARE = 32;

/** What connections read into as long as little comes at a time: one buffer for all, as only one is read at once. */
const SHARED = Buffer.allocUnsafeSlow(SIZE);
const spare: Buffer[] = [];

/** The buffer whose bytes are being passed to a receiver now. */
let passing: Buffer | undefined;
/** The system still reads from {@link passing}. */
let lent = false;

/**
 * Where a connection reads into. A write that has to wait keeps the memory that it is made of; so that large
 * bodies needn't be copied for that, a connection that carries one has a buffer of its own meanwhile, and gets
 * another when that one was kept.
 */
export class ReadMemory {
  buffer: Buffer = SHARED;
  #expected = 0;
  #released = false;

  /** Calls the receiver with what was read. @returns the buffer to read into from now on, if that is another one. */
  pass(length: number, receiver: Receiver): Buffer | undefined {
    const before = this.buffer;
    passing = before;
    lent = false;
    receiver.received(before, length);
    passing = undefined;
    if (length > MUCH) this.#expected = PATIENCE;
    else if (this.#expected > 0) this.#expected--;
    if (this.#released || this.#expected === 0) this.buffer = SHARED;
    else if (before === SHARED || lent) this.buffer = spare.pop() ?? Buffer.allocUnsafeSlow(SIZE);
    if (this.buffer === before) return undefined;
    if (!lent) giveBack(before);
    return this.buffer;
  }

  /** The connection reads no more. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (this.buffer === passing) return;
    giveBack(this.buffer);
    this.buffer = SHARED;
  }
}

function giveBack(buffer: Buffer): void {
  if (buffer !== SHARED && spare.length < MAX_SPARE) spare.push(buffer);
}

/** Bytes that stay as they are while a write of them waits: copied if they stand where everybody reads into. */
export function kept(bytes: Buffer): Buffer {
  return bytes.buffer === SHARED.buffer ? Buffer.from(bytes) : bytes;
}

/** Bytes that stay as they are for good: copied if they stand where anybody reads into. */
export function owned(bytes: Buffer): Buffer {
  return bytes.buffer === passing?.buffer ? Buffer.from(bytes) : bytes;
}

/** A write of these bytes waits. */
export function lend(bytes: Buffer): void {
  if (bytes.buffer === passing?.buffer) lent = true;
}
