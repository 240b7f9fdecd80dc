import { RE2JS } from "re2js";

/** A pattern for texts. */
export interface TextPattern {
  /** The expression as it was written. */
  readonly source: string;
  test(text: string): boolean;
}

/** A pattern that matches nothing. */
export const NOTHING: TextPattern = { source: "", test: () => false };

/**
 * A regular expression of a route, which must match the whole text. The syntax is RE2's, as in other implementations;
 * matching takes time linear in the text, so no request can be crafted to take long.
 * @returns or why it is invalid
 */
export function textPattern(expression: string): TextPattern | string {
  return compile(expression, (compiled, text) => compiled.testExact(text));
}

/** Compiled patterns, cached: schemas use the same ones again and again. */
const searched = new Map<string, TextPattern | string>();
const MAX_SEARCHED = 1000;

/** A regular expression that may match anywhere in a text, as `pattern` of a schema. @returns or why it is invalid */
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

/** The matches of a regular expression in a text, up to a limit. @returns or why it is invalid */
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
 * An expression for the beginning of a text, ignoring case, as nginx compares the paths of Ingresses.
 * @param target replaces the whole text, with `$1` for the first group
 * @returns or why it is invalid
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

/** An expression that matches exactly this text. */
export function quoted(text: string): string {
  return RE2JS.quote(text);
}
