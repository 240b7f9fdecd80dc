import { validateLabelKey, validateLabelValue } from "./label-name.ts";
import { parseSelector } from "./parse.ts";
import { excerpt } from "./problem.ts";
import type { Selector } from "./selector.ts";
import type { SelectorText } from "./selector-text.ts";

/** What may stand in a selector template: a key, a value, an integer, or a list of values. */
export type SelectorPart = string | number | readonly string[];

/**
 * A selector from a literal: `` selector`app=${name},tier in ${tiers}` ``, or a string that the
 * compiler checks: `selector("app in (web,api)")`.
 *
 * A part of a template must be a key, a value, an integer or a list of values (which brings its own
 * parentheses), so no part can ever add a requirement.
 *
 * @throws SelectorSyntaxError for a text that is no selector, TypeError for a part that is no label.
 */
export function selector(text: TemplateStringsArray, ...parts: SelectorPart[]): Selector;
export function selector<const T extends string>(text: SelectorText<T>): Selector;
export function selector(text: TemplateStringsArray | string, ...parts: SelectorPart[]): Selector {
  if (typeof text === "string") return parseSelector(text);
  const pieces = text.map((piece, i) => (i < parts.length ? piece + spell(parts[i]!) : piece));
  return parseSelector(pieces.join(""));
}

function spell(part: SelectorPart): string {
  if (typeof part === "object") return `(${part.map(spellValue).join(",")})`;
  if (typeof part === "number") {
    if (Number.isSafeInteger(part)) return String(part);
    throw new TypeError(`${part} is no integer that a label can hold`);
  }
  return validateLabelKey(part).length === 0 ? part : spellValue(part);
}

function spellValue(value: string): string {
  const [problem] = validateLabelValue(value);
  if (problem) throw new TypeError(`${excerpt(value)} is no label value: ${problem.message}`);
  return value;
}
