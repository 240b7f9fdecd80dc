import type { TextProblem } from "./text-problem.ts";

/** A part of a text that is one YAML document. */
export interface TextPart {
  /** UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  /** Why it is not parsed. */
  readonly refusal?: TextProblem;
}

/**
 * Splits a text at lines that begin with `---`, as kubectl does before it parses YAML: an error in one document, even
 * an open quote, ends at the next such line. The line belongs to neither document, except at the beginning of the
 * text, where it is left to the parser.
 */
export function* splitDocuments(text: string, from: number): Generator<TextPart> {
  const separator = /^---([^\n]*)\n?/gm;
  let start = from;
  let refusal: TextProblem | undefined;
  const part = (end: number): TextPart => ({
    start: skipByteOrderMark(text, start, end),
    end,
    ...(refusal === undefined ? {} : { refusal }),
  });
  separator.lastIndex = from;
  for (let match = separator.exec(text); match !== null; match = separator.exec(text)) {
    if (!beginsLine(text, match.index, from)) continue;
    const invalid = refuseSeparator(match[1]!, match.index);
    if (match.index > start || refusal !== undefined) {
      yield part(match.index);
      start = separator.lastIndex;
    }
    if (invalid !== undefined) start = separator.lastIndex;
    refusal = invalid;
  }
  if (start < text.length || refusal !== undefined) yield part(text.length);
}

/** JavaScript begins lines at CR and at Unicode's separators too, kubectl at LF only. */
function beginsLine(text: string, offset: number, from: number): boolean {
  return offset === from || text[offset - 1] === "\n";
}

function skipByteOrderMark(text: string, start: number, end: number): number {
  return start < end && text[start] === "\ufeff" ? start + 1 : start;
}

function refuseSeparator(rest: string, offset: number): TextProblem | undefined {
  if (/^(?:[^\S\ufeff]|\x85)*(?:$|#)/.test(rest)) return undefined;
  return {
    rule: "yaml-separator",
    severity: "error",
    message: 'a line that begins with "---" separates documents; kubectl refuses more on it',
    hint: "put what follows the --- on a line of its own, or quote or indent a text",
    offset,
  };
}
