import { BACKSLASH, DOUBLE_QUOTE, isBlank, isBreak, SINGLE_QUOTE } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import { isDocumentIndicator } from "./document-indicator.ts";
import { fold } from "./scan-plain.ts";
import { syntaxError } from "./yaml-error.ts";

/** Scans a scalar in the quotes at the cursor. */
export function scanQuoted(cursor: Cursor): string {
  const { text, offset: start } = cursor;
  const quote = cursor.code();
  cursor.offset++;
  let value = "";
  for (;;) {
    const from = cursor.offset;
    passOrdinary(cursor, quote);
    value = join(value, text, from, cursor.offset);
    const code = cursor.code();
    if (code === quote) {
      cursor.offset++;
      // '' is one quote inside single quotes.
      if (quote !== SINGLE_QUOTE || cursor.code() !== SINGLE_QUOTE) return value;
      value += "'";
      cursor.offset++;
    } else if (isBreak(code)) {
      // The blanks before a line break are no part of the text.
      value = trimBlanks(value, text, from, cursor.offset) + fold(passLines(cursor, start));
    } else if (code === BACKSLASH) {
      value += isBreak(cursor.code(1)) ? passEscapedBreak(cursor, start) : passEscape(cursor);
    } else throw unclosed(start);
  }
}

/** Moves to the quote, a line break, a backslash that counts, or the end. */
function passOrdinary(cursor: Cursor, quote: number): void {
  const { text, end } = cursor;
  let { offset } = cursor;
  for (; offset < end; offset++) {
    const code = text.charCodeAt(offset);
    if (code === quote || (code === BACKSLASH && quote === DOUBLE_QUOTE) || isBreak(code)) break;
  }
  cursor.offset = offset;
}

function join(value: string, text: string, from: number, to: number): string {
  const part = text.slice(from, to);
  return value === "" ? part : value + part;
}

/** The value without the blanks that `text.slice(from, to)` ends with. */
function trimBlanks(value: string, text: string, from: number, to: number): string {
  let blanks = 0;
  while (to - blanks > from && isBlank(text.charCodeAt(to - blanks - 1))) blanks++;
  return blanks === 0 ? value : value.slice(0, -blanks);
}

/** Passes line breaks and the blanks around them. */
function passLines(cursor: Cursor, start: number): string {
  let breaks = "";
  for (;;) {
    const code = cursor.code();
    if (isBreak(code)) {
      breaks += cursor.passBreak();
      if (isDocumentIndicator(cursor)) throw unclosed(start);
    } else if (isBlank(code)) cursor.offset++;
    else return breaks;
  }
}

/** A backslash joins two lines; empty lines after it stay. */
function passEscapedBreak(cursor: Cursor, start: number): string {
  cursor.offset++;
  cursor.passBreak();
  if (isDocumentIndicator(cursor)) throw unclosed(start);
  return passLines(cursor, start);
}

function unclosed(start: number): Error {
  return syntaxError("a quote that was opened is not closed in this document", start);
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["0", "\0"],
  ["a", "\x07"],
  ["b", "\b"],
  ["t", "\t"],
  ["\t", "\t"],
  ["n", "\n"],
  ["v", "\v"],
  ["f", "\f"],
  ["r", "\r"],
  ["e", "\x1b"],
  [" ", " "],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
  ["N", "\x85"],
  ["_", "\xa0"],
  ["L", "\u2028"],
  ["P", "\u2029"],
]);

const DIGITS: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

function passEscape(cursor: Cursor): string {
  const { text, offset } = cursor;
  const letter = text.slice(offset + 1, Math.min(offset + 2, cursor.end));
  const short = ESCAPES.get(letter);
  if (short !== undefined) {
    cursor.offset += 2;
    return short;
  }
  const digits = DIGITS.get(letter);
  if (digits === undefined) {
    const hint = "write \\\\ for a backslash, or use single quotes";
    throw syntaxError(`\\${letter} means nothing inside double quotes`, offset, hint);
  }
  const hex = text.slice(offset + 2, Math.min(offset + 2 + digits, cursor.end));
  const code = Number.parseInt(hex, 16);
  if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length < digits) {
    throw syntaxError(`\\${letter} needs ${digits} hexadecimal digits`, offset);
  }
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    throw syntaxError(`\\${letter}${hex} is no character`, offset, "write the character itself");
  }
  cursor.offset += 2 + digits;
  return String.fromCodePoint(code);
}
