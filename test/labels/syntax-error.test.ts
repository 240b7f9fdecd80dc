import { describe, expect, test } from "vitest";
import { parseSelector, SelectorSyntaxError } from "../../src/labels/index.ts";

function fail(text: string, options?: Parameters<typeof parseSelector>[1]): SelectorSyntaxError {
  try {
    parseSelector(text, options);
  } catch (error) {
    if (error instanceof SelectorSyntaxError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

const AFTER_KEY = ["==", "=", "in", "notin", "!=", ">", "<", ",", "end"];

describe("a syntax error says what stands where and what could", () => {
  test.each<[text: string, code: string, offset: number, found: string, expected: string[]]>([
    [",x", "expected-key", 0, ",", ["!", "key", "end"]],
    ["x,", "expected-key", 2, "", ["!", "key"]],
    ["x, ,y", "expected-key", 3, ",", ["!", "key"]],
    ["!!x", "expected-key", 1, "!", ["key"]],
    ["!=x", "expected-key", 1, "=", ["key"]],
    ["=x", "expected-key", 0, "=", ["!", "key", "end"]],
    ["app im (a)", "expected-operator", 4, "im", AFTER_KEY],
    ["app inn (a)", "expected-operator", 4, "inn", AFTER_KEY],
    ["app notinn (a)", "expected-operator", 4, "notinn", AFTER_KEY],
    ["app(", "expected-operator", 3, "(", AFTER_KEY],
    ["app ! = x", "expected-operator", 4, "!", AFTER_KEY],
    ["app in a", "expected-values", 7, "a", ["("]],
    ["app in", "expected-values", 6, "", ["("]],
    ["app in (a", "expected-separator", 9, "", [",", ")"]],
    ["app in (a b)", "expected-separator", 10, "b", [",", ")"]],
    ["app in ((a))", "expected-value", 8, "(", ["value", ",", ")"]],
    ["app=(a)", "expected-value", 4, "(", ["value", ",", "end"]],
    ["app===a", "expected-value", 5, "=", ["value", ",", "end"]],
    ["app=a b", "expected-separator", 6, "b", [",", "end"]],
    ["app in (a))", "expected-separator", 10, ")", [",", "end"]],
    ["!app=a", "expected-separator", 4, "=", [",", "end"]],
    ["app>=5", "expected-value", 4, "=", ["integer"]],
    ["app>", "expected-value", 4, "", ["integer"]],
    ["app>1.5", "invalid-integer", 4, "1.5", ["integer"]],
    ["app<-1", "invalid-integer", 4, "-1", ["integer"]],
    ["app> 9223372036854775808", "invalid-integer", 5, "9223372036854775808", ["integer"]],
    ["-app=x", "invalid-key", 0, "-app", ["key"]],
    ["x,app-=x", "invalid-key", 2, "app-", ["key"]],
    ["a/b/c", "invalid-key", 0, "a/b/c", ["key"]],
    ["A.io/b", "invalid-key", 0, "A.io/b", ["key"]],
    ["app=é", "invalid-value", 4, "é", ["value"]],
    ["app in (a, b_)", "invalid-value", 11, "b_", ["value"]],
    ["a\0", "nul", 1, "\0", AFTER_KEY],
    ["\0a", "nul", 0, "\0", ["!", "key", "end"]],
  ])("%j: %s at %i", (text, code, offset, found, expected) => {
    const error = fail(text);
    const wanted = { code, offset, found };
    expect({ code: error.code, offset: error.offset, found: error.found }).toEqual(wanted);
    expect([...error.expected].sort()).toEqual([...expected].sort());
    expect(error.name).toBe("SelectorSyntaxError");
    expect(error.position).toBeUndefined();
  });

  test("broken label rules come with it, counted from the token", () => {
    expect(fail("x, a/b c=y").problems).toEqual([]);
    expect(fail("x,a:b=y").problems).toMatchObject([
      { part: "name", rule: "name-bad-character", offset: 1 },
    ]);
    expect(fail(`x=${"a".repeat(64)}`).problems).toMatchObject([
      { part: "value", rule: "value-too-long", offset: 63 },
    ]);
    expect(fail(`${"a".repeat(64)}=x`).problems).toMatchObject([{ rule: "name-too-long" }]);
    expect(fail(`${"a".repeat(254)}/x=x`).problems).toMatchObject([{ rule: "prefix-too-long" }]);
    expect(fail(`x>${"0".repeat(64)}`)).toMatchObject({
      code: "invalid-integer",
      problems: [{ rule: "value-too-long" }],
    });
  });

  test("lengths at their limits are fine", () => {
    const name = "a".repeat(63);
    const key = `${"b".repeat(253)}/${name}`;
    for (const text of [`${key}=${name}`, `x>${"0".repeat(63)}`, "x>9223372036854775807"]) {
      expect(String(parseSelector(text))).toBe(text);
    }
    expect(fail(`x>1${"0".repeat(19)}`).code).toBe("invalid-integer");
  });
});

describe("a hint says what to write", () => {
  test.each([
    ["app im (web)", 'did you mean "in"?'],
    ["app notn (web)", 'did you mean "notin"?'],
    ["app=!web", 'did you mean "!="?'],
    ["app=!=web", 'did you mean "!="?'],
    ["app!==web", '"not equal" is written "!="'],
    ["app<>5", '"not equal" is written "!="'],
    ["app ! = web", '"not equal" is written "!=", without a blank'],
    ["app===web", '"equals" is written "="'],
    ["app: web", '":" is not an operator; write "="'],
    ["app:web", '":" is not an operator; write "="'],
    ["app In (web)", '"In" is spelled "in" in text'],
    ["app NOTIN (web)", '"NOTIN" is spelled "notin" in text'],
    ['app="web"', "quotes are not needed"],
    ["'app'=web", "quotes are not needed"],
    ["app not in (web)", '"not in" is one word: "notin"'],
    ["app exists", "to ask whether a label exists, write its key alone"],
    ["app DoesNotExist", 'to ask that a label does not exist, write "!" before its key'],
    ["app gt 5", '"greater than" is written ">"'],
    ["app Lt 5", '"less than" is written "<"'],
    ["app eq web", '"equals" is written "="'],
    ["app ne web", '"not equal" is written "!="'],
    ["app>=5", 'there is no ">="; ">4" is the same as "at least 5"'],
    ["app<=5", 'there is no "<="; "<6" is the same as "at most 5"'],
    ["app=>5", 'there is no "=>"; write ">"'],
    ["app=<5", 'there is no "=<"; write "<"'],
    ["app=(a,b)", 'for several values write "key in (a,b)"'],
    ["app!=(a,b)", 'for several values write "key notin (a,b)"'],
    ["app (a)", 'write "in" or "notin" before the parenthesis'],
    ["app in web", "write in (web)"],
    ["app in [a,b]", 'values of "in" and "notin" stand in round parentheses: (a,b)'],
    ["app in (a", 'a ")" is missing'],
    ["app in (a b)", "put a comma between two values"],
    ["app=a && b=c", 'requirements are joined with ","'],
    ["app=a and b=c", 'requirements are joined with ","'],
    ["app=a;b=c", 'requirements are joined with ","'],
    ["app=a or b=c", 'there is no "or" between requirements; for one key write "key in (a,b)"'],
    ["app=a||b=c", 'there is no "or" between requirements; for one key write "key in (a,b)"'],
    ["app=*", "there are no wildcards; a key alone asks whether the label exists"],
    ["app=~web", "there are no regular expressions"],
    ["app,", "remove the comma"],
    ["app,,b", "remove the comma"],
    [",app", "remove the comma"],
    ["!!app", 'one "!" is enough'],
    ["!app=web", '"!app" is complete; for "not equal" write "app!=value"'],
    ["! =web", '"not equal" is written "!=", without a blank'],
    ["=web", "a key comes first: key=value"],
    ["my app", "blanks cannot stand inside a key"],
    ["app=my web", "values cannot contain blanks; put a comma between two requirements"],
    ["app\0", "remove the NUL character"],
    ["app=-", undefined],
    ["app>x", undefined],
    ["app in (a))", undefined],
  ])("%j: %s", (text, hint) => {
    const error = fail(text);
    expect(error.hint).toBe(hint);
    if (hint !== undefined) expect(error.message.endsWith(`; ${hint}`)).toBe(true);
  });
});

describe("a message (S.7)", () => {
  test("reads as a sentence", () => {
    expect(fail("app=a b").message).toBe(
      'found "b" at offset 6, expected , or end; values cannot contain blanks; put a comma between two requirements',
    );
    expect(fail("app in").message).toBe("the selector ends at offset 6, expected (");
    expect(fail("a=-").message).toBe(
      'invalid value at offset 2: the value "-" must start with a letter or digit',
    );
  });

  test("names the file, line and column when the source is known", () => {
    const locate = (offset: number) => ({ line: 12, column: 8 + offset });
    const named = fail("a=b c", { source: { name: "k8s/web.yaml", locate } });
    expect(named.position).toEqual({ line: 12, column: 12 });
    expect(named.message).toMatch(/^k8s\/web\.yaml:12:12: found "c" at offset 4/);
    expect(fail("a=b c", { source: { locate } }).message).toMatch(/^12:12: found "c"/);
    expect(fail("a in (,,)", { since: "1.34", source: { locate } }).message).toMatch(/^12:13: /);
  });

  test("stays short for hostile input", () => {
    const long = "x".repeat(100_000);
    for (const text of [long, `a=${long}`, `a ${long}`, `a in ${long}`, `a>${long}`]) {
      expect(fail(text).message.length).toBeLessThan(400);
    }
  });
});

describe("since (S.12)", () => {
  test("an even run of commas before a parenthesis was an error up to 1.34", () => {
    for (const list of ["(,,)", "(a,,)", "(a, ,\t)", "(,,,,)", "(a,b,,,,)"]) {
      expect(fail(`x in ${list}`, { since: "1.34" })).toMatchObject({
        code: "empty-values",
        offset: 5,
        found: "(",
      });
      expect(fail(`x in ${list}`, { since: "1.20" }).code).toBe("empty-values");
      expect(parseSelector(`x in ${list}`, { since: "1.35" }).requirements).toHaveLength(1);
      expect(parseSelector(`x in ${list}`).requirements).toHaveLength(1);
    }
    for (const list of ["()", "(,)", "(a,)", "(,,,)", "(a,,,)", "(,,a)", "(a,,b)"]) {
      const old = parseSelector(`x in ${list}`, { since: "1.34" });
      expect(String(old)).toBe(String(parseSelector(`x in ${list}`)));
    }
  });

  test("a release must look like one", () => {
    for (const since of ["2.0", "1.", "v1.34", "1.34.1", "1.x"]) {
      expect(() => parseSelector("a", { since: since as "1.34" })).toThrow(RangeError);
    }
  });
});
