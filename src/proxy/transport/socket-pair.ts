import { Duplex } from "node:stream";

/** One end of a connection within this process. */
class PairEnd extends Duplex {
  bytesRead = 0;
  bytesWritten = 0;
  #other: PairEnd | undefined;
  /** The callback of the other side's write, which completes when it was read. */
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
    // A writer's callback must not run within its own call.
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
    // After an orderly end, what was sent is still read; destroying one side destroys the other.
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
