import type { Ingress } from "../objects/ingress.ts";
import { type NginxAnnotation, nginxAnnotation } from "../objects/ingress-annotations.ts";
import type { CanaryCondition } from "./canary.ts";
import { type ClientSources, sourceRanges } from "./client-sources.ts";
import type { SessionCookie } from "./cookie.ts";
import type { CorsPolicy } from "./cors.ts";
import type { Redirect } from "./http-filter.ts";
import type { BackendTls } from "./route-backend.ts";
import { backendTls, type RouteTimeouts } from "./route-rule.ts";
import { searchPattern } from "./text-pattern.ts";

/** The settings of ingress-nginx' annotations, for all paths of an Ingress. */
export interface IngressSettings {
  /**
   * Whether the paths of its hosts are regular expressions for the beginning of a request's path; this extends to
   * other Ingresses of the same hosts.
   */
  readonly usesRegex: boolean;
  /** Replaces the whole path, with `$1` for the first group of the path's expression. */
  readonly rewriteTarget: string | undefined;
  readonly appRoot: string | undefined;
  readonly redirect: Redirect | undefined;
  /** Further names of the Ingress's hosts. */
  readonly aliases: readonly string[];
  /** Whether names with and without `www.` redirect to each other. */
  readonly redirectsWww: boolean;
  /** Whether requests without TLS are redirected to TLS; undefined where the Ingress does not say. */
  readonly sslRedirect: boolean | "always" | undefined;
  /** A final slash is kept when a request is redirected to TLS. */
  readonly keepsSlash: boolean;
  readonly hostname: string | undefined;
  /** X-Forwarded-Prefix for the pods. */
  readonly forwardedPrefix: string | undefined;
  readonly cors: CorsPolicy | undefined;
  readonly isGrpc: boolean;
  readonly tls: BackendTls | undefined;
  readonly timeouts: RouteTimeouts;
  readonly maxBody: number | undefined;
  readonly sources: ClientSources | undefined;
  readonly session: SessionCookie | undefined;
  /** The settings of an Ingress that adds a canary backend to the paths of another one. */
  readonly canary: (CanaryCondition & { readonly isSticky: boolean }) | undefined;
}

type Values = (name: NginxAnnotation) => string | undefined;

/** ingress-nginx's own defaults. */
const CORS_METHODS = "GET, PUT, POST, DELETE, PATCH, OPTIONS";
const CORS_HEADERS =
  "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization";
const CORS_MAX_AGE = 1_728_000;
const SESSION_COOKIE = "INGRESSCOOKIE";
const CANARY_TOTAL = 100;

/**
 * Connections to pods are encrypted but not authenticated: ingress-nginx sends no server name and doesn't verify the
 * certificate.
 */
const UNVERIFIED = backendTls({
  hostname: "",
  ca: undefined,
  names: [],
  client: undefined,
  isVerified: false,
});

export function ingressSettings({ metadata }: Ingress): IngressSettings {
  const value: Values = (name) => nginxAnnotation(metadata, name);
  const rewriteTarget = value("rewrite-target");
  const protocol = value("backend-protocol")?.toUpperCase();
  return {
    // A rewrite target that refers to groups turns paths into regular expressions.
    usesRegex: isOn(value("use-regex")) || rewriteTarget !== undefined,
    rewriteTarget,
    appRoot: value("app-root"),
    redirect:
      redirectTo(value, value("temporal-redirect"), value("temporal-redirect-code"), 302) ??
      redirectTo(value, value("permanent-redirect"), value("permanent-redirect-code"), 301),
    aliases: listed(value("server-alias")).map((alias) => alias.toLowerCase()),
    redirectsWww: isOn(value("from-to-www-redirect")),
    sslRedirect: isOn(value("force-ssl-redirect")) ? "always" : switched(value("ssl-redirect")),
    keepsSlash: isOn(value("preserve-trailing-slash")),
    hostname: value("upstream-vhost"),
    forwardedPrefix: value("x-forwarded-prefix"),
    cors: isOn(value("enable-cors")) ? corsPolicy(value) : undefined,
    isGrpc: protocol === "GRPC" || protocol === "GRPCS",
    tls: protocol === "HTTPS" || protocol === "GRPCS" ? UNVERIFIED : undefined,
    timeouts: {
      request: undefined,
      backendRequest: undefined,
      connect: seconds(value("proxy-connect-timeout")),
      read: seconds(value("proxy-read-timeout")),
      send: seconds(value("proxy-send-timeout")),
    },
    maxBody: byteSize(value("proxy-body-size")),
    sources: clientSources(value),
    session: value("affinity") === "cookie" ? sessionCookie(value) : undefined,
    canary: isOn(value("canary")) ? canary(value) : undefined,
  };
}

