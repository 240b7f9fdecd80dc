import { badRequest, type Fault, fault } from "./fault.ts";
import { type FieldLines, FieldReader } from "./field-lines.ts";
import { type KnownField, TOKEN } from "./fields.ts";

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** The minor version of HTTP/1. */
  readonly minor: 0 | 1;
  readonly lines: FieldLines;
  readonly fields: readonly KnownField[];
}

const LONGEST_METHOD = 24;
const VERSION = " HTTP/1.";

/** Reads a request's head (RFC 9112 section 3), strictly. @param text the whole head, CRLF CRLF included. */
export function parseRequestHead(
  text: string,
  maxLines: number,
  reader = new FieldReader(),
): RequestHead | Fault {
  let at = 0;
  while (TOKEN[text.charCodeAt(at)] === 1) at++;
  if (at === 0 || at > LONGEST_METHOD || text.charCodeAt(at) !== 32) {
    return badRequest("the request doesn't begin with a method and one blank");
  }
  const method = text.slice(0, at);
  const targetAt = ++at;
  for (;;) {
    const c = text.charCodeAt(at);
    if (c > 32 && c < 127) at++;
    else break;
  }
  if (at === targetAt || text.charCodeAt(at) !== 32) {
    return badRequest("the request target is not printable ASCII between two single blanks");
  }
  const target = text.slice(targetAt, at);
  const minor = text.charCodeAt(at + 8) - 48;
  const known = text.startsWith(VERSION, at) && (minor === 0 || minor === 1);
  if (!known || text.charCodeAt(at + 9) !== 13 || text.charCodeAt(at + 10) !== 10) {
    return /^ HTTP\/\d\.\d\r\n/.test(text.slice(at, at + 12))
      ? fault(505, "not-implemented", `this is an HTTP/1.1 server: ${text.slice(at + 1, at + 9)}`)
      : badRequest("the request line doesn't end with HTTP/1.1 and CRLF");
  }
  const lines = reader.read(text, at + 11, maxLines);
  if ("fault" in lines) return lines;
  return { method, target, minor: minor as 0 | 1, lines, fields: lines.fields };
}
