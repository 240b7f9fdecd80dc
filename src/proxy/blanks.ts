/**
 * The part of a text without the blanks and tabs around it, which is all that may stand around a value on the
 * wire (RFC 9110 section 5.6.3). String.trim takes more away, such as U+00A0, which others read as content.
 */
export function trimBlanks(text: string, from = 0, to = text.length): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(c: number): boolean {
  return c === 32 || c === 9;
}
