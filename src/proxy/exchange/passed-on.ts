import { trimBlanks } from "../blanks.ts";

/** Fields that concern one connection only and are never passed on (RFC 9110 section 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Fields of a request that the gateway states anew for the pod. */
const RESTATED: ReadonlySet<string> = new Set([
  "host",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

/** What a trailer section can't change any more or must not (RFC 9110 section 6.5.1): routing, authentication. */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  "authorization",
  "content-length",
  "cookie",
  "forwarded",
  "max-forwards",
  "set-cookie",
  "trailer",
  "www-authenticate",
]);

/** Names are in lower case here and below. @param trusted whether the client may say where a request came from. */
export function passesInRequest(name: string, trusted: boolean): boolean {
  return !HOP_BY_HOP.has(name) && !RESTATED.has(name) && (trusted || name !== "forwarded");
}

export function passesInAnswer(name: string): boolean {
  return !HOP_BY_HOP.has(name);
}

export function passesInTrailers(name: string): boolean {
  return !HOP_BY_HOP.has(name) && !RESTATED.has(name) && !NOT_IN_TRAILERS.has(name);
}

/** The names that a Connection list declares to be hop-by-hop, in lower case. */
export function connectionOptions(value: string | undefined): ReadonlySet<string> {
  if (value === undefined) return NONE;
  return new Set(value.split(",").map((token) => trimBlanks(token).toLowerCase()));
}

const NONE: ReadonlySet<string> = new Set();