function isOn(value: string | undefined): boolean {
  return switched(value) === true;
}

function switched(value: string | undefined): boolean | undefined {
  if (value === "true") return true;
  return value === "false" ? false : undefined;
}

function listed(text: string | undefined): string[] {
  return text?.split(",").flatMap((each) => each.trim() || []) ?? [];
}

/** A whole number, 0 or more; any other value is ignored, as by ingress-nginx. */
function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** @returns milliseconds */
function seconds(text: string | undefined): number | undefined {
  const found = count(text);
  return found === undefined || found === 0 ? undefined : found * 1000;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A size as nginx writes it: `8m`. @returns undefined for no limit, which 0 means, too */
function byteSize(text: string | undefined): number | undefined {
  const [, number, unit = ""] = /^(\d{1,15})([bkmg]?)$/i.exec(text ?? "") ?? [];
  return Number(number) > 0 ? Number(number) * (UNITS[unit.toLowerCase()] as number) : undefined;
}

function redirectTo(
  value: Values,
  location: string | undefined,
  code: string | undefined,
  usual: number,
): Redirect | undefined {
  if (location === undefined) return undefined;
  const asked = Number(code);
  const status = Number.isInteger(asked) && asked >= 300 && asked <= 308 ? asked : usual;
  return {
    location,
    isRelative: isOn(value("relative-redirects")),
    scheme: undefined,
    hostname: undefined,
    port: undefined,
    path: undefined,
    status,
  };
}

function corsPolicy(value: Values): CorsPolicy {
  const origins = listed(value("cors-allow-origin"));
  return {
    dialect: "nginx",
    allowOrigins: origins.length === 0 ? ["*"] : origins,
    allowMethods: listed(value("cors-allow-methods") ?? CORS_METHODS),
    allowHeaders: listed(value("cors-allow-headers") ?? CORS_HEADERS),
    exposeHeaders: listed(value("cors-expose-headers")),
    allowCredentials: value("cors-allow-credentials") !== "false",
    maxAge: Number(value("cors-max-age") ?? CORS_MAX_AGE) || CORS_MAX_AGE,
  };
}

function clientSources(value: Values): ClientSources | undefined {
  const allow = sourceRanges(value("allowlist-source-range") ?? value("whitelist-source-range"));
  const deny = sourceRanges(value("denylist-source-range")) ?? [];
  return allow === undefined && deny.length === 0 ? undefined : { allow, deny };
}

function sessionCookie(value: Values): SessionCookie {
  return {
    name: value("session-cookie-name") ?? SESSION_COOKIE,
    path: value("session-cookie-path"),
    domain: value("session-cookie-domain"),
    maxAge: count(value("session-cookie-max-age")),
    expires: count(value("session-cookie-expires")),
    sameSite: value("session-cookie-samesite"),
    // As in ingress-nginx, "false" means the default: no redirect for HTTP-only hosts, a redirect where there is TLS.
    isSecure: isOn(value("session-cookie-secure")) || undefined,
  };
}

function canary(value: Values): IngressSettings["canary"] {
  const name = value("canary-by-header")?.toLowerCase();
  const pattern = value("canary-by-header-pattern");
  const compiled = pattern === undefined ? undefined : searchPattern(pattern);
  const total = Math.max(count(value("canary-weight-total")) ?? CANARY_TOTAL, CANARY_TOTAL);
  return {
    header:
      name === undefined
        ? undefined
        : {
            name,
            value: value("canary-by-header-value"),
            pattern: typeof compiled === "string" ? "none" : compiled,
          },
    cookie: value("canary-by-cookie"),
    weight: Math.min(count(value("canary-weight")) ?? 0, total),
    total,
    isSticky: value("affinity-canary-behavior") !== "legacy",
  };
}
