import type { GRPCRoute, GRPCRouteMatch, GRPCRouteRule } from "../objects/gateway.ts";
import type { BackendRefs } from "./backends.ts";
import { readFilters } from "./filters.ts";
import type { HttpMatch, PathMatch } from "./http-match.ts";
import { MATCHES_ALL } from "./http-match.ts";
import { firstOfEach, sourceOf } from "./http-route.ts";
import type { RouteRule } from "./route-rule.ts";
import { NOTHING, quoted, type TextPattern, textPattern } from "./text-pattern.ts";

const ANY_NAME = "[^/]+";

/** The rules of a GRPCRoute: a call is a POST to `/service/method`. */
export function grpcRouteRules(route: GRPCRoute, refs: BackendRefs): RouteRule[] {
  return (route.spec.rules ?? [{}]).map((rule, index) => {
    const filters = readFilters(rule.filters, refs);
    return {
      source: sourceOf(route, index),
      matches: matchesOf(rule),
      ...filters,
      backends: (rule.backendRefs ?? []).map((ref) =>
        refs.resolve(ref, readFilters(ref.filters, refs)),
      ),
      timeouts: { request: undefined, backendRequest: undefined },
      retry: undefined,
      isGrpc: true,
    };
  });
}

function matchesOf({ matches }: GRPCRouteRule): HttpMatch[] {
  if (matches === undefined || matches.length === 0) return [MATCHES_ALL];
  return matches.map((match) => ({
    path: methodPath(match.method),
    method: undefined,
    headers: firstOfEach(match.headers, (name) => name.toLowerCase(), expression),
    query: [],
  }));
}

function expression(text: string): TextPattern {
  const read = textPattern(text);
  return typeof read === "string" ? NOTHING : read;
}

function methodPath({ type = "Exact", service, method }: GRPCRouteMatch["method"] = {}): PathMatch {
  if (service === undefined && method === undefined) return MATCHES_ALL.path;
  if (type === "Exact" && service !== undefined) {
    return method === undefined
      ? { type: "prefix", value: `/${service}` }
      : { type: "exact", value: `/${service}/${method}` };
  }
  const written = (text: string) => (type === "Exact" ? quoted(text) : `(?:${text})`);
  const part = (text: string | undefined) => (text === undefined ? ANY_NAME : written(text));
  const value = `/${part(service)}/${part(method)}`;
  return { type: "regular", value, pattern: expression(value) };
}
