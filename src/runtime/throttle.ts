import type { Readable } from "node:stream";
import type { Clock } from "./clock.ts";

const WINDOW = 100;
const BYTES_PER_WINDOW = 512 * 1024;

/**
 * Limits reading to 5 MiB a second: a process that floods its output is held up by its pipe, as it would be by a slow
 * disk, and the probes and connections of other pods keep their share of this process' time.
 */
export class Throttle {
  readonly #source: Readable;
  readonly #clock: Clock;
  #windowStart = 0;
  #bytes = 0;

  constructor(source: Readable, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  took(bytes: number): void {
    const now = this.#clock.now();
    if (now - this.#windowStart >= WINDOW) {
      this.#windowStart = now;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    if (this.#bytes < BYTES_PER_WINDOW) return;
    this.#source.pause();
    this.#clock.after(WINDOW - (now - this.#windowStart), () => this.#source.resume());
  }
}
