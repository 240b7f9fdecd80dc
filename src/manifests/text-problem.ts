import type { Severity } from "../diagnostics/diagnostic.ts";

/** What is wrong with a text before there is an object: a diagnostic whose place is an offset. */
export interface TextProblem {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  /** UTF-16 offset in the text. */
  readonly offset: number;
}

/** Deeper nesting is refused: no object needs it, and every walk over one would be at its mercy. */
export const MAX_DEPTH = 200;

export function tooDeep(offset: number): TextProblem {
  const message = `nested more than ${MAX_DEPTH} levels deep`;
  return { rule: "too-deep", severity: "error", message, offset };
}

/** The last one counts, as with kubectl. */
export function duplicateKey(key: string, offset: number): TextProblem {
  const shown = JSON.stringify(key.length > 80 ? `${key.slice(0, 77)}...` : key);
  return {
    rule: "duplicate-key",
    severity: "warning",
    message: `the key ${shown} is written twice here; the last one counts`,
    hint: "remove one of the two",
    offset,
  };
}
