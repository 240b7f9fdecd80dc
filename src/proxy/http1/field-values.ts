import { trimBlanks } from "../blanks.ts";
import type { RequestHead } from "./request-head.ts";

/** All values of one field of a head that was parsed. @param name lower case */
export function valuesOf({ lines }: RequestHead, name: string): string[] {
  const found: string[] = [];
  const { text } = lines;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\r\n", at);
    const stop = end < 0 ? text.length : end;
    const colon = at + name.length;
    if (text[colon] === ":" && text.slice(at, colon).toLowerCase() === name) {
      found.push(trimBlanks(text, colon + 1, stop));
    }
    at = stop + 2;
  }
  return found;
}

/** All values of one field as the one list they are (RFC 9110 section 5.3). @param name lower case */
export function joinedValues(head: RequestHead, name: string): string | undefined {
  const values = valuesOf(head, name);
  return values.length === 0 ? undefined : values.join(", ");
}
