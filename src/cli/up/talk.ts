import { Writable } from "node:stream";

/** What `up` says while it runs: to the terminal, or above the live table while there is one. */
export class Talk extends Writable {
  target: Writable;

  constructor(target: Writable) {
    super({ decodeStrings: false });
    this.target = target;
  }

  override _write(
    chunk: string | Uint8Array,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.target.write(chunk);
    callback();
  }
}
