import type { OutgoingHttpHeaders } from "node:http2";
import { trimBlanks } from "../blanks.ts";
import { connectionOptions, isHopByHop } from "../hop-by-hop.ts";
import { TOKEN } from "../http1/fields.ts";
import type { ResponseHead } from "../http1/response-head.ts";
import { addValue, type FieldValues } from "./field-values.ts";

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

/** All values of one header as the one list they are (RFC 9110 section 5.3). @param name lower case */
export function joinedValues(raw: RawHeaders, name: string): string | undefined {
  let joined: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i] !== name) continue;
    joined = joined === undefined ? raw[i + 1] : `${joined}, ${raw[i + 1]}`;
  }
  return joined;
}

/** All values of one header, in order. @param name lower case */
export function headerValues(raw: RawHeaders, name: string): string[] {
  const found: string[] = [];
  for (let i = 0; i < raw.length; i += 2) if (raw[i] === name) found.push(raw[i + 1] as string);
  return found;
}

/** Sets one more cookie besides those that are there. */
export function addCookie(headers: OutgoingHttpHeaders, cookie: string | undefined): void {
  if (cookie === undefined) return;
  const before = headers["set-cookie"];
  headers["set-cookie"] = before === undefined ? cookie : [before, cookie].flat().map(String);
}

/**
 * Whether a field is passed on: not what concerns one connection only, or is said anew for the pod.
 * @param name lower case
 */
export function isEndToEnd(name: string): boolean {
  return name.charCodeAt(0) !== COLON && !isHopByHop(name) && !DROPPED.has(name);
}

const COLON = 58;

/** What is said anew for the pod. */
const DROPPED: ReadonlySet<string> = new Set([
  "host",
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

/** Whether HTTP knows such answers (RFC 9110 section 15), and no interim ones are meant. */
export function isFinalStatus(status: number): boolean {
  return status >= 200 && status <= 599;
}

/**
 * Statuses without content, whose Content-Length says nothing, or something false (RFC 9110 sections 8.6 and
 * 15.3.6).
 */
export function hasNoContent(status: number): boolean {
  return status < 200 || status === 204 || status === 205;
}

/** An HTTP/1.1 answer's head as HTTP/2 headers. */
export function toHttp2Headers(head: ResponseHead): OutgoingHttpHeaders {
  const headers = linesToHeaders(head.text, head.fieldsAt, head.text.length - 2);
  headers[":status"] = head.status;
  if (hasNoContent(head.status)) delete headers["content-length"];
  return headers;
}

/** Well-formed field lines, each with its CRLF; what concerns one connection only is left out. */
export function linesToHeaders(text: string, from = 0, to = text.length): OutgoingHttpHeaders {
  const headers: FieldValues = Object.create(null);
  let listed: string | undefined;
  let at = from;
  while (at < to) {
    const colon = text.indexOf(":", at);
    const end = text.indexOf("\r\n", colon);
    const name = text.slice(at, colon).toLowerCase();
    const value = trimBlanks(text, colon + 1, end);
    at = end + 2;
    if (isHopByHop(name)) {
      if (name === "connection" && !/^(?:keep-alive|close)$/i.test(value)) {
        listed = listed === undefined ? value : `${listed},${value}`;
      }
      continue;
    }
    addValue(headers, name, value);
  }
  if (listed !== undefined) for (const name of connectionOptions(listed)) delete headers[name];
  return headers;
}
