import { Writable } from "node:stream";

export type TalkFormat = "text" | "json";

/**
 * What `up` says while it runs: to the terminal, or above the live table while there is one; as text, or as
 * JSON lines for machines.
 */
export class Talk extends Writable {
  target: Writable;
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

  /** Something with a form of its own: the record for machines, the text for people (none: not worth telling). */
  tell(record: Readonly<Record<string, unknown>>, text: string | undefined): void {
    if (this.isJson) this.#writeJson(record);
    else if (text === this.#last) this.#again++;
    else if (text !== undefined) {
      this.#unfold();
      this.#last = text;
      this.target.write(`${text}\n`);
    }
  }

  /** A flapping pod fills no screen: what repeats is counted, and the count told when something else comes. */
  #unfold(): void {
    if (this.#again > 0) this.target.write(`  (${this.#again} more of the line above)\n`);
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
        if (line.startsWith("{")) this.target.write(`${line}\n`);
        else if (line.trim() !== "") this.#writeJson({ type: "note", message: line.trim() });
      }
    } else {
      this.#unfold();
      this.target.write(chunk);
    }
    callback();
  }

  #writeJson(record: Readonly<Record<string, unknown>>): void {
    const plain = (_key: string, value: unknown) =>
      value instanceof Map ? Object.fromEntries(value) : value;
    this.target.write(`${JSON.stringify({ time: new Date().toISOString(), ...record }, plain)}\n`);
  }
}
