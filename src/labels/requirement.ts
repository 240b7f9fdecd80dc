import { sortedSet } from "./byte-order.ts";
import { parseInt64 } from "./integer.ts";
import { validateLabelKey, validateLabelValue } from "./label-name.ts";
import { NO_LABELS, type OptionalLabels } from "./labels.ts";
import { type Condition, testOf } from "./match.ts";
import { OPERATORS, type Operator } from "./operator.ts";
import { printCondition } from "./print.ts";
import { excerpt, type LabelProblem } from "./problem.ts";

/** One condition of a selector: a key, an operator and a set of values. Immutable. */
export class Requirement implements Condition {
  readonly key: string;
  readonly operator: Operator;
  /** The values as a set: sorted bytewise, each once. */
  readonly values: readonly string[];
  /** The values with their repetitions, where an object had some: they print (S.8). */
  #repeated: readonly string[] | undefined;

  /** Takes the parts as valid; `requirement()` is the way in that checks them. */
  constructor(key: string, operator: Operator, values: readonly string[], repeated?: boolean) {
    this.key = key;
    this.operator = operator;
    this.values = sortedSet(values);
    if (repeated && this.values.length < values.length) this.#repeated = values;
  }

  /** Whether `labels` meet this requirement (S.5). */
  matches(labels: OptionalLabels): boolean {
    return testOf(this)(labels ?? NO_LABELS);
  }

  /** The canonical text (S.6). */
  toString(): string {
    const { key, operator, values } = this;
    return printCondition({ key, operator, values: this.#repeated ?? values });
  }
}

/** One reason why a requirement is refused. */
export interface RequirementProblem {
  /** Where: `key`, `operator`, `values` or `values[i]`. */
  readonly field: string;
  readonly message: string;
  /** The broken label rule, when it is one. */
  readonly problem?: LabelProblem;
}

/** A requirement that breaks the rules of its operator, its key or its values (S.3). */
export class RequirementError extends Error {
  override readonly name = "RequirementError";
  readonly code = "invalid-requirement";
  /** Every broken rule, in the order key, operator and values. */
  readonly problems: readonly RequirementProblem[];

  constructor(problems: readonly RequirementProblem[]) {
    super(problems.map(({ field, message }) => `${field}: ${message}`).join("; "));
    this.problems = problems;
  }
}

/**
 * Builds a requirement by hand, under the rules of S.3.
 *
 * @throws RequirementError with every broken rule.
 */
export function requirement(
  key: string,
  operator: Operator,
  values: readonly string[] = [],
): Requirement {
  const problems = checkRequirement(key, operator, values);
  if (problems.length > 0) throw new RequirementError(problems);
  return freeze(new Requirement(key, operator, [...values], true));
}

/** Makes a requirement that no caller can change; they are shared by the parse cache. */
export function freeze(requirement: Requirement): Requirement {
  Object.freeze(requirement.values);
  Object.freeze(requirement);
  return requirement;
}

/** Every rule that a requirement of these parts would break (S.3); empty when valid. */
export function checkRequirement(
  key: string,
  operator: string,
  values: readonly string[],
): RequirementProblem[] {
  const problems: RequirementProblem[] = validateLabelKey(key).map((problem) => ({
    field: "key",
    message: problem.message,
    problem,
  }));
  for (const problem of checkValues(operator, values)) problems.push(problem);
  for (const [i, value] of values.entries()) {
    for (const problem of validateLabelValue(value)) {
      problems.push({ field: `values[${i}]`, message: problem.message, problem });
    }
  }
  return problems;
}

function checkValues(operator: string, values: readonly string[]): RequirementProblem[] {
  const wrong = (message: string): RequirementProblem[] => [{ field: "values", message }];
  switch (operator as Operator) {
    case "in":
    case "notin":
      return values.length > 0 ? [] : wrong(`"${operator}" needs at least one value`);
    case "=":
    case "==":
    case "!=":
      return values.length === 1 ? [] : wrong(`"${operator}" needs exactly one value`);
    case "exists":
    case "!":
      return values.length === 0 ? [] : wrong(`"${operator}" takes no values`);
    case "gt":
    case "lt": {
      const problems = values.length === 1 ? [] : wrong(`"${operator}" needs exactly one value`);
      for (const [i, value] of values.entries()) {
        if (parseInt64(value) !== undefined) continue;
        const message = `${excerpt(value)} is not a signed 64-bit integer`;
        problems.push({ field: `values[${i}]`, message });
      }
      return problems;
    }
  }
  const message = `${excerpt(operator)} is none of ${OPERATORS.join(", ")}`;
  return [{ field: "operator", message }];
}
