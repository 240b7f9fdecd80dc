import fc from "fast-check";
import { OPERATORS, type Operator } from "../labels/operator.ts";
import { type Requirement, requirement } from "../labels/requirement.ts";
import { fromRequirements, type Selector } from "../labels/selector.ts";
import { labelKey } from "./label-key.ts";
import { integerValue, labelValue } from "./label-value.ts";

// Failures shrink to the first operator.
const PLAINEST_FIRST: readonly Operator[] = ["=", ...OPERATORS.filter((one) => one !== "=")];

/** What selectors to make. */
export interface SelectorOptions {
  /** The operators to use; all nine by default. */
  readonly operators?: readonly Operator[];
  /** At most this many requirements; 4 by default. */
  readonly maxRequirements?: number;
}

/** A valid selector; it may contradict itself. `String()` prints it in canonical form. */
export function selector(options: SelectorOptions = {}): fc.Arbitrary<Selector> {
  const { operators = PLAINEST_FIRST, maxRequirements = 4 } = options;
  return fc
    .array(fc.oneof({ withCrossShrink: true }, ...operators.map(requirementWith)), {
      maxLength: maxRequirements,
    })
    .map(fromRequirements);
}

/** The text of a valid selector, with blanks and list forms as people write them. */
export function selectorText(options: SelectorOptions = {}): fc.Arbitrary<string> {
  const blanks = fc.constantFrom("", "", "", " ", "\t", "\r\n", "  ");
  return fc.tuple(selector(options), fc.infiniteStream(blanks)).map(([value, stream]) => {
    const blank = () => stream.next().value;
    const loosen = (text: string) => text.replace(/[=!<>]+|[(),]/g, (t) => blank() + t + blank());
    return blank() + loosen(String(value)) + blank();
  });
}

function requirementWith(operator: Operator): fc.Arbitrary<Requirement> {
  return fc
    .tuple(labelKey(), valuesOf(operator))
    .map(([key, values]) => requirement(key, operator, values));
}

function valuesOf(operator: Operator): fc.Arbitrary<string[]> {
  switch (operator) {
    case "in":
    case "notin":
      return fc.uniqueArray(labelValue(), { minLength: 1, maxLength: 4 });
    case "=":
    case "==":
    case "!=":
      return labelValue().map((value) => [value]);
    case "gt":
    case "lt":
      return integerValue().map((value) => [value]);
    case "exists":
    case "!":
      return fc.constant([]);
  }
}
