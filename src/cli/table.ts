import { RowPrinter } from "./row-printer.ts";

/** Columns padded to their widest cell, three blanks apart, as kubectl prints them; no trailing blanks. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const table = new RowPrinter(header);
  return rows.length === 0 ? `${header.join("   ").trimEnd()}\n` : table.print(rows);
}
