import type { Labels } from "./labels.ts";
import type { Operator } from "./operator.ts";
import { excerpt } from "./problem.ts";
import { checkRequirement, Requirement, type RequirementProblem } from "./requirement.ts";

/** An entry of `matchExpressions` or `matchFields`. */
export interface NodeSelectorRequirement {
  readonly key: string;
  /** `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`; for fields `In` or `NotIn`. */
  readonly operator: string;
  readonly values?: readonly string[] | null;
}

/** A `v1.NodeSelectorTerm`: everything in it must hold; an empty one matches nothing. */
export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[] | null;
  readonly matchFields?: readonly NodeSelectorRequirement[] | null;
}

/** A `v1.NodeSelector`: one of its terms must hold. */
export interface NodeSelector {
  readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
}

/** What a node selector looks at. */
export interface NodeIdentity {
  /** `metadata.name`; a node without one skips the field checks. */
  readonly name?: string;
  readonly labels?: Labels;
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["In", "in"],
  ["NotIn", "notin"],
  ["Exists", "exists"],
  ["DoesNotExist", "!"],
  ["Gt", "gt"],
  ["Lt", "lt"],
]);

/**
 * Whether a node selector selects a node (S.11): any term does whose expressions and fields all
 * hold. Terms that break a rule never do; `validateNodeSelector` names them.
 */
export function matchesNodeSelector(selector: NodeSelector, node: NodeIdentity): boolean {
  return (selector.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, node));
}

/** Every broken rule of a node selector, with its field path; empty when valid. */
export function validateNodeSelector(selector: NodeSelector): RequirementProblem[] {
  return (selector.nodeSelectorTerms ?? []).flatMap((term, i) => {
    const path = `nodeSelectorTerms[${i}]`;
    return [
      ...(term.matchExpressions ?? []).flatMap((expression, j) =>
        below(`${path}.matchExpressions[${j}]`, checkExpression(expression)),
      ),
      ...(term.matchFields ?? []).flatMap((field, j) =>
        below(`${path}.matchFields[${j}]`, checkField(field)),
      ),
    ];
  });
}

function matchesTerm(term: NodeSelectorTerm, node: NodeIdentity): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  if (expressions.some((one) => checkExpression(one).length > 0)) return false;
  if (fields.some((one) => checkField(one).length > 0)) return false;
  return (
    expressions.every((one) => toRequirement(one).matches(node.labels ?? {})) &&
    (!node.name || fields.every((one) => matchesField(one, node.name ?? "")))
  );
}

function toRequirement({ key, operator, values }: NodeSelectorRequirement): Requirement {
  return new Requirement(key, OPERATORS.get(operator)!, values ?? []);
}

function matchesField({ key, operator, values }: NodeSelectorRequirement, name: string): boolean {
  const actual = key === "metadata.name" ? name : "";
  return (actual === values?.[0]) === (operator === "In");
}

function checkExpression(expression: NodeSelectorRequirement): RequirementProblem[] {
  const operator = OPERATORS.get(expression.operator);
  if (operator === undefined) return [unknownOperator(expression, [...OPERATORS.keys()])];
  return checkRequirement(expression.key, operator, expression.values ?? []);
}

function checkField(field: NodeSelectorRequirement): RequirementProblem[] {
  if (field.operator !== "In" && field.operator !== "NotIn") {
    return [unknownOperator(field, ["In", "NotIn"])];
  }
  if (field.values?.length === 1) return [];
  return [{ field: "values", message: "a field needs exactly one value" }];
}

function unknownOperator({ operator }: NodeSelectorRequirement, names: string[]) {
  return {
    field: "operator",
    message: `${excerpt(String(operator))} is none of ${names.join(", ")}`,
  };
}

function below(path: string, problems: RequirementProblem[]): RequirementProblem[] {
  return problems.map((problem) => ({ ...problem, field: `${path}.${problem.field}` }));
}
