import type { Header } from "./http-filter.ts";

/** Which other origins may send requests from browsers (the Fetch standard, CORS protocol). */
export interface CorsPolicy {
  /**
   * `fetch`: as Gateway API requires. `nginx`: like ingress-nginx, with the same fields in every answer; a wildcard
   * in a host stands for one label, and every OPTIONS counts as a preflight.
   */
  readonly dialect: "fetch" | "nginx";
  /** `https://app.example.com`, `https://*.example.com`, `*`. */
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Seconds. */
  readonly maxAge: number;
}

/** The part of a request that CORS depends on. */
export interface CorsRequest {
  readonly method: string;
  header(name: string): string | undefined;
}

/** Whether the request is a browser's preflight. */
export function isPreflight(policy: CorsPolicy, request: CorsRequest): boolean {
  const { method, header } = request;
  if (method !== "OPTIONS") return false;
  if (policy.dialect === "nginx") return allowedOrigin(policy, request) !== undefined;
  return header("origin") !== undefined && header("access-control-request-method") !== undefined;
}

/** The answer to a preflight; for an origin that is not allowed, one without permissions. */
export function preflightHeaders(policy: CorsPolicy, request: CorsRequest): Header[] {
  const allowed = allowedOrigin(policy, request);
  if (allowed === undefined) return [];
  // With credentials browsers take a wildcard literally, so the requested values are listed instead.
  const methods = listed(
    policy.allowMethods,
    policy.allowCredentials ? request.header("access-control-request-method") : undefined,
  );
  const headers = listed(policy.allowHeaders, request.header("access-control-request-headers"));
  return [...allowed, ...exposed(policy), ...permitted(policy, methods, headers)];
}

/** The fields that are added to the answer to a request of another origin. */
export function answerHeaders(policy: CorsPolicy, request: CorsRequest): Header[] {
  const allowed = allowedOrigin(policy, request);
  if (allowed === undefined) return [];
  if (policy.dialect === "fetch") return [...allowed, ...exposed(policy)];
  const methods = policy.allowMethods.join(", ");
  const headers = policy.allowHeaders.join(", ");
  return [...allowed, ...exposed(policy), ...permitted(policy, methods, headers)];
}

function permitted({ maxAge }: CorsPolicy, methods: string, headers: string): Header[] {
  return [
    ...(methods === "" ? [] : [{ name: "access-control-allow-methods", value: methods }]),
    ...(headers === "" ? [] : [{ name: "access-control-allow-headers", value: headers }]),
    { name: "access-control-max-age", value: String(maxAge) },
  ];
}

function exposed({ exposeHeaders }: CorsPolicy): Header[] {
  if (exposeHeaders.length === 0) return [];
  return [{ name: "access-control-expose-headers", value: exposeHeaders.join(", ") }];
}

/** A wildcard allows all requested values. */
function listed(values: readonly string[], asked: string | undefined): string {
  return values.includes("*") && asked !== undefined ? asked : values.join(", ");
}

function allowedOrigin(policy: CorsPolicy, { header }: CorsRequest): Header[] | undefined {
  const { dialect, allowOrigins, allowCredentials } = policy;
  const origin = header("origin");
  const isAnyone = allowOrigins.includes("*");
  const saysAnyone = isAnyone && (dialect === "nginx" || !allowCredentials);
  if (origin === undefined && !(saysAnyone && dialect === "nginx")) return undefined;
  const isAllowed =
    isAnyone ||
    allowOrigins.some((pattern) => origin !== undefined && matchesOrigin(pattern, origin, dialect));
  if (!isAllowed) return undefined;
  return [
    { name: "access-control-allow-origin", value: saysAnyone ? "*" : (origin as string) },
    ...(allowCredentials ? [{ name: "access-control-allow-credentials", value: "true" }] : []),
  ];
}

/** A wildcard stands for labels at the beginning of the host; as a port it stands for any. */
function matchesOrigin(pattern: string, origin: string, dialect: CorsPolicy["dialect"]): boolean {
  if (pattern === origin) return dialect === "fetch" || ORIGIN.test(pattern) || pattern === "null";
  const wanted = ORIGIN.exec(pattern.toLowerCase());
  const found = ORIGIN.exec(origin.toLowerCase());
  if (wanted === null || found === null) return false;
  const [, scheme, host = "", port] = wanted;
  if (scheme !== found[1] || (port !== "*" && port !== found[3])) return false;
  const asked = found[2] as string;
  if (host === "*" || host === asked) return true;
  if (!host.startsWith("*.") || !asked.endsWith(host.slice(1))) return false;
  const labels = asked.slice(0, asked.length - host.length + 1);
  return labels !== "" && (dialect === "fetch" || !labels.includes("."));
}

const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([^/:]+)(?::([0-9]+|\*))?$/;
