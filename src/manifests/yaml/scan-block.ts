import { DASH, endsWord, HASH, isBlank, isBreak, SPACE, TAB } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import { syntaxError } from "./yaml-error.ts";

const GREATER = 0x3e;
const PLUS = 0x2b;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/**
 * Scans the block scalar (`|` or `>`) at the cursor.
 * @param parentIndent the column of the block around it, -1 at the top.
 */
export function scanBlock(cursor: Cursor, parentIndent: number): string {
  const { text } = cursor;
  const folded = cursor.code() === GREATER;
  const { chomping, increment } = passHeader(cursor);
  let indent = increment === 0 ? 0 : Math.max(parentIndent, 0) + increment;
  const first = passIndentation(cursor, indent, parentIndent);
  indent = first.indent;
  let breaks = first.breaks;
  let value = "";
  // Of the line before: its break, and whether it began with a blank.
  let lineBreak = "";
  let blankBefore = false;
  while (cursor.column === indent && cursor.offset < cursor.end) {
    const blank = isBlank(cursor.code());
    if (folded && !blankBefore && !blank && lineBreak === "\n") {
      if (breaks === "") value += " ";
    } else value += lineBreak;
    const from = cursor.offset;
    cursor.skipLine();
    value += breaks + text.slice(from, cursor.offset);
    blankBefore = blank;
    lineBreak = cursor.passBreak();
    breaks = passIndentation(cursor, indent, parentIndent).breaks;
  }
  if (chomping === "strip") return value;
  return chomping === "keep" ? value + lineBreak + breaks : value + lineBreak;
}

/** `|`, `>-`, `|2+ # comment`: up to the next line. */
function passHeader(cursor: Cursor): { chomping: "clip" | "keep" | "strip"; increment: number } {
  const start = cursor.offset;
  let chomping: "clip" | "keep" | "strip" = "clip";
  let increment = 0;
  cursor.offset++;
  for (let chomped = false, counted = false; ; cursor.offset++) {
    const code = cursor.code();
    if (!chomped && (code === PLUS || code === DASH)) {
      chomping = code === PLUS ? "keep" : "strip";
      chomped = true;
    } else if (!counted && code >= DIGIT_0 && code <= DIGIT_9) {
      if (code === DIGIT_0) {
        throw syntaxError("a text cannot be indented by 0", cursor.offset, "write 1 to 9");
      }
      increment = code - DIGIT_0;
      counted = true;
    } else break;
  }
  while (isBlank(cursor.code())) cursor.offset++;
  if (cursor.code() === HASH) cursor.skipLine();
  if (!endsWord(cursor.code())) {
    const hint = "begin the text on the next line, or put it in quotes";
    throw syntaxError("text follows | or > on the same line", start, hint);
  }
  cursor.passBreak();
  return { chomping, increment };
}

/**
 * Passes empty lines and the indentation of the next one that is not.
 * @param indent 0: as the first line is indented, but deeper than what is around.
 */
function passIndentation(
  cursor: Cursor,
  indent: number,
  parentIndent: number,
): { indent: number; breaks: string } {
  let breaks = "";
  let deepest = 0;
  for (;;) {
    while ((indent === 0 || cursor.column < indent) && cursor.code() === SPACE) cursor.offset++;
    deepest = Math.max(deepest, cursor.column);
    const code = cursor.code();
    if (code === TAB && (indent === 0 || cursor.column < indent)) {
      throw syntaxError("a tab cannot indent YAML", cursor.offset, "use spaces");
    }
    if (!isBreak(code)) break;
    breaks += cursor.passBreak();
  }
  return { indent: indent === 0 ? Math.max(deepest, parentIndent + 1, 1) : indent, breaks };
}
