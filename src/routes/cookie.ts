import type { CookieAttributes } from "../objects/service-annotations.ts";

/**
 * The value of a cookie (RFC 6265 section 5.4).
 * @param fields the values of the request's Cookie fields; several of them may stand in one, joined by commas, which no
 * cookie has in it.
 */
export function cookieValue(fields: Iterable<string>, name: string): string | undefined {
  for (const field of fields) {
    for (const pair of field.split(/[;,]/)) {
      const equals = pair.indexOf("=");
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
    }
  }
  return undefined;
}

/** A cookie that identifies a client's session. */
export interface SessionCookie extends Omit<CookieAttributes, "path" | "isSecure"> {
  readonly name: string;
  /** Absent: the path that the rule is for. */
  readonly path: string | undefined;
  /** Absent: where it is set over TLS. */
  readonly isSecure: boolean | undefined;
}
