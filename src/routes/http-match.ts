import type { TextPattern } from "./text-pattern.ts";

/** The part of a request that routes match. */
export interface RouteRequest {
  readonly method: string;
  /** Lower case, without a port. */
  readonly host: string;
  /** As it was sent, without the query. */
  readonly path: string;
  /** Without the question mark; empty for none. */
  readonly query: string;
  /** The values of a field, joined by commas as in RFC 9110; undefined where it is missing. */
  header(name: string): string | undefined;
}

export type PathMatch =
  | { readonly type: "exact"; readonly value: string }
  /** By elements: `/foo` matches `/foo` and `/foo/bar`, not `/foobar`. */
  | { readonly type: "prefix"; readonly value: string }
  | { readonly type: "regular"; readonly value: string; readonly pattern: TextPattern };

/** A header or query parameter with a required value. */
export interface ValueMatch {
  readonly name: string;
  readonly value: string | TextPattern;
}

/** One match of a rule: all of its conditions must hold. */
export interface HttpMatch {
  readonly path: PathMatch;
  readonly method: string | undefined;
  readonly headers: readonly ValueMatch[];
  readonly query: readonly ValueMatch[];
}

export const MATCHES_ALL: HttpMatch = {
  path: { type: "prefix", value: "/" },
  method: undefined,
  headers: [],
  query: [],
};

/** The condition of a match that failed first. */
export type Mismatch = "path" | "method" | "header" | "query";

/** @returns undefined where the request matches */
export function mismatch(match: HttpMatch, request: RouteRequest): Mismatch | undefined {
  if (!matchesPath(match.path, request.path)) return "path";
  if (match.method !== undefined && match.method !== request.method) return "method";
  if (!match.headers.every(({ name, value }) => matchesValue(value, request.header(name)))) {
    return "header";
  }
  if (match.query.length === 0) return undefined;
  const parameters = new URLSearchParams(request.query);
  const holds = match.query.every(({ name, value }) =>
    matchesValue(value, parameters.get(name) ?? undefined),
  );
  return holds ? undefined : "query";
}

function matchesValue(wanted: string | TextPattern, found: string | undefined): boolean {
  if (found === undefined) return false;
  return typeof wanted === "string" ? found === wanted : wanted.test(found);
}

export function matchesPath(match: PathMatch, path: string): boolean {
  switch (match.type) {
    case "exact":
      return path === match.value;
    case "prefix":
      return isBelow(path, match.value);
    case "regular":
      return match.pattern.test(path);
  }
}

/** Whether a path begins with the elements of another one; a final slash of that one is ignored. */
function isBelow(path: string, prefix: string): boolean {
  const elements = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  return (
    path.startsWith(elements) && (path.length === elements.length || path[elements.length] === "/")
  );
}

/**
 * Which of two matches has precedence (Gateway API, HTTPRouteRule.matches): an exact path, the longer path, a method,
 * more headers, more query parameters. 0 where their rules have to decide.
 */
export function compareMatches(a: HttpMatch, b: HttpMatch): number {
  return (
    pathRank(b.path) - pathRank(a.path) ||
    lengthOf(b.path) - lengthOf(a.path) ||
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length
  );
}

/** Regular expressions precede prefixes, as in most implementations: the standard leaves it open. */
function pathRank({ type }: PathMatch): number {
  return { exact: 2, regular: 1, prefix: 0 }[type];
}

/** A final slash doesn't make a prefix longer. */
function lengthOf({ type, value }: PathMatch): number {
  return type === "prefix" && value.endsWith("/") ? value.length - 1 : value.length;
}
