export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const SINGLE_QUOTE = 0x27;
export const DASH = 0x2d;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;

/** What a plain scalar has to look at more closely; all other ASCII characters have no class. */
export const BLANK = 1;
export const BREAK = 2;
/** `, ? [ ] { }`: they end a plain scalar inside brackets. */
export const FLOW = 4;
/** `:`, which ends a plain scalar when a blank follows. */
export const MAYBE_END = 8;
/** Behind the last character. */
export const END = 16;

export const ENDS_WORD = BLANK | BREAK | END;

/** The class of each ASCII character. */
export const CLASS = new Uint8Array(128);
for (const [characters, value] of [
  [" \t", BLANK],
  ["\n\r", BREAK],
  [",?[]{}", FLOW],
  [":", MAYBE_END],
  ["\0", END],
] as const) {
  for (const character of characters) CLASS[character.charCodeAt(0)] = value;
}

/** YAML 1.1 also breaks lines at NEL, LS and PS. */
export function isWideBreak(code: number): boolean {
  return code === 0x85 || code === 0x2028 || code === 0x2029;
}

export function isBreak(code: number): boolean {
  return code === LF || code === CR || isWideBreak(code);
}

export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** A blank, a line break or the end. */
export function endsWord(code: number): boolean {
  return code < 128 ? (CLASS[code]! & ENDS_WORD) !== 0 : isWideBreak(code);
}

/** What anchors, tags' handles and aliases are made of. */
export function isWordCharacter(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x5f ||
    code === DASH
  );
}
