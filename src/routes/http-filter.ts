/** Fields of a head that are written anew: first those that are set, then those that are added, then those removed. */
export interface HeaderChange {
  readonly set: readonly Header[];
  readonly add: readonly Header[];
  /** In lower case. */
  readonly remove: readonly string[];
}

export interface Header {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

/**
 * How a path is changed: `full` replaces all of it, `prefix` the part that the rule's prefix matched, `groups` builds it
 * from the groups of the rule's regular expression.
 */
export type PathChange =
  | { readonly type: "full" | "prefix"; readonly value: string }
  | { readonly type: "groups"; readonly rewrite: (path: string) => string };

export interface Redirect {
  /** Where it leads, in place of everything else; absent: what was asked for, changed. */
  readonly location?: string;
  /** Whether a location that is a path stays one; else scheme and host are put before it. */
  readonly isRelative?: boolean;
  /** Whether a slash at the very end is left out, as ingress-nginx does on the way to TLS. */
  readonly dropsSlash?: boolean;
  readonly scheme: string | undefined;
  readonly hostname: string | undefined;
  readonly port: number | undefined;
  readonly path: PathChange | undefined;
  readonly status: number;
}

export interface Rewrite {
  readonly hostname: string | undefined;
  readonly path: PathChange | undefined;
}

/**
 * A path after a change.
 * @param prefix what the rule's match takes of it; for a change of the prefix
 */
export function changedPath(path: string, change: PathChange, prefix: string): string {
  if (change.type === "groups") return change.rewrite(path);
  const { type, value } = change;
  if (type === "full") return value;
  const taken = withoutSlash(prefix);
  const rest = path.slice(taken.length);
  const replacement = withoutSlash(value);
  // Neither two slashes in a row nor none at the beginning.
  const joined =
    rest === "" || rest.startsWith("/") ? replacement + rest : `${replacement}/${rest}`;
  return joined === "" ? "/" : joined;
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Where a client asked for something. */
export interface RequestedUrl {
  readonly scheme: string;
  readonly host: string;
  /** Of the listener that took the request. */
  readonly port: number;
  /** Where the same is answered over TLS, if not at its usual port. */
  readonly securePort?: number | undefined;
  readonly path: string;
  /** Without the question mark; empty for none. */
  readonly query: string;
}

/**
 * The Location of a redirect. The query goes along. A scheme of its own brings its usual port, unless one is named
 * (Gateway API, HTTPRequestRedirectFilter.port).
 */
export function redirectTarget(redirect: Redirect, request: RequestedUrl, prefix: string): string {
  const scheme = redirect.scheme ?? request.scheme;
  const host = redirect.hostname ?? request.host;
  const usual = scheme === "https" ? 443 : 80;
  const leavesPlain = scheme === "https" && request.scheme === "http";
  const standard = leavesPlain ? (request.securePort ?? usual) : usual;
  const port = redirect.port ?? (redirect.scheme === undefined ? request.port : standard);
  const authority = port === usual ? host : `${host}:${port}`;
  if (redirect.location !== undefined) {
    const isPath = redirect.location.startsWith("/") && redirect.isRelative !== true;
    return isPath ? `${scheme}://${authority}${redirect.location}` : redirect.location;
  }
  const path =
    redirect.path === undefined ? request.path : changedPath(request.path, redirect.path, prefix);
  const query = request.query === "" ? "" : `?${request.query}`;
  const target = `${scheme}://${authority}${path}${query}`;
  return redirect.dropsSlash === true && target.endsWith("/") ? target.slice(0, -1) : target;
}
