import { parseInt64 } from "./integer.ts";
import type { Labels } from "./labels.ts";
import type { Operator } from "./operator.ts";

/** What matching needs of a requirement. */
export interface Condition {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** Whether labels are selected. */
export type Test = (labels: Labels) => boolean;

/**
 * The test of one requirement, followed by `next` when it holds (S.5).
 *
 * An absent key meets `!=`, `notin` and `!`, and nothing else; present and empty is present. `gt`
 * and `lt` compare signed 64-bit integers; a label that is not an integer meets neither.
 *
 * One closure an operator, so that a long scan spends its time on the look-up and nothing else.
 */
export function testOf(condition: Condition, next: Test = always): Test {
  const key = interned(condition.key);
  const first = interned(condition.values[0] ?? "");
  switch (condition.operator) {
    case "=":
    case "==":
      return (labels) => labels[key] === first && next(labels);
    case "!=":
      return (labels) => labels[key] !== first && next(labels);
    case "in": {
      const has = membership(condition.values);
      return (labels) => has(labels[key]) && next(labels);
    }
    case "notin": {
      const has = membership(condition.values);
      return (labels) => !has(labels[key]) && next(labels);
    }
    case "exists":
      return (labels) => typeof labels[key] === "string" && next(labels);
    case "!":
      return (labels) => typeof labels[key] !== "string" && next(labels);
    case "gt": {
      const bound = parseInt64(first) ?? Number.NaN;
      return (labels) => integerOf(labels[key]) > bound && next(labels);
    }
    case "lt": {
      const bound = parseInt64(first) ?? Number.NaN;
      return (labels) => integerOf(labels[key]) < bound && next(labels);
    }
  }
}

/** The test of requirements that must all hold; none hold always. */
export function testOfAll(conditions: readonly Condition[]): Test {
  if (conditions.length <= CHAINED) {
    return conditions.reduceRight<Test>((next, one) => testOf(one, next), always);
  }
  const tests = conditions.map((one) => testOf(one));
  return (labels) => tests.every((test) => test(labels));
}

/** Longer chains would fill the stack: each link calls the next. */
const CHAINED = 16;

function always(): boolean {
  return true;
}

/**
 * The engine's own single copy of a text. Property look-ups want that copy, and would search for it
 * each time; it also lets go of a longer text that `text` was cut from.
 */
export function interned(text: string): string {
  for (const own in { [text]: 0 }) return own;
  return text;
}

function membership(values: readonly string[]): (value: unknown) => boolean {
  const [a, b] = values.map(interned);
  switch (values.length) {
    case 1:
      return (value) => value === a;
    case 2:
      return (value) => value === a || value === b;
    default: {
      const set: ReadonlySet<unknown> = new Set(values);
      return (value) => set.has(value);
    }
  }
}

/** NaN, which is neither greater nor less than anything, for what is no signed 64-bit integer. */
function integerOf(value: unknown): number | bigint {
  return (typeof value === "string" ? parseInt64(value) : undefined) ?? Number.NaN;
}
