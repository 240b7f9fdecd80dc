import type { Header } from "./http-filter.ts";

/** Which pages of other origins may ask (the Fetch standard, CORS protocol). */
export interface CorsPolicy {
  /** `https://app.example.com`, `https://*.example.com`, `*`. */
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Seconds. */
  readonly maxAge: number;
}

/** What of a request CORS goes by. */
export interface CorsRequest {
  readonly method: string;
  header(name: string): string | undefined;
}

/** Whether a browser asks what a page of another origin may do. */
export function isPreflight({ method, header }: CorsRequest): boolean {
  return (
    method === "OPTIONS" &&
    header("origin") !== undefined &&
    header("access-control-request-method") !== undefined
  );
}

/** What answers a preflight; without a word of permission for an origin that has none. */
export function preflightHeaders(policy: CorsPolicy, request: CorsRequest): Header[] {
  const allowed = allowedOrigin(policy, request);
  if (allowed === undefined) return [];
  // With credentials a wildcard is taken literally, so what was asked for is named instead.
  const methods = listed(
    policy.allowMethods,
    policy.allowCredentials ? request.header("access-control-request-method") : undefined,
  );
  const headers = listed(policy.allowHeaders, request.header("access-control-request-headers"));
  return [
    ...allowed,
    ...exposed(policy),
    ...(methods === "" ? [] : [{ name: "access-control-allow-methods", value: methods }]),
    ...(headers === "" ? [] : [{ name: "access-control-allow-headers", value: headers }]),
    { name: "access-control-max-age", value: String(policy.maxAge) },
  ];
}

/** What is added to the answer to a request of another origin. */
export function answerHeaders(policy: CorsPolicy, request: CorsRequest): Header[] {
  const allowed = allowedOrigin(policy, request);
  if (allowed === undefined) return [];
  return [...allowed, ...exposed(policy)];
}

function exposed({ exposeHeaders }: CorsPolicy): Header[] {
  if (exposeHeaders.length === 0) return [];
  return [{ name: "access-control-expose-headers", value: exposeHeaders.join(", ") }];
}

/** A wildcard stands for all of what was asked for. */
function listed(values: readonly string[], asked: string | undefined): string {
  return values.includes("*") && asked !== undefined ? asked : values.join(", ");
}

function allowedOrigin(policy: CorsPolicy, { header }: CorsRequest): Header[] | undefined {
  const origin = header("origin");
  if (origin === undefined) return undefined;
  if (!policy.allowOrigins.some((pattern) => matchesOrigin(pattern, origin))) return undefined;
  const anyone = policy.allowOrigins.includes("*") && !policy.allowCredentials;
  return [
    { name: "access-control-allow-origin", value: anyone ? "*" : origin },
    ...(policy.allowCredentials
      ? [{ name: "access-control-allow-credentials", value: "true" }]
      : []),
  ];
}

/** A wildcard stands for one or more labels at the beginning of the host, and in place of the port for any. */
function matchesOrigin(pattern: string, origin: string): boolean {
  if (pattern === "*" || pattern === origin) return true;
  const wanted = ORIGIN.exec(pattern.toLowerCase());
  const found = ORIGIN.exec(origin.toLowerCase());
  if (wanted === null || found === null) return false;
  const [, scheme, host = "", port] = wanted;
  if (scheme !== found[1] || (port !== "*" && port !== found[3])) return false;
  const asked = found[2] as string;
  if (host === "*" || host === asked) return true;
  return host.startsWith("*.") && asked.endsWith(host.slice(1)) && asked.length > host.length - 1;
}

const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([^/:]+)(?::([0-9]+|\*))?$/;
