import { compareBytes } from "./byte-order.ts";
import { excerpt } from "./problem.ts";

/** The fields of an object by path (`metadata.name`); an absent one equals the empty string. */
export type Fields = Readonly<Record<string, string>>;

/** One condition of a field selector. `==` is read as `=`. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** What can be wrong with a field selector's text. */
export type FieldSelectorSyntaxCode =
  | "expected-operator"
  | "invalid-escape"
  | "unescaped-character";

/** A text that is no field selector. */
export class FieldSelectorSyntaxError extends Error {
  override readonly name = "FieldSelectorSyntaxError";
  readonly code: FieldSelectorSyntaxCode;
  /** UTF-16 offset in the text of the character at fault, or of the term without an operator. */
  readonly offset: number;
  /** The term or the escape at fault. */
  readonly found: string;

  constructor(code: FieldSelectorSyntaxCode, offset: number, found: string, message: string) {
    super(`${message}, at offset ${offset}`);
    this.code = code;
    this.offset = offset;
    this.found = found;
  }
}

/** A field selector: requirements that must all hold. Immutable. */
export class FieldSelector {
  /** The requirements, in the order of the raw terms sorted bytewise. */
  readonly requirements: readonly FieldRequirement[];

  /** Takes the requirements as they are; `parseFieldSelector` is the usual way in. */
  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = Object.freeze(requirements.map((one) => Object.freeze({ ...one })));
  }

  /** Whether an object with these fields is selected; an absent field is empty (S.10). */
  matches(fields: Fields): boolean {
    return this.requirements.every(({ field, operator, value }) => {
      const actual: unknown = fields[field];
      return ((typeof actual === "string" ? actual : "") === value) === (operator === "=");
    });
  }

  /** The canonical text; upstream's own, which does not always parse back in the same order. */
  toString(): string {
    return this.requirements
      .map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`)
      .join(",");
  }
}

/**
 * Parses a field selector, as `kubectl --field-selector` takes it (S.10): terms `field=value`,
 * `field==value`, `field!=value` joined with commas; `\`, `,` and `=` in a value are escaped with a
 * backslash. Nothing is trimmed and no field name is checked.
 *
 * @throws FieldSelectorSyntaxError
 */
export function parseFieldSelector(text: string): FieldSelector {
  const read: { term: string; requirement: FieldRequirement }[] = [];
  for (const { term, offset } of splitTerms(text)) {
    const requirement = readTerm(term, offset);
    if (requirement.field !== "" || requirement.value !== "") read.push({ term, requirement });
  }
  read.sort((a, b) => compareBytes(a.term, b.term));
  return new FieldSelector(read.map(({ requirement }) => requirement));
}

/** A value as it stands in a field selector: `\`, `,` and `=` with a backslash before them. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, "\\$&");
}

function splitTerms(text: string): { term: string; offset: number }[] {
  const terms: { term: string; offset: number }[] = [];
  let start = 0;
  const close = (end: number) => {
    if (end > start) terms.push({ term: text.slice(start, end), offset: start });
    start = end + 1;
  };
  for (let i = 0; i < text.length; i++) {
    // A backslash takes the next character with it, a comma too.
    if (text[i] === "\\") i++;
    else if (text[i] === ",") close(i);
  }
  close(text.length);
  return terms;
}

function readTerm(term: string, offset: number): FieldRequirement {
  const match = /!=|==|=/.exec(term);
  if (!match) {
    const message = `no operator in ${excerpt(term)}; write field=value or field!=value`;
    throw new FieldSelectorSyntaxError("expected-operator", offset, term, message);
  }
  const start = match.index + match[0].length;
  const operator = match[0] === "!=" ? "!=" : "=";
  const value = unescapeValue(term.slice(start), offset + start);
  return { field: term.slice(0, match.index), operator, value };
}

function unescapeValue(raw: string, offset: number): string {
  return raw.replace(/\\[\s\S]?|=/g, (found: string, at: number) => {
    if (found === "=") {
      const message = `"=" in a value must be written "\\="`;
      throw new FieldSelectorSyntaxError("unescaped-character", offset + at, found, message);
    }
    const escaped = found[1];
    if (escaped === "\\" || escaped === "," || escaped === "=") return escaped;
    const message = `${excerpt(found)} is no escape; only "\\\\", "\\," and "\\=" are`;
    throw new FieldSelectorSyntaxError("invalid-escape", offset + at, found, message);
  });
}
