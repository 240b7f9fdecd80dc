import type { FieldSection } from "../exchange/field-section.ts";
import type { BodyFraming } from "../exchange/outbound.ts";
import type { Connection } from "../transport/connection.ts";

/** Where messages are written. */
export type Output = Pick<Connection, "write" | "writeText" | "writeBoth">;

/** Bodies up to this size are copied into one write with their head: cheaper than a second write. */
const JOINED_BYTES = 4 * 1024;

/**
 * Writes messages to a connection, one after the other. A head is held back until the first bytes of its body, to
 * send both in one write.
 */
export class MessageWriter {
  readonly #output: Output;
  #head = "";
  #framing: BodyFraming = "none";
  #isWhole = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /**
   * A head, which {@link flush} or a part of the body sends.
   * @param framing `open`: parts are content, and are put into chunks; otherwise they go out as they come.
   */
  begin(head: string, framing: BodyFraming): void {
    this.#head = head;
    this.#framing = framing;
    this.#isWhole = false;
  }

  /** @returns false when the other side reads too slowly. */
  write(buffer: Buffer, start: number, end: number, last: boolean): boolean {
    const output = this.#output;
    const wraps = this.#framing === "open";
    const before = wraps ? `${this.#head}${(end - start).toString(16)}\r\n` : this.#head;
    const after = wraps ? (last ? "\r\n0\r\n\r\n" : "\r\n") : "";
    this.#head = "";
    this.#isWhole = last;
    if (before !== "" && end - start <= JOINED_BYTES) {
      return output.writeText(before + buffer.toString("latin1", start, end) + after);
    }
    if (before === "") return output.write(buffer, start, end);
    const open = output.writeBoth(before, buffer, start, end);
    return after === "" ? open : output.writeText(after);
  }

  /** Writes the end of the content, unless its last part was marked as the last. */
  end(trailers: FieldSection): void {
    const isChunked = this.#framing === "open" || this.#framing === "chunked";
    if (isChunked && !this.#isWhole) {
      this.#head += `${this.#framing === "open" ? "0\r\n" : ""}${trailers.lines}\r\n`;
    }
    this.flush();
  }

  flush(): void {
    const head = this.#head;
    if (head === "") return;
    this.#head = "";
    this.#output.writeText(head);
  }
}
