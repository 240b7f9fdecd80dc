import { trimBlanks } from "../blanks.ts";
import { badRequest, type Fault, fault } from "./fault.ts";

/** The fields that the proxy itself reads or changes; all others are passed on unread. */
export type KnownName =
  | "accept"
  | "connection"
  | "content-length"
  | "expect"
  | "forwarded"
  | "host"
  | "http2-settings"
  | "keep-alive"
  | "proxy-authenticate"
  | "proxy-authorization"
  | "proxy-connection"
  | "te"
  | "transfer-encoding"
  | "upgrade"
  | "x-forwarded-for"
  | "x-forwarded-host"
  | "x-forwarded-proto";

export interface KnownField {
  readonly name: KnownName;
  /** Where its line starts in the section, and where the next one does. */
  readonly start: number;
  readonly end: number;
  /** Without blanks around it. */
  readonly value: string;
}

const BY_LENGTH: readonly (readonly KnownName[] | undefined)[] = byLength([
  "accept",
  "connection",
  "content-length",
  "expect",
  "forwarded",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

/** RFC 9110 section 5.6.2: 1 where the character may stand in a token. */
export const TOKEN = new Uint8Array(256);
for (const c of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TOKEN[c.charCodeAt(0)] = 1;
}

const CR = 13;
const LF = 10;
const TAB = 9;
const SPACE = 32;
const COLON = 58;
const DEL = 127;

/**
 * Reads the field lines of a head or trailer section (RFC 9112 section 5), up to and with the empty line that
 * ends it. Strict: no folded lines, no blank before the colon, no bare CR or LF, no control characters, as
 * implementations read each of these differently.
 * @param from where the first line starts; the text ends with CRLF CRLF or, without fields, CRLF.
 */
export function parseFields(
  text: string,
  from: number,
  maxLines: number,
): readonly KnownField[] | Fault {
  const known: KnownField[] = [];
  let at = from;
  for (let lines = 0; ; lines++) {
    let c = text.charCodeAt(at);
    if (c === CR) {
      return text.charCodeAt(at + 1) === LF && at + 2 === text.length
        ? known
        : badRequest("a bare CR in the header section");
    }
    if (lines === maxLines) {
      return fault(431, "too-large", `more than ${maxLines} header lines`);
    }
    const start = at;
    while (TOKEN[c] === 1) c = text.charCodeAt(++at);
    if (c !== COLON || at === start) return badRequest(describeNameFault(c, at === start));
    const nameEnd = at;
    at++;
    for (;;) {
      c = text.charCodeAt(at);
      if (c >= SPACE ? c !== DEL : c === TAB) at++;
      else break;
    }
    // At the end of the text c is NaN, so the loop ends here, too.
    if (c !== CR || text.charCodeAt(at + 1) !== LF) return badRequest(describeValueFault(c));
    const name = knownName(text, start, nameEnd);
    if (name !== undefined) {
      const value = trimBlanks(text, nameEnd + 1, at);
      known.push({ name, start: start - from, end: at + 2 - from, value });
    }
    at += 2;
  }
}

/** All values of that name as one list (RFC 9110 section 5.3). */
export function listValue(fields: readonly KnownField[], name: KnownName): string | undefined {
  let list: string | undefined;
  for (const field of fields) {
    if (field.name === name) list = list === undefined ? field.value : `${list}, ${field.value}`;
  }
  return list;
}

/** The value of the first field of that name. */
export function knownValue(fields: readonly KnownField[], name: KnownName): string | undefined {
  for (const field of fields) if (field.name === name) return field.value;
  return undefined;
}

function knownName(text: string, start: number, end: number): KnownName | undefined {
  const candidates = BY_LENGTH[end - start];
  if (candidates === undefined) return undefined;
  const first = text.charCodeAt(start) | 0x20;
  for (const candidate of candidates) {
    if (candidate.charCodeAt(0) === first && text.slice(start, end).toLowerCase() === candidate) {
      return candidate;
    }
  }
  return undefined;
}

function byLength(names: readonly KnownName[]): readonly (readonly KnownName[] | undefined)[] {
  const table: KnownName[][] = [];
  for (const name of names) {
    const same = table[name.length] ?? [];
    table[name.length] = same;
    same.push(name);
  }
  return table;
}

function describeNameFault(c: number, first: boolean): string {
  if (first && (c === SPACE || c === TAB)) return "a folded header line";
  if (c === SPACE || c === TAB) return "a blank before a header's colon";
  return "a header line that is not a name, a colon and a value";
}

function describeValueFault(c: number): string {
  if (c === CR) return "a bare CR in a header value";
  if (c === LF) return "a bare LF in a header value";
  return "a control character in a header value";
}
