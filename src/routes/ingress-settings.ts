import type { Ingress } from "../objects/ingress.ts";
import { type NginxAnnotation, nginxAnnotation } from "../objects/ingress-annotations.ts";
import type { CorsPolicy } from "./cors.ts";
import type { Redirect } from "./http-filter.ts";

/** What annotations of ingress-nginx ask for, for all paths of an Ingress. */
export interface IngressSettings {
  /** Whether paths are regular expressions that the beginning of a request's path has to match. */
  readonly usesRegex: boolean;
  /** What stands in place of the whole path, with `$1` for what a group of the path's expression took. */
  readonly rewriteTarget: string | undefined;
  readonly appRoot: string | undefined;
  readonly redirect: Redirect | undefined;
  readonly hostname: string | undefined;
  readonly cors: CorsPolicy | undefined;
  readonly isGrpc: boolean;
}

/** ingress-nginx's own defaults. */
const CORS_METHODS = "GET, PUT, POST, DELETE, PATCH, OPTIONS";
const CORS_HEADERS =
  "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization";
const CORS_MAX_AGE = 1_728_000;

export function ingressSettings({ metadata }: Ingress): IngressSettings {
  const value = (name: NginxAnnotation) => nginxAnnotation(metadata, name);
  const rewriteTarget = value("rewrite-target");
  return {
    // A target that could name groups makes paths expressions by itself.
    usesRegex: value("use-regex") === "true" || rewriteTarget !== undefined,
    rewriteTarget,
    appRoot: value("app-root"),
    redirect:
      redirectTo(value("temporal-redirect"), value("temporal-redirect-code"), 302) ??
      redirectTo(value("permanent-redirect"), value("permanent-redirect-code"), 301),
    hostname: value("upstream-vhost"),
    cors: value("enable-cors") === "true" ? corsPolicy(value) : undefined,
    isGrpc: value("backend-protocol")?.toUpperCase() === "GRPC",
  };
}

function redirectTo(
  location: string | undefined,
  code: string | undefined,
  usual: number,
): Redirect | undefined {
  if (location === undefined) return undefined;
  const asked = Number(code);
  const status = Number.isInteger(asked) && asked >= 300 && asked <= 308 ? asked : usual;
  return {
    location,
    scheme: undefined,
    hostname: undefined,
    port: undefined,
    path: undefined,
    status,
  };
}

function corsPolicy(value: (name: NginxAnnotation) => string | undefined): CorsPolicy {
  const listed = (name: NginxAnnotation, standard: string) =>
    (value(name) ?? standard).split(",").flatMap((each) => each.trim() || []);
  return {
    allowOrigins: listed("cors-allow-origin", "*"),
    allowMethods: listed("cors-allow-methods", CORS_METHODS),
    allowHeaders: listed("cors-allow-headers", CORS_HEADERS),
    exposeHeaders: listed("cors-expose-headers", ""),
    allowCredentials: value("cors-allow-credentials") !== "false",
    maxAge: Number(value("cors-max-age") ?? CORS_MAX_AGE) || CORS_MAX_AGE,
  };
}
