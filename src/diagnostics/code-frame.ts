import type { SourceLines } from "./source-lines.ts";

/** Longer lines are cut to a window of this many characters around the column. */
const MAX_WIDTH = 100;

/**
 * The line of a position with a caret below the column, and the line before it:
 *
 *     4 |   labels:
 *     5 |     release: stable,
 *       |              ^
 */
export function codeFrame(lines: SourceLines, line: number, column: number): string {
  const text = lines.line(line);
  if (text === undefined) return "";
  const start = Math.max(0, Math.min(column - 1 - MAX_WIDTH / 2, text.length - MAX_WIDTH));
  const gutter = String(line).length;
  const rows: string[] = [];
  const before = lines.line(line - 1);
  if (before !== undefined && before.trim() !== "") {
    rows.push(frameRow(String(line - 1), gutter, visible(before.slice(start, start + MAX_WIDTH))));
  }
  rows.push(frameRow(String(line), gutter, visible(text.slice(start, start + MAX_WIDTH))));
  rows.push(frameRow("", gutter, `${" ".repeat(Math.max(0, column - 1 - start))}^`));
  return rows.join("\n");
}

function frameRow(label: string, gutter: number, text: string): string {
  return `${label.padStart(gutter)} | ${text}`.trimEnd();
}

/**
 * The text with every control character and every character that reorders or hides others replaced
 * by one visible sign of the same width: a manifest must not control the user's terminal.
 */
export function visible(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (c) =>
    c === "\t" ? " " : "\ufffd",
  );
}
