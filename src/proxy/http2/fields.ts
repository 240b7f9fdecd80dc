import type { OutgoingHttpHeaders } from "node:http2";
import { FieldSection } from "../exchange/field-section.ts";
import { TOKEN } from "../http1/fields.ts";
import { addValue, type FieldValues } from "./field-values.ts";

/** Names and values in turn, as they stand in a header section; node hands them over so, and its types don't know. */
export type RawHeaders = readonly string[];

/** @param name lower case */
export function headerValue(raw: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < raw.length; i += 2) if (raw[i] === name) return raw[i + 1];
  return undefined;
}

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

/** How long a header section would be in HTTP/1.1. */
export function headBytes(raw: RawHeaders): number {
  let bytes = 0;
  for (const text of raw) bytes += text.length + 2;
  return bytes;
}

/** The fields of a header section that are passed on; pseudo-fields are none. */
export function fieldsOf(raw: RawHeaders, passes: (name: string) => boolean): FieldSection {
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (!name.startsWith(":") && passes(name)) kept.push(name, raw[i + 1] as string);
  }
  return FieldSection.ofPairs(kept);
}

/** Fields as node takes them. */
export function toHeaders(fields: FieldSection): OutgoingHttpHeaders {
  const headers: FieldValues = Object.create(null);
  const { pairs } = fields;
  for (let i = 0; i < pairs.length; i += 2) {
    addValue(headers, pairs[i] as string, pairs[i + 1] as string);
  }
  return headers;
}
