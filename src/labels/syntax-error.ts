import type { LabelProblem } from "./problem.ts";

/** What can be wrong with a selector's text. */
export type SelectorSyntaxCode =
  | "expected-key"
  | "expected-operator"
  | "expected-values"
  | "expected-value"
  | "expected-separator"
  | "invalid-key"
  | "invalid-value"
  | "invalid-integer"
  | "empty-values"
  | "nul";

/** What a `SelectorSyntaxError` is made of. */
export interface SelectorSyntaxDetails {
  readonly code: SelectorSyntaxCode;
  readonly offset: number;
  readonly found: string;
  readonly expected: readonly string[];
  readonly message: string;
  readonly problems?: readonly LabelProblem[];
}

/** A text that is no selector: what stands where, and what could stand there instead. */
export class SelectorSyntaxError extends Error {
  override readonly name = "SelectorSyntaxError";
  readonly code: SelectorSyntaxCode;
  /** UTF-16 offset of the token at fault; the length of the text when it ends too early. */
  readonly offset: number;
  /** The token at fault, whole; empty at the end of the text. */
  readonly found: string;
  /** What could stand there: operators and punctuation as written, `key`, `value`, `integer`, `end`. */
  readonly expected: readonly string[];
  /** Broken label rules when a key or value is at fault; their offsets count from `offset`. */
  readonly problems: readonly LabelProblem[];

  constructor(details: SelectorSyntaxDetails) {
    super(details.message);
    this.code = details.code;
    this.offset = details.offset;
    this.found = details.found;
    this.expected = details.expected;
    this.problems = details.problems ?? [];
  }
}

const TOKEN = /==|!=|[=!(),<>\0]|[^ \t\r\n=!(),<>\0]+/y;

/** The token that starts at `offset`, empty at the end of the text (S.1). */
export function tokenAt(text: string, offset: number): string {
  TOKEN.lastIndex = offset;
  return TOKEN.exec(text)?.[0] ?? "";
}
