import { RE2JS } from "re2js";

/** What a text is compared with. */
export interface TextPattern {
  /** The expression as it was written. */
  readonly source: string;
  test(text: string): boolean;
}

/** What nothing matches. */
export const NOTHING: TextPattern = { source: "", test: () => false };

/**
 * A regular expression of a route, which has to match all of the text. RE2's syntax, as other implementations have
 * it; the time it takes grows with the text alone, so no request can be made for it to take long.
 * @returns in its place the reason when it can't be read
 */
export function textPattern(expression: string): TextPattern | string {
  return compile(expression, (compiled, text) => compiled.testExact(text));
}

/** Patterns that were compiled: schemas ask for the same ones again and again. */
const searched = new Map<string, TextPattern | string>();
const MAX_SEARCHED = 1000;

/**
 * A regular expression that has to match somewhere in a text, as `pattern` of a schema has.
 * @returns in its place the reason when it can't be read
 */
export function searchPattern(expression: string): TextPattern | string {
  let pattern = searched.get(expression);
  if (pattern === undefined) {
    if (searched.size >= MAX_SEARCHED) searched.clear();
    pattern = compile(expression, (compiled, text) => compiled.matcher(text).find());
    searched.set(expression, pattern);
  }
  return pattern;
}

function compile(
  expression: string,
  test: (compiled: RE2JS, text: string) => boolean,
): TextPattern | string {
  try {
    const compiled = RE2JS.compile(expression);
    return { source: expression, test: (text) => test(compiled, text) };
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * What a regular expression matches in a text, one after the other, up to a number of them.
 * @returns in its place the reason when it can't be read
 */
export function capturePattern(
  expression: string,
): ((text: string, limit: number) => readonly string[]) | string {
  try {
    const compiled = RE2JS.compile(expression);
    return (text, limit) => {
      const matcher = compiled.matcher(text);
      const found: string[] = [];
      while (found.length < limit && matcher.find()) found.push(matcher.group() ?? "");
      return found;
    };
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * An expression that has to match the beginning of a text, whatever the letters' case, as nginx compares the paths of
 * Ingresses.
 * @param target what the whole text becomes, with `$1` for what the first group took
 * @returns in its place the reason when it can't be read
 */
export function beginningPattern(
  expression: string,
  target: string,
): { readonly pattern: TextPattern; readonly rewrite: (text: string) => string } | string {
  try {
    const compiled = RE2JS.compile(`(?i)${expression}`);
    return {
      pattern: { source: expression, test: (text) => compiled.matcher(text).lookingAt() },
      rewrite(text) {
        const matcher = compiled.matcher(text);
        if (!matcher.lookingAt()) return text;
        const count = matcher.groupCount();
        return target.replace(/\$([0-9])/g, (_, digit: string) =>
          Number(digit) <= count ? (matcher.group(Number(digit)) ?? "") : "",
        );
      },
    };
  } catch (error) {
    return (error as Error).message;
  }
}

/** The text as an expression that matches nothing else. */
export function quoted(text: string): string {
  return RE2JS.quote(text);
}
