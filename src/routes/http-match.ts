import type { TextPattern } from "./text-pattern.ts";

/** What of a request routes go by. */
export interface RouteRequest {
  readonly method: string;
  /** Lower case, without a port. */
  readonly host: string;
  /** As it was sent, without the query. */
  readonly path: string;
  /** Without the question mark; empty for none. */
  readonly query: string;
  /** The values of a field, joined by commas as RFC 9110 has it; undefined where there is none. */
  header(name: string): string | undefined;
}

export type PathMatch =
  | { readonly type: "exact"; readonly value: string }
  /** By elements: `/foo` matches `/foo` and `/foo/bar`, not `/foobar`. */
  | { readonly type: "prefix"; readonly value: string }
  | { readonly type: "regular"; readonly value: string; readonly pattern: TextPattern };

/** A header or query parameter that has to have a value. */
export interface ValueMatch {
  readonly name: string;
  readonly value: string | TextPattern;
}

/** One way in which a request can match a rule: all of it has to hold. */
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

/** What of a match does not hold, in the order in which it is looked at. */
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

/** Whether a path has another one as its first elements; a slash at the end of it does not count. */
function isBelow(path: string, prefix: string): boolean {
  const elements = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  return (
    path.startsWith(elements) && (path.length === elements.length || path[elements.length] === "/")
  );
}

/**
 * Which of two matches is asked first (Gateway API, HTTPRouteRule.matches): an exact path, the longer path, a method,
 * more headers, more query parameters. 0 where the rules they belong to have to decide.
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

/** Regular expressions are before prefixes, as most implementations have it: the standard leaves it open. */
function pathRank({ type }: PathMatch): number {
  return { exact: 2, regular: 1, prefix: 0 }[type];
}

/** A prefix with a slash behind it is no longer than without. */
function lengthOf({ type, value }: PathMatch): number {
  return type === "prefix" && value.endsWith("/") ? value.length - 1 : value.length;
}
