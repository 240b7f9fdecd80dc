import type { GRPCRoute, GRPCRouteMatch } from "../objects/gateway.ts";
import type { BackendRefs } from "./backends.ts";
import { readFilters } from "./filters.ts";
import { type HttpMatch, MATCHES_ALL, type PathMatch } from "./http-match.ts";
import { sourceOf } from "./http-route.ts";
import type { RouteRule } from "./route-rule.ts";
import { type ReadExpression, readMatches, readValues } from "./rule-matches.ts";
import { quoted } from "./text-pattern.ts";

const ANY_NAME = "[^/]+";

/** The rules of a GRPCRoute: a call is a POST to `/service/method`. */
export function grpcRouteRules(route: GRPCRoute, refs: BackendRefs): RouteRule[] {
  return (route.spec.rules ?? [{}]).map((rule, index) => {
    const source = sourceOf(route, index);
    const { matches, problem } = readMatches(rule.matches, readMatch);
    if (problem !== undefined) refs.drop(source, problem);
    return {
      source,
      matches,
      ...readFilters(rule.filters, source.place, refs),
      backends: (rule.backendRefs ?? []).map((ref, i) => {
        const at = [...source.place, "backendRefs", i];
        return refs.resolve(ref, at, readFilters(ref.filters, at, refs));
      }),
      timeouts: { request: undefined, backendRequest: undefined },
      retry: undefined,
      isGrpc: true,
    };
  });
}

function readMatch(match: GRPCRouteMatch, expression: ReadExpression): HttpMatch {
  return {
    path: methodPath(match.method, expression),
    method: undefined,
    headers: readValues(match.headers, "headers", expression),
    query: [],
  };
}

function methodPath(
  { type = "Exact", service, method }: GRPCRouteMatch["method"] = {},
  expression: ReadExpression,
): PathMatch {
  if (service === undefined && method === undefined) return MATCHES_ALL.path;
  if (type === "Exact" && service !== undefined) {
    return method === undefined
      ? { type: "prefix", value: `/${service}` }
      : { type: "exact", value: `/${service}/${method}` };
  }
  const written = (text: string) => (type === "Exact" ? quoted(text) : `(?:${text})`);
  const part = (text: string | undefined) => (text === undefined ? ANY_NAME : written(text));
  const value = `/${part(service)}/${part(method)}`;
  const field = ["method", method === undefined ? "service" : "method"];
  return { type: "regular", value, pattern: expression(value, field) };
}
