import { trimBlanks } from "../blanks.ts";
import type { RequestHead } from "./request-head.ts";

/** All values of one field of a head that was parsed. @param name lower case */
export function valuesOf({ lines }: RequestHead, name: string): string[] {
  const found: string[] = [];
  for (const line of lines.text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon === name.length && line.slice(0, colon).toLowerCase() === name) {
      found.push(trimBlanks(line, colon + 1));
    }
  }
  return found;
}

/** All values of one field as the one list they are (RFC 9110 section 5.3). @param name lower case */
export function joinedValues(head: RequestHead, name: string): string | undefined {
  const values = valuesOf(head, name);
  return values.length === 0 ? undefined : values.join(", ");
}
