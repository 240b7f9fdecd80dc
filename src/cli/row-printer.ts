import { printableCell } from "../diagnostics/printable.ts";

/** A table that grows: the first rows determine the widths, later ones widen a column where necessary. */
export class RowPrinter {
  readonly #header: readonly string[] | undefined;
  readonly #widths: number[];
  #begun = false;

  /** @param header undefined for a table without one */
  constructor(header: readonly string[] | undefined) {
    this.#header = header;
    this.#widths = (header ?? []).map(({ length }) => length);
  }

  /** The rows as text, after the header the first time. */
  print(rows: readonly (readonly string[])[]): string {
    if (rows.length === 0) return "";
    const shown = rows.map((row) => row.map(printableCell));
    const all = this.#begun || this.#header === undefined ? shown : [this.#header, ...shown];
    this.#begun = true;
    for (const row of all) {
      for (const [i, cell] of row.entries()) {
        this.#widths[i] = Math.max(this.#widths[i] ?? 0, cell.length);
      }
    }
    return all.map((row) => `${this.#line(row)}\n`).join("");
  }

  #line(row: readonly string[]): string {
    return row
      .map((cell, i) => cell.padEnd(this.#widths[i] ?? 0))
      .join("   ")
      .trimEnd();
  }
}
