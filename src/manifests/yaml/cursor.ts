import { CR, isBreak, isWideBreak, LF } from "./characters.ts";

/** A place in a document that is `[start, end)` of a text. Behind the end there are only zeros. */
export class Cursor {
  readonly text: string;
  readonly end: number;
  offset: number;
  /** Where the line begins. */
  lineStart: number;

  constructor(text: string, start: number, end: number) {
    this.text = text;
    this.end = end;
    this.offset = start;
    this.lineStart = start;
  }

  get column(): number {
    return this.offset - this.lineStart;
  }

  /** The UTF-16 unit so many after the current one; 0 behind the end. */
  code(ahead = 0): number {
    const at = this.offset + ahead;
    return at < this.end ? this.text.charCodeAt(at) : 0;
  }

  /**
   * Passes the line break at the cursor.
   * @returns what it means inside a scalar: `\n`, or the separators of Unicode as they are.
   */
  passBreak(): string {
    const code = this.code();
    if (code === LF) this.offset++;
    else if (code === CR) this.offset += this.#carriageReturnLength();
    else if (isWideBreak(code)) this.offset++;
    this.lineStart = this.offset;
    return code === 0x2028 ? "\u2028" : code === 0x2029 ? "\u2029" : "\n";
  }

  /** kubectl turns CR LF into LF first, and only then reads YAML, to which CR LF is one break again. */
  #carriageReturnLength(): number {
    if (this.code(1) === LF) return 2;
    return this.code(1) === CR && this.code(2) === LF ? 3 : 1;
  }

  /** Moves to the next line break, or to the end. */
  skipLine(): void {
    let { offset } = this;
    const { text, end } = this;
    while (offset < end && !isBreak(text.charCodeAt(offset))) offset++;
    this.offset = offset;
  }
}
