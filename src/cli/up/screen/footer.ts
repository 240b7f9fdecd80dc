import { cut } from "./cells.ts";
import type { FilterField } from "./filter-field.ts";

const GAP = "   ";

/**
 * The lines at the end: what is typed as a filter, or what keys do.
 * @param keys false where they are not asked for
 */
export function footer(filter: FilterField, keys: readonly string[] | false, width: number) {
  const lines = [filter.line ?? "h help"];
  if (keys === false || filter.isTyping) return lines.map((line) => cut(line, width));
  if (filter.isEmpty) lines.pop();
  let line = "h help";
  for (const key of keys) {
    if (line.length + GAP.length + key.length > width) {
      lines.push(line);
      line = key;
    } else line += GAP + key;
  }
  return [...lines, line].map((each) => cut(each, width));
}
