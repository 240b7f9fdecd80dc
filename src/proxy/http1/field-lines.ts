import { trimBlanks } from "../blanks.ts";
import type { RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-head.ts";

/** Every field of a head that was parsed: name in lower case, and value. */
export function* fieldLines({
  text,
  fieldsAt,
}: Pick<RequestHead | ResponseHead, "text" | "fieldsAt">): Generator<readonly [string, string]> {
  for (const line of text.slice(fieldsAt).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) yield [line.slice(0, colon).toLowerCase(), trimBlanks(line, colon + 1)];
  }
}

/** All values of one header. @param name lower case */
export function valuesOf(head: Pick<RequestHead, "text" | "fieldsAt">, name: string): string[] {
  const found: string[] = [];
  for (const [each, value] of fieldLines(head)) if (each === name) found.push(value);
  return found;
}
