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

/** Where a selector's text comes from, so that errors can name a place in the file around it. */
export interface SelectorSource {
  /** The file, for messages. */
  readonly name?: string;
  /** The line and column, both from 1, of a UTF-16 offset in the selector's text. */
  locate(offset: number): { readonly line: number; readonly column: number };
}

/** What is wrong with a text, and where. */
export interface SelectorFault {
  readonly code: SelectorSyntaxCode;
  readonly offset: number;
  readonly found: string;
  readonly expected: readonly string[];
  readonly message: string;
  readonly problems?: readonly LabelProblem[];
}

/** A text that is no selector: what stands where, what could stand there, and what to do. */
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
  /** What would put it right, when it is a mistake that people make. */
  readonly hint: string | undefined;
  /** Line and column in the file, when the text's source was given. */
  readonly position: { readonly line: number; readonly column: number } | undefined;

  constructor(fault: SelectorFault, hint?: string, source?: SelectorSource) {
    const position = source?.locate(fault.offset);
    const place = position && `${position.line}:${position.column}: `;
    const where = place ? (source?.name ? `${source.name}:${place}` : place) : "";
    super(`${where}${fault.message}${hint ? `; ${hint}` : ""}`);
    this.code = fault.code;
    this.offset = fault.offset;
    this.found = fault.found;
    this.expected = fault.expected;
    this.problems = fault.problems ?? [];
    this.hint = hint;
    this.position = position;
  }
}

/** What the grammar's actions throw: `parseSelector` turns it into a `SelectorSyntaxError`. */
export class Refusal extends Error {
  readonly fault: SelectorFault;

  constructor(fault: SelectorFault) {
    super(fault.message);
    this.fault = fault;
  }
}

const TOKEN = /==|!=|[=!(),<>\0]|[^ \t\r\n=!(),<>\0]+/y;

/** The token that starts at `offset`, empty at the end of the text (S.1). */
export function tokenAt(text: string, offset: number): string {
  TOKEN.lastIndex = offset;
  return TOKEN.exec(text)?.[0] ?? "";
}
