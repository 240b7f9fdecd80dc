/** What a terminal obeys instead of showing it: control characters of both sets, line ends and tabs apart. */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

/** In a cell of a table, line ends and tabs as well. */
const CELL_CONTROL = /[\0-\x1f\x7f-\x9f]/g;

/** Those that JSON may contain as they are. */
const LATE_CONTROL = /[\x7f-\x9f]/g;

/** Colours and the like: all that a line of output may ask of a terminal. */
const COLOR = /\x1b\[[\d;:]*m/g;

/**
 * Text from outside (a pod's output, a request's path, a manifest's words) as a terminal may have it: it shows
 * what it would have obeyed as `\x1b`, so that nothing moves the cursor, renames the window or hides a line.
 */
export function printable(text: string): string {
  if (text.search(CONTROL) < 0) return text;
  const parts = text.split(COLOR).map(escaped);
  const colors = text.match(COLOR) ?? [];
  return parts.map((part, i) => part + (colors[i] ?? "")).join("");
}

/**
 * The same for one cell of a table, where colours and tabs would reach into the next one. Of several lines the
 * first is shown, as kubectl does.
 */
export function printableCell(text: string): string {
  if (text.search(CELL_CONTROL) < 0) return text;
  const end = text.search(/[\n\f\r]/);
  return end < 0 ? hex(text, CELL_CONTROL) : `${hex(text.slice(0, end), CELL_CONTROL)}...`;
}

/**
 * JSON for people and machines alike: what a terminal would obey stands there as an escape, which JSON itself asks
 * for only below U+0020.
 */
export function printableJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2) ?? "null";
  return text.replace(LATE_CONTROL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function escaped(text: string): string {
  // Programs that end their lines as Windows does mean no harm.
  return hex(text.replaceAll("\r\n", "\n"), CONTROL);
}

function hex(text: string, control: RegExp): string {
  return text.replace(control, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
