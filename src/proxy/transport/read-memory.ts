import type { Receiver } from "./connection.ts";

const SIZE = 64 * 1024;
/** A read of at least so many bytes is taken for part of something large. */
const MUCH = 16 * 1024;
/** After so many smaller reads in a row nothing large is expected any more. */
const PATIENCE = 4;
/** Spare buffers, kept for the next connection that needs one of its own. */
const MAX_SPARE = 32;

/** The buffer that all connections read small amounts into: reads happen one at a time. */
const SHARED = Buffer.allocUnsafeSlow(SIZE);
const spare: Buffer[] = [];

/** The buffer that is being passed to a receiver. */
let passing: Buffer | undefined;
/** A pending write still refers to {@link passing}. */
let lent = false;

/**
 * The buffer that a connection reads into. A pending write holds on to the buffer that its bytes are in. To avoid
 * copying large bodies, a connection that carries one has a buffer of its own, and gets another one when a pending
 * write holds it.
 */
export class ReadMemory {
  buffer: Buffer = SHARED;
  #expected = 0;
  #released = false;

  /** Calls the receiver with what was read. @returns the buffer to read into next, if it is another one. */
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

  /** The connection stops reading. */
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

/** Bytes that stay valid while a write of them is pending: copied if they are in the shared buffer. */
export function kept(bytes: Buffer): Buffer {
  return bytes.buffer === SHARED.buffer ? Buffer.from(bytes) : bytes;
}

/** Bytes that stay valid for good: copied if they are in a buffer that is read into again. */
export function owned(bytes: Buffer): Buffer {
  return bytes.buffer === passing?.buffer ? Buffer.from(bytes) : bytes;
}

/** A write of these bytes is pending. */
export function lend(bytes: Buffer): void {
  if (bytes.buffer === passing?.buffer) lent = true;
}
