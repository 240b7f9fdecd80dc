import { validateLabelKey, validateLabelValue } from "./label-name.ts";
import type { LabelSelector, LabelSelectorRequirement } from "./label-selector.ts";
import type { Labels } from "./labels.ts";
import { excerpt, type LabelProblem } from "./problem.ts";
import { Selector } from "./selector.ts";

/** Why a selector has no equivalent in the other form. */
export type ConversionCode =
  /** The other form has no such operator. */
  | "unsupported-operator"
  /** Two values for a key where the other form has room for one. */
  | "lossy"
  /** A text that is no plain map of labels. */
  | "invalid-map";

/** A conversion that is refused, because the result would mean something else. */
export class ConversionError extends Error {
  override readonly name = "ConversionError";
  readonly code: ConversionCode;
  /** The label key at fault. */
  readonly key: string;
  /** The broken label rules, when a key or a value is at fault. */
  readonly problems: readonly LabelProblem[];

  constructor(
    code: ConversionCode,
    key: string,
    message: string,
    problems: readonly LabelProblem[] = [],
  ) {
    super(message);
    this.code = code;
    this.key = key;
    this.problems = problems;
  }
}

/** How to convert. */
export interface ConversionOptions {
  /**
   * What to do with two values for one key: `refuse` (the default) throws, `last-wins` keeps the
   * last one as Kubernetes does, which selects other objects than before.
   */
  readonly conflicts?: "refuse" | "last-wins";
}

/**
 * The LabelSelector object of a selector (S.8): `=` and `==` become matchLabels, `in`, `notin`,
 * `exists` and `!` matchExpressions; `nothing` becomes `null`.
 *
 * @throws ConversionError for `!=`, `gt` and `lt`, and for two values of one key (`a=1,a=2`).
 */
export function toLabelSelector(
  selector: Selector,
  options?: ConversionOptions,
): LabelSelector | null {
  if (!selector.selectable) return null;
  const matchLabels = new Map<string, string>();
  const matchExpressions: LabelSelectorRequirement[] = [];
  for (const { key, operator, values } of selector.requirements) {
    switch (operator) {
      case "=":
      case "==":
        put(matchLabels, key, values[0]!, options);
        break;
      case "in":
        matchExpressions.push({ key, operator: "In", values });
        break;
      case "notin":
        matchExpressions.push({ key, operator: "NotIn", values });
        break;
      case "exists":
        matchExpressions.push({ key, operator: "Exists" });
        break;
      case "!":
        matchExpressions.push({ key, operator: "DoesNotExist" });
        break;
      case "!=":
        throw unsupported(key, `"!="; write "${key} notin (${values[0]})"`);
      case "gt":
      case "lt":
        throw unsupported(key, `"${operator === "gt" ? ">" : "<"}"; only a node selector does`);
    }
  }
  return {
    ...(matchLabels.size > 0 && { matchLabels: Object.fromEntries(matchLabels) }),
    ...(matchExpressions.length > 0 && { matchExpressions }),
  };
}

/**
 * The plain map of a selector, as a Service's `spec.selector` has it (S.8): matchLabels and
 * expressions with one value for `In`. `null` and `nothing` become `null`.
 *
 * @throws ConversionError for any other expression, and for two values of one key.
 */
export function asMap(
  selector: LabelSelector | Selector | null | undefined,
  options?: ConversionOptions,
): Labels | null {
  if (selector === null || selector === undefined) return null;
  const map = new Map<string, string>();
  if (selector instanceof Selector) {
    if (!selector.selectable) return null;
    for (const { key, operator, values } of selector.requirements) {
      const equality = operator === "=" || operator === "==" || operator === "in";
      if (!equality || values.length !== 1) throw unsupported(key, `"${operator}" in a plain map`);
      put(map, key, values[0]!, options);
    }
    return Object.fromEntries(map);
  }
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) map.set(key, value);
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (operator !== "In" || values?.length !== 1) {
      throw unsupported(
        key,
        `${excerpt(String(operator))} in a plain map, but for In with one value`,
      );
    }
    put(map, key, values[0]!, options);
  }
  return Object.fromEntries(map);
}

/**
 * Reads a plain map of labels in text form, `a=b,c=d`, as old commands take a replication
 * controller's selector: one `=` an entry, blanks around key and value dropped, both validated.
 * The empty text is the empty map; the last of two entries of one key wins.
 *
 * @throws ConversionError with code `invalid-map`.
 */
export function parseLabelsMap(text: string): Labels {
  if (text === "") return {};
  const map = new Map<string, string>();
  for (const entry of text.split(",")) {
    const equals = entry.indexOf("=");
    if (equals < 0 || entry.indexOf("=", equals + 1) >= 0) {
      throw new ConversionError("invalid-map", entry, `${excerpt(entry)} is not one key=value`);
    }
    const key = trimSpace(entry.slice(0, equals));
    const value = trimSpace(entry.slice(equals + 1));
    const problems = [...validateLabelKey(key), ...validateLabelValue(value)];
    if (problems.length > 0) {
      const why = problems.map(({ message }) => message).join("; ");
      throw new ConversionError("invalid-map", key, `${excerpt(entry)}: ${why}`, problems);
    }
    map.set(key, value);
  }
  return Object.fromEntries(map);
}

// Unicode's White_Space property: what Go trims. JavaScript's trim() differs in U+0085 and U+FEFF.
function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && /\p{White_Space}/u.test(text[start]!)) start++;
  while (end > start && /\p{White_Space}/u.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

function put(
  map: Map<string, string>,
  key: string,
  value: string,
  options: ConversionOptions | undefined,
): void {
  const before = map.get(key);
  if (before !== undefined && before !== value && options?.conflicts !== "last-wins") {
    const message = `${key} must equal ${excerpt(before)} and ${excerpt(value)}, which nothing does; a map would keep the last and select other objects`;
    throw new ConversionError("lossy", key, message);
  }
  map.set(key, value);
}

function unsupported(key: string, what: string): ConversionError {
  return new ConversionError("unsupported-operator", key, `${key}: no form for ${what}`);
}
