import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { Problem } from "./fault.ts";
import { type HttpMatch, MATCHES_ALL, type ValueMatch } from "./http-match.ts";
import { NOTHING, type TextPattern, textPattern } from "./text-pattern.ts";

/** Parses a regular expression. @param field its path in the match */
export type ReadExpression = (text: string, field: FieldPath) => TextPattern;

/**
 * The matches of a rule; a rule without any matches everything. A rule with an invalid regular expression is dropped,
 * as the standard allows (PartiallyInvalid).
 */
export function readMatches<M>(
  matches: readonly M[] | undefined,
  read: (match: M, expression: ReadExpression) => HttpMatch,
): { readonly matches: readonly HttpMatch[]; readonly problem: Problem | undefined } {
  if (matches === undefined || matches.length === 0) {
    return { matches: [MATCHES_ALL], problem: undefined };
  }
  let problem: Problem | undefined;
  const all = matches.map((match, index) =>
    read(match, (text, field) => {
      const pattern = textPattern(text);
      if (typeof pattern !== "string") return pattern;
      problem ??= {
        reason: "UnsupportedValue",
        message: `${JSON.stringify(text)} is no regular expression of RE2: ${pattern}`,
        rule: "route-expression",
        field: ["matches", index, ...field],
      };
      return NOTHING;
    }),
  );
  return problem === undefined ? { matches: all, problem } : { matches: [], problem };
}

/** A header or a query parameter in a route's match. */
interface WrittenValue {
  readonly name: string;
  readonly type?: string;
  readonly value: string;
}

/** Of two with the same name only the first counts (Gateway API, HTTPHeaderMatch.name). */
export function readValues(
  values: readonly WrittenValue[] | undefined,
  field: "headers" | "queryParams",
  expression: ReadExpression,
): ValueMatch[] {
  const found = new Map<string, ValueMatch>();
  for (const [index, { name, type, value }] of (values ?? []).entries()) {
    const key = field === "headers" ? name.toLowerCase() : name;
    if (found.has(key)) continue;
    const isExpression = type === "RegularExpression";
    found.set(key, {
      name: key,
      value: isExpression ? expression(value, [field, index, "value"]) : value,
    });
  }
  return [...found.values()];
}
