import type { Labels } from "./labels.ts";
import type { Requirement } from "./requirement.ts";

/** What one requirement says about a label set. */
export interface Verdict {
  readonly requirement: Requirement;
  readonly met: boolean;
  /** The label's value; `undefined` when the label set has no such key. */
  readonly actual: string | undefined;
  /** The verdict in words: `app is "api", not "web"`. */
  readonly reason: string;
}

/** Why a selector matches a label set, or does not. */
export interface Explanation {
  readonly matches: boolean;
  /** One verdict a requirement, in the selector's order; none for everything and nothing. */
  readonly verdicts: readonly Verdict[];
  /** One line a verdict, `✓` or `✗` in front. */
  toString(): string;
}

/** The verdict of one requirement on a label set (S.5). */
export function explainRequirement(requirement: Requirement, labels: Labels): Verdict {
  const label: unknown = labels[requirement.key];
  const actual = typeof label === "string" ? label : undefined;
  const met = requirement.matches(labels);
  return { requirement, met, actual, reason: reasonOf(requirement, actual, met) };
}

/** Explains requirements that must all hold; `selectable` is false for `nothing`. */
export function explainAll(
  requirements: readonly Requirement[],
  selectable: boolean,
  labels: Labels,
): Explanation {
  const verdicts = requirements.map((requirement) => explainRequirement(requirement, labels));
  const matches = selectable && verdicts.every(({ met }) => met);
  const lines = verdicts.map(({ requirement, met, reason }) => {
    return `${met ? "✓" : "✗"} ${requirement}: ${reason}`;
  });
  if (lines.length === 0) lines.push(matches ? "✓ selects everything" : "✗ selects nothing");
  return { matches, verdicts, toString: () => lines.join("\n") };
}

function reasonOf(
  { key, operator, values }: Requirement,
  actual: string | undefined,
  met: boolean,
): string {
  if (actual === undefined) {
    if (operator === "!") return `there is no ${key}`;
    return met ? `there is no ${key}, which counts as different` : `there is no ${key}`;
  }
  const is = `${key} is ${JSON.stringify(actual)}`;
  const list = values.map((value) => JSON.stringify(value)).join(", ");
  switch (operator) {
    case "=":
    case "==":
      return met ? is : `${is}, not ${list}`;
    case "in":
      return met ? is : `${is}, none of ${list}`;
    case "!=":
    case "notin":
      return met || values.length === 1 ? is : `${is}, one of ${list}`;
    case "exists":
      return is;
    case "!":
      return `${is}, and must be absent`;
    case "gt":
    case "lt":
      if (met) return is;
      return /^[+-]?[0-9]+$/.test(actual)
        ? `${is}, not ${operator === "gt" ? "greater" : "less"} than ${values[0]}`
        : `${is}, which is no integer`;
  }
}
