import type { HTTPRoute, HTTPRouteMatch, HTTPRouteRule } from "../objects/gateway.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { ageOf } from "./age.ts";
import type { BackendRefs } from "./backends.ts";
import { durationMs } from "./duration.ts";
import { readFilters } from "./filters.ts";
import type { HttpMatch, PathMatch } from "./http-match.ts";
import type { RouteRetry, RouteRule, RuleSource } from "./route-rule.ts";
import { type ReadExpression, readMatches, readValues } from "./rule-matches.ts";

/** The statuses that a rule retries if it names none (Gateway API leaves it open; most implementations use these). */
const DEFAULT_ATTEMPTS = 1;

/** The rules of an HTTPRoute. */
export function httpRouteRules(route: HTTPRoute, refs: BackendRefs): RouteRule[] {
  return (route.spec.rules ?? [{}]).map((rule, index) =>
    httpRule(rule, sourceOf(route, index), refs),
  );
}

export function sourceOf(object: KubernetesObject, index: number): RuleSource {
  return { object, ...ageOf(object.metadata), index, place: ["spec", "rules", index] };
}

function httpRule(rule: HTTPRouteRule, source: RuleSource, refs: BackendRefs): RouteRule {
  const { place } = source;
  const { matches, problem } = readMatches(rule.matches, readMatch);
  if (problem !== undefined) refs.drop(source, problem);
  return {
    source,
    matches,
    ...readFilters(rule.filters, place, refs),
    backends: (rule.backendRefs ?? []).map((ref, index) => {
      const at = [...place, "backendRefs", index];
      return refs.resolve(ref, at, readFilters(ref.filters, at, refs));
    }),
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

function readMatch(match: HTTPRouteMatch, expression: ReadExpression): HttpMatch {
  return {
    path: pathMatch(match.path, expression),
    method: match.method,
    headers: readValues(match.headers, "headers", expression),
    query: readValues(match.queryParams, "queryParams", expression),
  };
}

function pathMatch(
  { type, value = "/" }: NonNullable<HTTPRouteMatch["path"]> = {},
  expression: ReadExpression,
): PathMatch {
  if (type === "RegularExpression") {
    return { type: "regular", value, pattern: expression(value, ["path", "value"]) };
  }
  return { type: type === "Exact" ? "exact" : "prefix", value };
}
