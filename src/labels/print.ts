import { compareBytes } from "./byte-order.ts";
import type { Condition } from "./match.ts";

/**
 * The canonical text of one requirement (S.6): the operator as it was written, values sorted
 * bytewise. `values` may repeat where an object repeated them, and the text then does too.
 */
export function printCondition({ key, operator, values }: Condition): string {
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "gt":
      return `${key}>${values[0]}`;
    case "lt":
      return `${key}<${values[0]}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${[...values].sort(compareBytes).join(",")})`;
    case "=":
    case "==":
    case "!=":
      return `${key}${operator}${values[0]}`;
  }
}
