import { parseInt64 } from "./integer.ts";
import type { Labels } from "./labels.ts";
import type { Operator } from "./operator.ts";

/** What matching needs of a requirement. */
export interface Condition {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/**
 * Whether `labels` meet one requirement (S.5).
 *
 * An absent key meets `!=`, `notin` and `!`, and nothing else; present and empty is present. `gt`
 * and `lt` compare signed 64-bit integers, and a label that is none meets neither.
 */
export function matchesCondition(condition: Condition, labels: Labels): boolean {
  const value = labels[condition.key] as unknown;
  const { operator, values } = condition;
  if (typeof value !== "string") {
    return operator === "!=" || operator === "notin" || operator === "!";
  }
  switch (operator) {
    case "=":
    case "==":
      return value === values[0];
    case "!=":
      return value !== values[0];
    case "in":
      return values.includes(value);
    case "notin":
      return !values.includes(value);
    case "exists":
      return true;
    case "!":
      return false;
    case "gt":
      return compareInt64(value, values[0]!) > 0;
    case "lt":
      return compareInt64(value, values[0]!) < 0;
  }
}

/** The sign of `a - b`; NaN when either is no signed 64-bit integer. */
export function compareInt64(a: string, b: string): number {
  const x = parseInt64(a);
  const y = parseInt64(b);
  if (x === undefined || y === undefined) return Number.NaN;
  return x > y ? 1 : x < y ? -1 : 0;
}
