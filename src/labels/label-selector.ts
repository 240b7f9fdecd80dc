import { type Labels, labelEntries } from "./labels.ts";
import type { Operator } from "./operator.ts";
import { excerpt } from "./problem.ts";
import {
  checkRequirement,
  Requirement,
  RequirementError,
  type RequirementProblem,
} from "./requirement.ts";
import { nothing, Selector } from "./selector.ts";

/** An entry of `matchExpressions`. */
export interface LabelSelectorRequirement {
  readonly key: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`; `Gt` and `Lt` are no operators here. */
  readonly operator: string;
  readonly values?: readonly string[] | null;
}

/** A `metav1.LabelSelector`, as objects carry it. */
export interface LabelSelector {
  readonly matchLabels?: Labels | null;
  readonly matchExpressions?: readonly LabelSelectorRequirement[] | null;
}

const OPERATOR: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["In", "in"],
  ["NotIn", "notin"],
  ["Exists", "exists"],
  ["DoesNotExist", "!"],
]);

/**
 * The selector of a LabelSelector object (S.8): `null` and `undefined` select nothing, `{}` selects
 * everything; both print as the empty string.
 *
 * @throws RequirementError with the broken rules of the first entry that breaks any.
 */
export function fromLabelSelector(selector: LabelSelector | null | undefined): Selector {
  if (selector === null || selector === undefined) return nothing;
  const requirements: Requirement[] = [];
  for (const [key, value] of labelEntries(selector.matchLabels ?? {})) {
    requirements.push(checked(`matchLabels[${key}]`, key, "=", [value]));
  }
  for (const [i, expression] of (selector.matchExpressions ?? []).entries()) {
    const operator = OPERATOR.get(expression.operator);
    const path = `matchExpressions[${i}]`;
    if (operator === undefined) throw new RequirementError([unknownOperator(path, expression)]);
    requirements.push(checked(path, expression.key, operator, expression.values ?? []));
  }
  return new Selector(requirements);
}

function checked(
  path: string,
  key: string,
  operator: Operator,
  values: readonly string[],
): Requirement {
  const problems = checkRequirement(key, operator, values);
  if (problems.length === 0) return new Requirement(key, operator, values, true);
  throw new RequirementError(
    problems.map((problem) => ({ ...problem, field: `${path}.${problem.field}` })),
  );
}

function unknownOperator(path: string, expression: LabelSelectorRequirement): RequirementProblem {
  const names = [...OPERATOR.keys()].join(", ");
  const message = `${excerpt(String(expression.operator))} is none of ${names}`;
  return { field: `${path}.operator`, message };
}
