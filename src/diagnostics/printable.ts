/** What a terminal obeys instead of showing it: control characters of both sets, line ends and tabs apart. */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

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

function escaped(text: string): string {
  // Programs that end their lines as Windows does mean no harm.
  return text
    .replaceAll("\r\n", "\n")
    .replace(CONTROL, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
