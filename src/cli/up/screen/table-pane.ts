import { formatTable } from "../../table.ts";
import { cut } from "./cells.ts";
import { FilterField } from "./filter-field.ts";
import type { Pane, Size } from "./pane.ts";

export interface Row {
  /** Stays the same while the cells change. */
  readonly id: string;
  /** Made for the rows alone that are shown, or looked through. */
  readonly cells: () => readonly string[];
}

const REVERSE = "\x1b[7m";
const NOT_REVERSE = "\x1b[27m";

/** A table of which as many rows are shown as there is room for, and one may be chosen. */
export class TablePane implements Pane {
  readonly filter = new FilterField();
  readonly #header: readonly string[];
  readonly #rows: () => readonly Row[];
  #chosen: string | undefined;
  /** Where the chosen row stood last: when it is gone, the one that stands there is chosen. */
  #place = 0;
  /** The first row that is shown, and how many are. */
  #top = 0;
  #shown = 1;

  constructor(header: readonly string[], rows: () => readonly Row[]) {
    this.#header = header;
    this.#rows = rows;
  }

  /** The id of a row; none until one is moved to. */
  get chosen(): string | undefined {
    return this.#chosen;
  }

  move(by: number): void {
    const rows = this.#admitted();
    const from = this.#chosen === undefined ? (by > 0 ? -1 : rows.length) : this.#locate(rows);
    this.#place = Math.max(0, Math.min(rows.length - 1, from + by));
    this.#chosen = rows[this.#place]?.id;
  }

  page(by: number): void {
    this.move(by * Math.max(1, this.#shown));
  }

  /** Lines of the terminal, none wider and no more than there is room for. */
  lines({ width, height }: Size): string[] {
    const rows = this.#admitted();
    const isWhole = rows.length <= height - 1;
    this.#shown = isWhole ? rows.length : Math.max(0, height - 2);
    const chosen = this.#chosen === undefined ? undefined : this.#locate(rows);
    if (chosen !== undefined) this.#chosen = rows[chosen]?.id;
    this.#scrollTo(chosen, rows.length);
    const cells = rows.slice(this.#top, this.#top + this.#shown).map((row) => row.cells());
    const lines = formatTable(this.#header, cells)
      .split("\n")
      .slice(0, -1)
      .map((line) => cut(line, width));
    const marked = chosen === undefined ? undefined : lines[chosen - this.#top + 1];
    if (marked !== undefined) lines[chosen! - this.#top + 1] = REVERSE + marked + NOT_REVERSE;
    return isWhole ? lines : [...lines, cut(this.#beyond(rows.length), width)];
  }

  #admitted(): readonly Row[] {
    const rows = this.#rows();
    return this.filter.isEmpty ? rows : rows.filter(({ cells }) => this.filter.admits(...cells()));
  }

  #locate(rows: readonly Row[]): number {
    const found = rows.findIndex(({ id }) => id === this.#chosen);
    this.#place = found >= 0 ? found : Math.max(0, Math.min(this.#place, rows.length - 1));
    return this.#place;
  }

  #scrollTo(chosen: number | undefined, all: number): void {
    if (chosen !== undefined) {
      this.#top = Math.max(Math.min(this.#top, chosen), chosen - this.#shown + 1);
    }
    this.#top = Math.max(0, Math.min(this.#top, all - this.#shown));
  }

  #beyond(all: number): string {
    const below = all - this.#top - this.#shown;
    const parts = [this.#top > 0 && `${this.#top} above`, below > 0 && `${below} below`];
    return parts.filter((part) => part !== false).join(", ");
  }
}
