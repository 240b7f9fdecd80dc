import { FieldSection } from "../exchange/field-section.ts";
import { type Channel, NOBODY, type Receiver } from "../transport/connection.ts";
import { ErrorCode } from "./error-code.ts";
import type { Head, Loss, Stream, StreamReceiver } from "./stream.ts";

/** A stream that has become a channel for another protocol (RFC 9113 section 8.5, RFC 8441 section 5). */
export class StreamChannel<H extends Head> implements Channel, StreamReceiver<H> {
  receiver: Receiver = NOBODY;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #stream: Stream<H>;
  readonly #broken: number;
  #isPaused = true;
  #error: Error | undefined;

  /** @param broken the error code that stands for a broken connection */
  constructor(stream: Stream<H>, broken: number) {
    this.#stream = stream;
    this.#broken = broken;
    stream.pause();
    stream.receiver = this;
    stream.onOver = () => process.nextTick(() => this.receiver.closed(this.#error));
  }

  get pending(): number {
    return this.#stream.pending;
  }

  get hasEnded(): boolean {
    return this.#stream.isRead;
  }

  write(bytes: Buffer, start = 0, end = bytes.length): boolean {
    if (this.#stream.isOpen) this.bytesWritten += end - start;
    return this.#stream.write(bytes, start, end, false);
  }

  end(): void {
    this.#stream.end(FieldSection.EMPTY);
  }

  finish(): void {
    this.end();
    this.#stream.leave();
  }

  close(): void {
    this.#stream.reset(ErrorCode.CANCEL);
  }

  reset(): void {
    this.#stream.reset(this.#broken);
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#isPaused = false;
    // Otherwise bytes that are held already would be delivered within this call.
    process.nextTick(() => {
      if (!this.#isPaused) this.#stream.resume();
    });
  }

  // Events of the stream.

  answered(): void {}

  data(bytes: Buffer, start: number, end: number): void {
    this.bytesRead += end - start;
    this.receiver.received(bytes.subarray(start, end), end - start);
  }

  ended(): void {
    this.receiver.ended();
  }

  drained(): void {
    this.receiver.drained();
  }

  lost({ code, reason }: Loss): void {
    if (code !== ErrorCode.NO_ERROR) this.#error = new Error(reason);
  }
}
