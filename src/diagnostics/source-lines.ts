/** The lines of a text, found on first use: most texts are read without anyone asking for a position. */
export class SourceLines {
  readonly text: string;
  #starts: number[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Line and column, both from 1, of a UTF-16 offset. Lines end with LF, CR LF or CR. */
  positionAt(offset: number): { line: number; column: number } {
    const starts = this.#lineStarts();
    const clamped = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= clamped) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: clamped - starts[low]! + 1 };
  }

  /** The text of a line without its end; undefined when there is no such line. */
  line(number: number): string | undefined {
    const starts = this.#lineStarts();
    const start = starts[number - 1];
    if (start === undefined) return undefined;
    return this.text.slice(start, starts[number] ?? this.text.length).replace(/[\r\n]+$/, "");
  }

  #lineStarts(): number[] {
    if (this.#starts !== undefined) return this.#starts;
    const starts = [0];
    const end = /\r\n?|\n/g;
    while (end.exec(this.text) !== null) starts.push(end.lastIndex);
    this.#starts = starts;
    return starts;
  }
}
