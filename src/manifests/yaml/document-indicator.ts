import { DASH, endsWord } from "./characters.ts";
import type { Cursor } from "./cursor.ts";

const DOT = 0x2e;

/** Whether `---` or `...` stands at the cursor, which is at the begin of a line. */
export function isDocumentIndicator(cursor: Cursor): boolean {
  const code = cursor.code();
  if (code !== DASH && code !== DOT) return false;
  return cursor.code(1) === code && cursor.code(2) === code && endsWord(cursor.code(3));
}
