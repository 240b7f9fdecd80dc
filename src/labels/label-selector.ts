import { validateLabelKey, validateLabelValue } from "./label-name.ts";
import { type Labels, labelEntries } from "./labels.ts";
import type { Operator } from "./operator.ts";
import { excerpt, type LabelProblem } from "./problem.ts";
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
    if (operator === undefined)
      throw new RequirementError([unknownOperator(path, expression.operator)]);
    requirements.push(checked(path, expression.key, operator, expression.values ?? []));
  }
  return new Selector(requirements);
}

/**
 * Every broken rule of a LabelSelector object with its field path, as an API server lists them on
 * `spec.selector` (S.8); empty when valid. `null` is valid.
 */
export function validateLabelSelector(
  selector: LabelSelector | null | undefined,
): RequirementProblem[] {
  const pairs = [...labelEntries(selector?.matchLabels ?? {})];
  const expressions = selector?.matchExpressions ?? [];
  return [
    ...pairs.flatMap(([key, value]) => [
      ...labelProblems("matchLabels", validateLabelKey(key)),
      ...labelProblems("matchLabels", validateLabelValue(value)),
    ]),
    ...expressions.flatMap((each, i) => validateExpression(`matchExpressions[${i}]`, each)),
  ];
}

function validateExpression(
  path: string,
  { key, operator, values }: LabelSelectorRequirement,
): RequirementProblem[] {
  const problems: RequirementProblem[] = [];
  const list = values ?? [];
  if (!OPERATOR.has(operator)) problems.push(unknownOperator(path, operator));
  else if (operator === "In" || operator === "NotIn") {
    const message = `${operator} needs at least one value`;
    if (list.length === 0) problems.push({ field: `${path}.values`, message });
  } else if (list.length > 0) {
    problems.push({ field: `${path}.values`, message: `${operator} takes no values` });
  }
  return [
    ...problems,
    ...labelProblems(`${path}.key`, validateLabelKey(key)),
    ...list.flatMap((value, j) => labelProblems(`${path}.values[${j}]`, validateLabelValue(value))),
  ];
}

function labelProblems(field: string, problems: readonly LabelProblem[]): RequirementProblem[] {
  return problems.map((problem) => ({ field, message: problem.message, problem }));
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

function unknownOperator(path: string, operator: unknown): RequirementProblem {
  const names = [...OPERATOR.keys()].join(", ");
  return { field: `${path}.operator`, message: `${excerpt(String(operator))} is none of ${names}` };
}
