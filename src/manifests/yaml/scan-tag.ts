import { endsWord, isWordCharacter } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import { syntaxError } from "./yaml-error.ts";

/** What YAML's own tags begin with, written `!!` for short. */
export const YAML_TAG = "tag:yaml.org,2002:";

const URI_PUNCTUATION = new Set(";/?:@&=+$,.!~*'()[]");

/** Scans the tag at the cursor: `!!str`, `!custom`, `!<tag:yaml.org,2002:str>` or `!` alone. */
export function scanTag(cursor: Cursor): string {
  const start = cursor.offset;
  cursor.offset++;
  let tag: string;
  if (cursor.code() === 0x3c /* < */) {
    cursor.offset++;
    tag = scanUri(cursor, start, false);
    if (cursor.code() !== 0x3e /* > */) throw noTag(start);
    cursor.offset++;
  } else {
    while (isWordCharacter(cursor.code())) cursor.offset++;
    const word = cursor.text.slice(start + 1, cursor.offset);
    if (cursor.code() === 0x21 /* ! */) {
      cursor.offset++;
      const suffix = scanUri(cursor, start, false);
      if (word !== "") {
        throw syntaxError(`nothing says what the tag !${word}! stands for`, start, "remove it");
      }
      tag = YAML_TAG + suffix;
    } else tag = `!${word}${scanUri(cursor, start, true)}`;
  }
  if (!endsWord(cursor.code())) throw noTag(start);
  return tag;
}

function scanUri(cursor: Cursor, start: number, mayBeEmpty: boolean): string {
  let uri = "";
  for (;;) {
    const code = cursor.code();
    const character = String.fromCharCode(code);
    if (character === "%") {
      const escaped = /^(?:%[0-9a-fA-F]{2})+/.exec(
        cursor.text.slice(cursor.offset, cursor.offset + 300),
      );
      try {
        if (escaped === null) throw new URIError();
        uri += decodeURIComponent(escaped[0]);
        cursor.offset += escaped[0].length;
      } catch {
        throw noTag(start);
      }
    } else if (isWordCharacter(code) || URI_PUNCTUATION.has(character)) {
      uri += character;
      cursor.offset++;
    } else break;
  }
  if (uri === "" && !mayBeEmpty) throw noTag(start);
  return uri;
}

function noTag(start: number): Error {
  return syntaxError(
    "a tag (!) that cannot be read",
    start,
    "put the text in quotes if it is none",
  );
}
