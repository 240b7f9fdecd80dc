import { trimBlanks } from "./blanks.ts";

/** Headers that concern one connection only and are never passed on (RFC 9110 section 7.6.1). */
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

/** @param name lower case */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/** Header names the Connection list declares hop-by-hop, lower case. */
export function connectionOptions(value: string | undefined): ReadonlySet<string> {
  if (value === undefined) return NONE;
  return new Set(value.split(",").map((token) => trimBlanks(token).toLowerCase()));
}

const NONE: ReadonlySet<string> = new Set();
