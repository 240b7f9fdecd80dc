import type { TextEdit } from "../diagnostics/diagnostic.ts";

/** The text with the edits applied. Of overlapping edits only the first in the text is applied. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const lines = text.split(/(\r\n|\r|\n)/);
  // From the end, so that earlier offsets stay valid.
  const inOrder = withoutOverlaps(edits).reverse();
  for (const { line, start, end, text: now } of inOrder) {
    const index = (line - 1) * 2;
    const before = lines[index] ?? "";
    lines[index] = before.slice(0, start - 1) + now + before.slice(end - 1);
  }
  return lines.join("");
}

/** In the order of the text, without overlaps; the others are found again when the text is read once more. */
export function withoutOverlaps(edits: readonly TextEdit[]): TextEdit[] {
  const kept: TextEdit[] = [];
  for (const edit of [...edits].sort((a, b) => a.line - b.line || a.start - b.start)) {
    const last = kept.at(-1);
    if (last === undefined || last.line < edit.line || last.end <= edit.start) kept.push(edit);
  }
  return kept;
}
