import { printable } from "../diagnostics/printable.ts";
import { formatTable } from "./table.ts";

/** A part of what `describe` and `trace` print: a heading, and lines below it. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** The sections as text, without empty ones. */
export function formatSections(sections: readonly Section[], color: boolean): string {
  const bold = (text: string) => (color ? `\x1b[1m${text}\x1b[0m` : text);
  return sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => {
      const body = lines.map((line) => `  ${printable(line)}\n`).join("");
      return `${bold(title)}\n${body}`;
    })
    .join("");
}

/** Pairs in two columns, without those that have no value. */
export function pairs(
  rows: readonly (readonly [name: string, value: string | undefined])[],
): string[] {
  const written = rows.filter(([, value]) => value !== undefined && value !== "");
  const width = written.reduce((widest, [name]) => Math.max(widest, name.length), 0);
  return written.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** Rows in columns, without a header. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const header = rows[0]!.map(() => "");
  return formatTable(header, rows).split("\n").slice(1, -1);
}
