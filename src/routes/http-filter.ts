/** Changes of a head's fields: first those that are set, then those that are added, then those removed. */
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
 * How a path is changed: `full` replaces all of it, `prefix` the part that the rule's prefix matched, `groups` builds
 * it from the groups of the rule's regular expression.
 */
export type PathChange =
  | { readonly type: "full" | "prefix"; readonly value: string }
  | { readonly type: "groups"; readonly rewrite: (path: string) => string };

export interface Redirect {
  /** The whole target of the redirect; absent: the requested URL with changes. */
  readonly location?: string;
  /** Whether a target that is only a path is sent as it is; else scheme and host are added. */
  readonly isRelative?: boolean;
  /** Whether a final slash is dropped, as in ingress-nginx' redirects to TLS. */
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

/** A path after a change. @param prefix the part that the rule's match matched, for changes of the prefix */
export function changedPath(path: string, change: PathChange, prefix: string): string {
  if (change.type === "groups") return change.rewrite(path);
  const { type, value } = change;
  if (type === "full") return value;
  const taken = withoutSlash(prefix);
  const rest = path.slice(taken.length);
  const replacement = withoutSlash(value);
  // Avoids two slashes in a row, and adds a missing one at the beginning.
  const joined =
    rest === "" || rest.startsWith("/") ? replacement + rest : `${replacement}/${rest}`;
  return joined === "" ? "/" : joined;
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** The place where a request arrived. */
export interface RequestedUrl {
  readonly scheme: string;
  readonly host: string;
  /** Port of the listener. */
  readonly port: number;
  /** The port where the same is served over TLS, if not the default one. */
  readonly securePort?: number | undefined;
  readonly path: string;
  /** Without the question mark; empty for none. */
  readonly query: string;
}

/**
 * The Location of a redirect, which keeps the query. A scheme in the redirect implies its default port, unless one is
 * named (Gateway API, HTTPRequestRedirectFilter.port).
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
