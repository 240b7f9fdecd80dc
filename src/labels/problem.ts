/** Every rule a label key, a label value or a DNS name can break (S.4). */
export type LabelRule =
  | "key-too-many-slashes"
  | "prefix-empty"
  | "prefix-too-long"
  | "prefix-bad-character"
  | "prefix-bad-edge"
  | "name-empty"
  | "name-too-long"
  | "name-bad-character"
  | "name-bad-edge"
  | "value-too-long"
  | "value-bad-character"
  | "value-bad-edge"
  | "dns-empty"
  | "dns-too-long"
  | "dns-has-dots"
  | "dns-bad-character"
  | "dns-bad-edge";

/** One broken rule: which part of the text, where, and what to do about it. */
export interface LabelProblem {
  /** The part that breaks the rule: of a key the `prefix`, the `name` or the whole `key`. */
  readonly part: "key" | "prefix" | "name" | "value" | "dns";
  readonly rule: LabelRule;
  /** UTF-16 offset in the validated text of the first character that breaks the rule. */
  readonly offset: number;
  /** What is wrong and what is allowed, for people. */
  readonly message: string;
}

/** A character for a message: visible, and unmistakable when it is not ASCII. */
export function quoteCharacter(text: string, offset: number): string {
  const code = text.codePointAt(offset) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return code > 0x20 && code < 0x7f ? `"${String.fromCharCode(code)}"` : hex;
}

/** `text` shortened for a message, so that hostile input cannot make one enormous. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
