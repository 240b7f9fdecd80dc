import { FieldSection } from "../exchange/field-section.ts";
import { passesInTrailers } from "../exchange/passed-on.ts";
import { TOKEN } from "../http1/fields.ts";

/** Names and values in turn. */
export type Pairs = readonly string[];

/** Why a section makes its message malformed (RFC 9113 section 8.1.1). */
export interface Malformed {
  readonly malformed: string;
}

export interface Section {
  /** By name with its colon; each at most once. */
  readonly pseudo: ReadonlyMap<string, string>;
  /** All other fields. */
  readonly fields: Pairs;
  readonly contentLength: number | undefined;
}

/** Fields that concern one connection: HTTP/2 expresses them by other means (RFC 9113 section 8.2.2). */
const OF_CONNECTIONS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

const LENGTH = /^\d{1,15}$/;
const [SPACE, TAB, DEL, COLON] = [32, 9, 127, 58];

/**
 * Reads a header or trailer section strictly: nothing is dropped or repaired, as the next reader could read it
 * differently.
 * @param known the pseudo-fields that are allowed in it.
 */
export function readSection(pairs: Pairs, known: ReadonlySet<string>): Section | Malformed {
  const pseudo = new Map<string, string>();
  let begun = 0;
  while (pairs[begun]?.charCodeAt(0) === COLON) {
    const name = pairs[begun] as string;
    const value = pairs[begun + 1] as string;
    if (!known.has(name)) return { malformed: `a pseudo-field ${JSON.stringify(name)}` };
    if (pseudo.has(name)) return { malformed: `two ${name}` };
    if (!isValue(value)) return { malformed: `a ${name} with a character that can't be in it` };
    pseudo.set(name, value);
    begun += 2;
  }
  const fields = begun === 0 ? pairs : pairs.slice(begun);
  let contentLength: number | undefined;
  let hosts = 0;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const value = fields[i + 1] as string;
    if (!isName(name)) return { malformed: `a field name ${JSON.stringify(name)}` };
    if (!isValue(value)) return { malformed: `a value of ${name} that no field can have` };
    if (OF_CONNECTIONS.has(name) || (name === "te" && value !== "trailers")) {
      return { malformed: `a field of connections: ${name}` };
    }
    if (name === "host" && ++hosts > 1) return { malformed: "two host fields" };
    if (name !== "content-length") continue;
    if (contentLength !== undefined || !LENGTH.test(value)) {
      return { malformed: "a content-length that is not one number" };
    }
    contentLength = Number(value);
  }
  return { pseudo, fields, contentLength };
}

const NONE: ReadonlySet<string> = new Set();

/** What is passed on of a trailer section; pseudo-fields are not allowed in it. */
export function readTrailers(pairs: Pairs, isCut: boolean): FieldSection | Malformed {
  if (isCut) return { malformed: "a trailer section that is too long" };
  const section = readSection(pairs, NONE);
  return "malformed" in section ? section : keptFields(section.fields, passesInTrailers);
}

/** A token in lower case. */
function isName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    if (TOKEN[c] !== 1 || (c >= 65 && c <= 90)) return false;
  }
  return name.length > 0;
}

/** No control characters, and no blanks around it. */
function isValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if ((c < SPACE && c !== TAB) || c === DEL) return false;
  }
  return !isBlank(value.charCodeAt(0)) && !isBlank(value.charCodeAt(value.length - 1));
}

function isBlank(c: number): boolean {
  return c === SPACE || c === TAB;
}

/** @param name lower case */
export function fieldValue(fields: Pairs, name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}

/** All values of one field, in order. @param name lower case */
export function fieldValues(fields: Pairs, name: string): string[] {
  const found: string[] = [];
  for (let i = 0; i < fields.length; i += 2)
    if (fields[i] === name) found.push(fields[i + 1] as string);
  return found;
}

/** All values of one field as the one list they are (RFC 9110 section 5.3). @param name lower case */
export function joinedValues(fields: Pairs, name: string): string | undefined {
  const values = fieldValues(fields, name);
  return values.length === 0 ? undefined : values.join(", ");
}

/** The fields that are passed on. */
export function keptFields(fields: Pairs, passes: (name: string) => boolean): FieldSection {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (passes(name)) kept.push(name, fields[i + 1] as string);
  }
  return FieldSection.ofPairs(kept);
}
