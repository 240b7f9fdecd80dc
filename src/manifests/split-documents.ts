/** A part of a text that is one YAML document, or the JSON values between two separators. */
export interface TextPart {
  /** UTF-16 offsets; the separator line belongs to the document after it. */
  readonly start: number;
  readonly end: number;
}

/**
 * Splits at lines that begin with `---`, as kubectl does before it parses: whatever is wrong in one
 * document, an open quote even, ends at the next separator.
 */
export function splitDocuments(text: string): TextPart[] {
  const parts: TextPart[] = [];
  const separator = /^---(?=[ \t\r\n]|$)/gm;
  let start = text.startsWith("\ufeff") ? 1 : 0;
  for (let match = separator.exec(text); match !== null; match = separator.exec(text)) {
    if (match.index > start) parts.push({ start, end: match.index });
    start = match.index;
  }
  parts.push({ start, end: text.length });
  return parts;
}

/** Whether a part says nothing: separators, comments, directives and blanks alone. */
export function isBlankPart(text: string, { start, end }: TextPart): boolean {
  const blank = /(?:---(?=[ \t\r\n]|$))?(?:[ \t\r\n]+|#[^\r\n]*|^%[^\r\n]*|^\.\.\.(?=\s|$))*/my;
  blank.lastIndex = start;
  blank.exec(text);
  return blank.lastIndex >= end;
}

/** Where the content of a part begins when that is JSON's `{` or `[`; undefined otherwise. */
export function jsonStart(text: string, { start, end }: TextPart): number | undefined {
  const blank = /(?:---(?=[ \t\r\n]|$))?[ \t\r\n]*/y;
  blank.lastIndex = start;
  blank.exec(text);
  const at = blank.lastIndex;
  return at < end && (text[at] === "{" || text[at] === "[") ? at : undefined;
}
