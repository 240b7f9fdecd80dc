import { STATUS_CODES } from "node:http";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { Forwarded } from "../forwarded-headers.ts";
import { connectionOptions, isHopByHop } from "../hop-by-hop.ts";
import { addValue, type FieldValues } from "../http2/field-values.ts";
import type { RoutedRequest } from "../request-target.ts";
import { fieldLines, valuesOf } from "./field-lines.ts";
import type { RequestHead } from "./request-head.ts";

/** What is said anew for the pod, or means nothing to it. */
const DROPPED: ReadonlySet<string> = new Set([
  "host",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

/** An HTTP/1.1 request's head as HTTP/2 headers (RFC 9113 section 8.3.1). */
export function toHttp2Request(
  head: RequestHead,
  { path, host }: RoutedRequest,
  forwarded: Forwarded,
): OutgoingHttpHeaders {
  const headers: FieldValues = Object.create(null);
  headers[":method"] = head.method;
  headers[":scheme"] = "http";
  headers[":authority"] = host;
  headers[":path"] = path;
  const listed = connectionOptions(valuesOf(head, "connection").join(","));
  for (const [name, value] of fieldLines(head)) {
    if (isHopByHop(name) || DROPPED.has(name) || listed.has(name)) continue;
    if (name === "expect" && head.minor === 0) continue;
    if (name === "forwarded" && !forwarded.trusted) continue;
    addValue(headers, name, value);
  }
  // The one value of TE that HTTP/2 allows, and that gRPC servers insist on.
  if (/\btrailers\b/i.test(valuesOf(head, "te").join(","))) headers["te"] = "trailers";
  headers["x-forwarded-for"] = forwarded.for;
  headers["x-forwarded-host"] = forwarded.host;
  headers["x-forwarded-proto"] = forwarded.proto;
  return headers;
}

/** A trailer section as HTTP/2 trailers. */
export function toHttp2Trailers(section: string): OutgoingHttpHeaders {
  const trailers: FieldValues = Object.create(null);
  for (const [name, value] of fieldLines({ text: section, fieldsAt: 0 })) {
    if (!isHopByHop(name)) addValue(trailers, name, value);
  }
  return trailers;
}

/** The status line of an answer over HTTP/2, with its CRLF. */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
}

/**
 * HTTP/2 headers as field lines, each with its CRLF, without what concerns one connection only.
 * @returns undefined when a value could not stand in a line of its own.
 */
export function toFieldLines(headers: IncomingHttpHeaders): string | undefined {
  let lines = "";
  for (const name of Object.keys(headers)) {
    if (name.startsWith(":") || isHopByHop(name)) continue;
    for (const value of [headers[name] ?? []].flat()) {
      if (/[\r\n\0]/.test(value)) return undefined;
      lines += `${name}: ${value}\r\n`;
    }
  }
  return lines;
}
