import type { OutgoingHttpHeaders } from "node:http2";
import { connectionOptions, isHopByHop } from "../hop-by-hop.ts";
import { TOKEN } from "../http1/fields.ts";
import type { ResponseHead } from "../http1/response-head.ts";

/** Names and values in turn, as node's `stream` event hands them over. */
export type RawHeaders = readonly string[];

export function pseudoHeader(raw: RawHeaders, name: string): string | undefined {
  return headerValue(raw, name);
}

/** @param name lower case */
export function headerValue(raw: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2) if (raw[i] === name) return raw[i + 1];
  return undefined;
}

/** Field lines that may be passed on, as name and value; undefined when one of them isn't clean (RFC 9113 section 8.2.1). */
export function* endToEnd(raw: RawHeaders): Generator<readonly [string, string]> {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.startsWith(":") || isHopByHop(name) || DROPPED.has(name)) continue;
    yield [name, raw[i + 1] as string];
  }
}

/** What is said anew for the pod. */
const DROPPED: ReadonlySet<string> = new Set([
  "host",
  "http2-settings",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

/** Whether every name and value can stand in an HTTP/1.1 head without changing what the head says. */
export function isClean(raw: RawHeaders): boolean {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (/[\r\n\0]/.test(raw[i + 1] as string)) return false;
    for (let at = name.startsWith(":") ? 1 : 0; at < name.length; at++) {
      if (TOKEN[name.charCodeAt(at)] !== 1) return false;
    }
  }
  return true;
}

/** An HTTP/1.1 answer's head as HTTP/2 headers. */
export function toHttp2Headers(head: ResponseHead): OutgoingHttpHeaders {
  const headers = linesToHeaders(head.text.slice(head.fieldsAt, -2));
  headers[":status"] = head.status;
  return headers;
}

/** Field lines, each with its CRLF; what concerns one connection only is left out. */
export function linesToHeaders(lines: string): OutgoingHttpHeaders {
  const headers: Record<string, string | string[] | number> = Object.create(null);
  const listed = new Set<string>();
  for (const line of lines.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "connection") for (const option of connectionOptions(value)) listed.add(option);
    if (isHopByHop(name)) continue;
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (Array.isArray(before)) before.push(value);
    // node refuses several values for these; two different ones were refused with the framing already.
    else if (name !== "content-length") headers[name] = [String(before), value];
  }
  for (const name of listed) delete headers[name];
  return headers;
}
