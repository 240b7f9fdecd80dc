import {
  CLASS,
  ENDS_WORD,
  endsWord,
  FLOW,
  HASH,
  isBlank,
  isBreak,
  isWideBreak,
  MAYBE_END,
  TAB,
} from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import { isDocumentIndicator } from "./document-indicator.ts";
import { syntaxError } from "./yaml-error.ts";

export interface PlainScalar {
  readonly value: string;
  /** Whether line breaks were passed behind its last character: a new line has begun. */
  readonly passedBreak: boolean;
}

/**
 * Scans a scalar without quotes, over several lines if need be, which are folded into one.
 * @param indent the least column of a further line.
 */
export function scanPlain(cursor: Cursor, indent: number, inFlow: boolean): PlainScalar {
  const { text, offset: start } = cursor;
  let value = "";
  // Of the current line: where its text begins, and behind its last word.
  let from = start;
  let to = start;
  let breaks = "";
  for (;;) {
    if (cursor.offset === cursor.lineStart && isDocumentIndicator(cursor)) break;
    if (cursor.code() === HASH) break;
    const wordEnd = endOfWord(cursor, inFlow);
    if (wordEnd > cursor.offset) {
      if (breaks !== "") {
        value += text.slice(from, to) + fold(breaks);
        from = cursor.offset;
        breaks = "";
      }
      to = wordEnd;
      cursor.offset = wordEnd;
    }
    if (!passBlanks(cursor)) {
      const passed = passLines(cursor, indent);
      if (passed === "") break;
      breaks += passed;
      if (!inFlow && cursor.column < indent) break;
    }
  }
  const last = text.slice(from, to);
  return { value: value === "" ? last : value + last, passedBreak: breaks !== "" };
}

/** Behind the word at the cursor. */
function endOfWord({ text, end, offset }: Cursor, inFlow: boolean): number {
  const stop = inFlow ? ENDS_WORD | FLOW : ENDS_WORD;
  for (; offset < end; offset++) {
    const code = text.charCodeAt(offset);
    if (code >= 128) {
      if (isWideBreak(code)) break;
      continue;
    }
    const kind = CLASS[code]!;
    if (kind === 0) continue;
    if ((kind & stop) !== 0) break;
    if (kind === MAYBE_END && (offset + 1 >= end || endsWord(text.charCodeAt(offset + 1)))) break;
  }
  return offset;
}

/** @returns whether a word of the same line follows the blanks. */
function passBlanks(cursor: Cursor): boolean {
  const start = cursor.offset;
  while (isBlank(cursor.code())) cursor.offset++;
  return cursor.offset > start && !endsWord(cursor.code());
}

/** Passes line breaks and the blanks between them. */
function passLines(cursor: Cursor, indent: number): string {
  let breaks = "";
  for (;;) {
    const code = cursor.code();
    if (isBlank(code)) {
      if (breaks !== "" && code === TAB && cursor.column < indent) {
        throw syntaxError("a tab cannot indent YAML", cursor.offset, "use spaces");
      }
      cursor.offset++;
    } else if (isBreak(code)) breaks += cursor.passBreak();
    else return breaks;
  }
}

/** One line break is a blank, several are one less. */
export function fold(breaks: string): string {
  if (breaks[0] !== "\n") return breaks;
  return breaks.length === 1 ? " " : breaks.slice(1);
}
