import { Writable } from "node:stream";
import { printable } from "../../diagnostics/printable.ts";

/** Bytes that wait for a reader at most: what it does not read stays in memory. */
const MAX_WAITING = 4 * 1024 * 1024;

export type TalkFormat = "text" | "json";

/**
 * What `up` says while it runs: to the terminal, or above the live table while there is one; as text, or as
 * JSON lines for machines.
 */
export class Talk extends Writable {
  target: Writable;
  /** Lines that could not be written. */
  lostLines = 0;
  /** Those of them that nobody was told of, and what the last of them met. */
  #untold: { lines: number; why: string } | undefined;
  readonly #format: TalkFormat;
  /** The last event told as text, and how often it came again since. */
  #last: string | undefined;
  #again = 0;

  constructor(target: Writable, format: TalkFormat) {
    super({ decodeStrings: false });
    this.target = target;
    this.#format = format;
  }

  get isJson(): boolean {
    return this.#format === "json";
  }

  /** Whether what was said last could not be written. */
  get isLosing(): boolean {
    return this.#untold !== undefined;
  }

  /** Something with a form of its own: the record for machines, the text for people (none: not worth telling). */
  tell(record: Readonly<Record<string, unknown>>, text: string | undefined): void {
    if (this.isJson) this.#writeJson(record);
    else if (text === this.#last) this.#again++;
    else if (text !== undefined) {
      this.#unfold();
      this.#last = text;
      this.#put(`${text}\n`);
    }
  }

  /**
   * A full disk, a reader that is gone and one that reads no more cost lines; once lines arrive again, how many.
   */
  #put(text: string | Uint8Array): void {
    if (this.target.writableLength > MAX_WAITING) {
      this.#lose(text, "nobody read them");
      return;
    }
    this.target.write(printable(String(text)), (error) => {
      if (error) {
        this.#lose(text, (error as NodeJS.ErrnoException).code ?? error.message);
        return;
      }
      // While much still waits, the reader has not come back.
      if (this.#untold === undefined || this.target.writableLength > MAX_WAITING / 2) return;
      const { lines, why } = this.#untold;
      this.#untold = undefined;
      const message = `${lines} line${lines === 1 ? "" : "s"} could not be written here (${why})`;
      if (this.isJson) this.#writeJson({ type: "lines-lost", lines, why });
      else this.#put(`note: ${message}\n`);
    });
  }

  #lose(text: string | Uint8Array, why: string): void {
    const lines = countLines(text);
    this.lostLines += lines;
    this.#untold = { lines: (this.#untold?.lines ?? 0) + lines, why };
  }

  /** A flapping pod fills no screen: what repeats is counted, and the count told when something else comes. */
  #unfold(): void {
    if (this.#again > 0) this.#put(`  (${this.#again} more of the line above)\n`);
    this.#again = 0;
    this.#last = undefined;
  }

  override _write(
    chunk: string | Uint8Array,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    if (this.isJson) {
      for (const line of String(chunk).split("\n")) {
        if (line.startsWith("{")) this.#put(`${line}\n`);
        else if (line.trim() !== "") this.#writeJson({ type: "note", message: line.trim() });
      }
    } else {
      this.#unfold();
      this.#put(chunk);
    }
    callback();
  }

  #writeJson(record: Readonly<Record<string, unknown>>): void {
    const plain = (_key: string, value: unknown) =>
      value instanceof Map ? Object.fromEntries(value) : value;
    this.#put(`${JSON.stringify({ time: new Date().toISOString(), ...record }, plain)}\n`);
  }
}

function countLines(text: string | Uint8Array): number {
  return String(text)
    .split("\n")
    .filter((line) => line !== "").length;
}
