import type { HTTPRoute, HTTPRouteMatch, HTTPRouteRule } from "../objects/gateway.ts";
import { ageOf } from "./age.ts";
import type { BackendRefs } from "./backends.ts";
import { durationMs } from "./duration.ts";
import { readFilters } from "./filters.ts";
import type { HttpMatch, PathMatch, ValueMatch } from "./http-match.ts";
import { MATCHES_ALL } from "./http-match.ts";
import type { RouteRetry, RouteRule, RuleSource } from "./route-rule.ts";
import { NOTHING, type TextPattern, textPattern } from "./text-pattern.ts";

/** What a rule without a number of attempts is tried again (RFC 9110 names no number; most have it so). */
const DEFAULT_ATTEMPTS = 1;

/** The rules of an HTTPRoute. Regular expressions that are none make requests fail, and are told. */
export function httpRouteRules(route: HTTPRoute, refs: BackendRefs): RouteRule[] {
  return (route.spec.rules ?? [{}]).map((rule, index) =>
    httpRule(rule, sourceOf(route, index), refs),
  );
}

export function sourceOf(
  { kind, metadata }: { kind: string; metadata: HTTPRoute["metadata"] },
  index: number,
): RuleSource {
  return { kind, ...ageOf(metadata), index };
}

function httpRule(rule: HTTPRouteRule, source: RuleSource, refs: BackendRefs): RouteRule {
  const filters = readFilters(rule.filters, refs);
  const { matches, problem } = readMatches(rule.matches);
  return {
    source,
    matches,
    ...filters,
    problem: filters.problem ?? problem,
    backends: (rule.backendRefs ?? []).map((ref) =>
      refs.resolve(ref, readFilters(ref.filters, refs)),
    ),
    timeouts: {
      request: durationMs(rule.timeouts?.request),
      backendRequest: durationMs(rule.timeouts?.backendRequest),
    },
    retry: rule.retry && retryOf(rule.retry),
    isGrpc: false,
  };
}

function retryOf({ attempts, backoff, codes }: NonNullable<HTTPRouteRule["retry"]>): RouteRetry {
  return {
    attempts: attempts ?? DEFAULT_ATTEMPTS,
    backoff: durationMs(backoff) ?? 0,
    codes: codes ?? [],
  };
}

function readMatches(matches: readonly HTTPRouteMatch[] | undefined): {
  matches: HttpMatch[];
  problem: string | undefined;
} {
  if (matches === undefined || matches.length === 0) {
    return { matches: [MATCHES_ALL], problem: undefined };
  }
  let problem: string | undefined;
  const expression = (text: string): TextPattern => {
    const read = textPattern(text);
    if (typeof read !== "string") return read;
    problem = read;
    return NOTHING;
  };
  const read = matches.map((match): HttpMatch => {
    const { type = "PathPrefix", value = "/" } = match.path ?? {};
    return {
      path: pathMatch(type, value, expression),
      method: match.method,
      headers: firstOfEach(match.headers, (name) => name.toLowerCase(), expression),
      query: firstOfEach(match.queryParams, (name) => name, expression),
    };
  });
  return { matches: read, problem };
}

function pathMatch(
  type: string,
  value: string,
  expression: (text: string) => TextPattern,
): PathMatch {
  if (type === "RegularExpression") {
    return { type: "regular", value, pattern: expression(value) };
  }
  return { type: type === "Exact" ? "exact" : "prefix", value };
}

/** Of two with one name the first is looked at (Gateway API, HTTPHeaderMatch.name). */
export function firstOfEach(
  matches:
    | readonly { readonly name: string; readonly type?: string; readonly value: string }[]
    | undefined,
  spell: (name: string) => string,
  expression: (text: string) => TextPattern,
): ValueMatch[] {
  const found = new Map<string, ValueMatch>();
  for (const { name, type, value } of matches ?? []) {
    const key = spell(name);
    if (found.has(key)) continue;
    found.set(key, {
      name: key,
      value: type === "RegularExpression" ? expression(value) : value,
    });
  }
  return [...found.values()];
}
