import { Duplex } from "node:stream";

/** One end of a connection within this process. */
class PairEnd extends Duplex {
  bytesRead = 0;
  bytesWritten = 0;
  #other: PairEnd | undefined;
  /** The other side's write that waits until what it sent is read. */
  #waiting: (() => void) | undefined;

  constructor() {
    super({ allowHalfOpen: true });
  }

  static pair(): [PairEnd, PairEnd] {
    const [a, b] = [new PairEnd(), new PairEnd()];
    a.#other = b;
    b.#other = a;
    return [a, b];
  }

  override _read(): void {
    const written = this.#waiting;
    this.#waiting = undefined;
    written?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    const other = this.#other as PairEnd;
    this.bytesWritten += chunk.length;
    // The writer's callbacks never run within its call.
    process.nextTick(() => {
      if (other.destroyed) return callback();
      other.bytesRead += chunk.length;
      if (other.push(chunk)) callback();
      else other.#waiting = callback;
    });
  }

  override _final(callback: () => void): void {
    process.nextTick(() => {
      this.#other?.push(null);
      callback();
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const other = this.#other as PairEnd;
    // What was sent before a proper end is still read; who breaks off takes the other end along.
    if (!this.writableFinished) process.nextTick(() => other.destroy());
    this._read();
    callback(error);
  }

  resetAndDestroy(): this {
    return this.destroy();
  }
}

/** A connection whose two ends are both in this process, without an address or file that others could reach. */
export function socketPair(): [PairEnd, PairEnd] {
  return PairEnd.pair();
}
