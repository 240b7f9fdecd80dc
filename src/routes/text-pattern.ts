import { RE2JS } from "re2js";

/** What a text is compared with. */
export interface TextPattern {
  test(text: string): boolean;
}

/** What nothing matches. */
export const NOTHING: TextPattern = { test: () => false };

/**
 * A regular expression of a route, which has to match all of the text. RE2's syntax, as other implementations have
 * it; the time it takes grows with the text alone, so no request can be made for it to take long.
 * @returns in place of it why it is none
 */
export function textPattern(expression: string): TextPattern | string {
  try {
    const compiled = RE2JS.compile(expression);
    return { test: (text) => compiled.testExact(text) };
  } catch (error) {
    return (error as Error).message;
  }
}

/** The text as an expression that matches nothing else. */
export function quoted(text: string): string {
  return RE2JS.quote(text);
}
