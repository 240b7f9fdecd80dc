import type { Service } from "./service.ts";

/** What kubelane's own annotations begin with. */
export const ANNOTATION_PREFIX = "kubelane.dev/";

/**
 * What tells the gateway's clients apart, in place of their address: `cookie` (one that the gateway sets),
 * `cookie=NAME` (the same under another name) or `header=NAME`.
 */
export const SESSION_AFFINITY_ANNOTATION = "kubelane.dev/session-affinity";

/** `v1` or `v2`: connections to the Service's pods begin with a PROXY protocol header that says who connected. */
export const PROXY_PROTOCOL_ANNOTATION = "kubelane.dev/proxy-protocol";

const COOKIE_NAME = "kubelane-session";
const SESSION = /^(cookie|header)(?:=([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}))?$/;

/** Stickiness by cookie, as a Service's annotation asks for it. */
export interface SessionRule {
  readonly by: "cookie" | "header";
  /** A header's in lower case. */
  readonly name: string;
  /** How the cookie is set. Default: for all paths, HttpOnly, and Lax. */
  readonly cookie?: CookieAttributes;
  /** What of several backends the session is at: it stands in the cookie, too, and keys of another one do not count. */
  readonly mark?: string;
}

/** Attributes of a cookie (RFC 6265 section 4.1). */
export interface CookieAttributes {
  readonly path: string;
  readonly domain: string | undefined;
  /** In seconds. */
  readonly maxAge: number | undefined;
  /** In seconds from when it is set. */
  readonly expires: number | undefined;
  readonly sameSite: string | undefined;
  readonly isSecure: boolean;
}

/** What the Service's annotation asks for; undefined when it asks for nothing (or for something we don't know). */
export function sessionRule(service: Service): SessionRule | undefined {
  const [, by, name] = SESSION.exec(annotation(service, SESSION_AFFINITY_ANNOTATION) ?? "") ?? [];
  if (by === "cookie") return { by, name: name ?? COOKIE_NAME };
  if (by === "header" && name !== undefined) return { by, name: name.toLowerCase() };
  return undefined;
}

/** The PROXY protocol version that the Service's annotation asks for; undefined as above. */
export function proxyProtocol(service: Service): "v1" | "v2" | undefined {
  const version = annotation(service, PROXY_PROTOCOL_ANNOTATION);
  return version === "v1" || version === "v2" ? version : undefined;
}

function annotation({ metadata: { annotations } }: Service, name: string): string | undefined {
  return annotations !== undefined && Object.hasOwn(annotations, name)
    ? annotations[name]
    : undefined;
}
