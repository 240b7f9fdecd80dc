import { readFileSync } from "node:fs";
import peggy from "peggy";
import { describe, expect, test } from "vitest";
// @ts-expect-error the optimizer is plain JavaScript
import { optimize } from "../../grammar/optimize.mjs";
import { parseSelector, validateLabelKey, validateLabelValue } from "../../src/labels/index.ts";
import { attempt, corpus } from "./corpus.ts";

// The grammar with actions that only note what was read, so that no module is imported.
const grammar = readFileSync(new URL("../../grammar/selector.peggy", import.meta.url), "utf8");
const bare = grammar.replace(
  /\{\{[\s\S]*?\}\}/,
  `{{
    const same = (one) => one;
    const checkKey = same, checkValue = same, checkInteger = same, checkValues = same;
    const refuse = (word) => { throw new Error("refused " + word); };
    const refuseKey = refuse, refuseValue = refuse, refuseInteger = refuse;
    class Requirement { constructor(...parts) { this.parts = parts; } }
  }}`,
);

interface Parser {
  parse(text: string, options: object): unknown;
}

async function load(code: string): Promise<Parser> {
  return import(`data:text/javascript,${encodeURIComponent(code)}`) as Promise<Parser>;
}

describe("the grammar (S.1, S.2)", () => {
  test("means the same with and without the optimizer", async () => {
    const code = peggy.generate(bare, { output: "source", format: "es" });
    const plain = await load(code);
    const fast = await load(optimize(code) as string);
    const outcome = (parser: Parser, text: string) => {
      const read = attempt(() => parser.parse(text, {}));
      if ("value" in read) return JSON.stringify(read.value);
      const { message, location } = read.error as { message: string; location?: object };
      return JSON.stringify({ message, location });
    };
    for (const { in: text } of corpus<{ in: string }>("selectors")) {
      expect(outcome(fast, text), text).toBe(outcome(plain, text));
    }
  });

  test("code that the optimizer does not know fails the build", () => {
    expect(() => optimize("")).toThrow("found no parse function");
    const empty = "function peg$parse(input, options) {\n}\n";
    expect(() => optimize(empty)).toThrow("found no functions to move");
  });

  test("accepts exactly the keys and values that validation accepts", () => {
    const accepts = (text: string) => "value" in attempt(() => parseSelector(text));
    // A text that is more than one token says nothing about keys and values.
    const token = ({ in: text }: { in: string }) => /^[^ \t\r\n=!(),<>\0]+$/.test(text);
    const keys = corpus<{ in: string }>("label-keys").filter(token);
    const values = corpus<{ in: string }>("label-values").filter(token);
    expect(Math.min(keys.length, values.length)).toBeGreaterThan(500);
    for (const { in: text } of [...keys, ...values]) {
      expect(accepts(text), text).toBe(validateLabelKey(text).length === 0);
      expect(accepts(`!${text}`), text).toBe(validateLabelKey(text).length === 0);
      expect(accepts(`k=${text}`), text).toBe(validateLabelValue(text).length === 0);
      expect(accepts(`k in (${text})`), text).toBe(validateLabelValue(text).length === 0);
    }
  });
});
