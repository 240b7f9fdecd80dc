import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type {
  GRPCRouteFilter,
  HTTPCORSFilter,
  HTTPHeaderFilter,
  HTTPPathModifier,
  HTTPRouteFilter,
} from "../objects/gateway.ts";
import type { BackendRefs } from "./backends.ts";
import type { CorsPolicy } from "./cors.ts";
import type { HeaderChange, PathChange, Redirect, Rewrite } from "./http-filter.ts";
import type { Filters, Mirror } from "./route-rule.ts";

/** The filters of a rule or of one of its backends. @param place where those stand in the route */
export function readFilters(
  filters: readonly (HTTPRouteFilter | GRPCRouteFilter)[] | undefined,
  place: FieldPath,
  refs: BackendRefs,
): Filters {
  const requestHeaders: HeaderChange[] = [];
  const responseHeaders: HeaderChange[] = [];
  const mirrors: Mirror[] = [];
  let redirect: Redirect | undefined;
  let rewrite: Rewrite | undefined;
  let cors: CorsPolicy | undefined;
  let problem: string | undefined;
  for (const [index, filter] of ((filters ?? []) as readonly HTTPRouteFilter[]).entries()) {
    const at = [...place, "filters", index];
    if (filter.requestHeaderModifier !== undefined) {
      requestHeaders.push(headerChange(filter.requestHeaderModifier));
    } else if (filter.responseHeaderModifier !== undefined) {
      responseHeaders.push(headerChange(filter.responseHeaderModifier));
    } else if (filter.requestMirror !== undefined) {
      const { backendRef, percent, fraction } = filter.requestMirror;
      const part = fraction && fraction.numerator / (fraction.denominator ?? 100);
      const backend = refs.resolve(backendRef, [...at, "requestMirror", "backendRef"]);
      mirrors.push({ backend, fraction: part ?? (percent ?? 100) / 100 });
    } else if (filter.requestRedirect !== undefined) {
      const { scheme, hostname, port, path, statusCode } = filter.requestRedirect;
      const status = Number(statusCode ?? 302);
      redirect = { scheme, hostname, port, path: path && pathChange(path), status };
    } else if (filter.urlRewrite !== undefined) {
      const { hostname, path } = filter.urlRewrite;
      rewrite = { hostname, path: path && pathChange(path) };
    } else if (filter.cors !== undefined) {
      cors = corsPolicy(filter.cors);
    } else {
      problem = `the filter ${filter.type} is not done here`;
      refs.report(at, {
        reason: "UnsupportedValue",
        message: `${problem}: requests get 500`,
        rule: "route-filter",
        field: ["type"],
      });
    }
  }
  return { requestHeaders, responseHeaders, redirect, rewrite, cors, mirrors, problem };
}

function headerChange({ set = [], add = [], remove = [] }: HTTPHeaderFilter): HeaderChange {
  const lower = ({ name, value }: { readonly name: string; readonly value: string }) => ({
    name: name.toLowerCase(),
    value,
  });
  return {
    set: set.map(lower),
    add: add.map(lower),
    remove: remove.map((name) => name.toLowerCase()),
  };
}

function pathChange({ type, replaceFullPath, replacePrefixMatch }: HTTPPathModifier): PathChange {
  return type === "ReplaceFullPath"
    ? { type: "full", value: replaceFullPath ?? "/" }
    : { type: "prefix", value: replacePrefixMatch ?? "/" };
}

function corsPolicy(filter: HTTPCORSFilter): CorsPolicy {
  return {
    dialect: "fetch",
    allowOrigins: filter.allowOrigins ?? [],
    allowMethods: filter.allowMethods ?? [],
    allowHeaders: filter.allowHeaders ?? [],
    exposeHeaders: filter.exposeHeaders ?? [],
    allowCredentials: filter.allowCredentials ?? false,
    maxAge: filter.maxAge ?? 5,
  };
}
