import { badRequest, type Fault } from "./fault.ts";
import type { FieldLines, FieldReader } from "./field-lines.ts";
import type { KnownField } from "./fields.ts";

export interface ResponseHead {
  readonly status: number;
  readonly minor: 0 | 1;
  /** The rest of the status line after the status, with the blank before it. */
  readonly reason: string;
  readonly lines: FieldLines;
  readonly fields: readonly KnownField[];
}

/** Reads a response's head (RFC 9112 section 4), as strictly as a request's. */
export function parseResponseHead(
  text: string,
  maxLines: number,
  reader: FieldReader,
): ResponseHead | Fault {
  const minor = text.charCodeAt(7) - 48;
  if (!text.startsWith("HTTP/1.") || (minor !== 0 && minor !== 1) || text.charCodeAt(8) !== 32) {
    return badRequest("the answer doesn't begin with HTTP/1.1");
  }
  const status = digit(text, 9) * 100 + digit(text, 10) * 10 + digit(text, 11);
  const after = text.charCodeAt(12);
  if (!(status >= 100) || (after !== 32 && after !== 13)) {
    return badRequest("the answer has no three-digit status");
  }
  let at = 12;
  for (;;) {
    const c = text.charCodeAt(at);
    if (c >= 32 ? c !== 127 : c === 9) at++;
    else break;
  }
  if (text.charCodeAt(at) !== 13 || text.charCodeAt(at + 1) !== 10) {
    return badRequest("the status line doesn't end with CRLF");
  }
  const reason = text.slice(12, at);
  const lines = reader.read(text, at + 2, maxLines);
  if ("fault" in lines) return lines;
  return { status, minor: minor as 0 | 1, reason, lines, fields: lines.fields };
}

function digit(text: string, at: number): number {
  const d = text.charCodeAt(at) - 48;
  return d >= 0 && d <= 9 ? d : Number.NaN;
}
