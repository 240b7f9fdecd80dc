import { describe, expect, test } from "vitest";
import {
  equivalent,
  fromLabelSelector,
  fromMap,
  implies,
  isSatisfiable,
  LabelIndex,
  nearest,
  parseFieldSelector,
  parseLabelsMap,
  parseSelector,
  SelectorIndex,
  simplify,
  validateDns1123Subdomain,
  validateLabelKey,
  validateLabelValue,
  witness,
} from "../../src/labels/index.ts";
import { attempt } from "./corpus.ts";

const LENGTH = 1_000_000;
const repeat = (unit: string, length = LENGTH) => unit.repeat(Math.ceil(length / unit.length));

const inputs: Record<string, string> = {
  letters: repeat("a"),
  dashes: `a${repeat("-")}`,
  "dots and letters": repeat("a."),
  slashes: repeat("a/"),
  commas: repeat(","),
  blanks: repeat(" \t"),
  "exclamation marks": repeat("!"),
  parentheses: repeat("("),
  "open lists": repeat("a in ("),
  "many requirements": `${repeat("a=b,")}c`,
  "many keys": Array.from({ length: 100_000 }, (_, i) => `k${i}=v`).join(","),
  "a long list": `a in (${repeat("b,")}b)`,
  "a list of different values": `a in (${Array.from({ length: 100_000 }, (_, i) => `v${i}`).join(",")})`,
  "an empty list that is long": `a in (${repeat(",")})`,
  equals: `a${repeat("=")}`,
  digits: `a>${repeat("9")}`,
  zeros: `a>${repeat("0")}`,
  backslashes: `a=${repeat("\\")}`,
  "escaped commas": `a=${repeat("\\,")}`,
  "NUL characters": repeat("\0"),
  emoji: repeat("😀"),
  "lone surrogates": repeat("\ud800"),
  newlines: `${repeat("\n")}x`,
};

describe("a million characters are answered or refused, by every reader", () => {
  test.each(Object.entries(inputs))("%s", { timeout: 180_000 }, (_name, text) => {
    const readers: (() => unknown)[] = [
      () => parseSelector(text),
      () => parseSelector(text, { since: "1.34" }),
      () => parseFieldSelector(text),
      () => parseLabelsMap(text),
      () => validateLabelKey(text),
      () => validateLabelValue(text),
      () => validateDns1123Subdomain(text),
      () => fromLabelSelector({ matchLabels: { [text]: text } }),
      () => fromMap({ [text]: text }).matches({ [text]: text }),
      () => parseSelector("a>5").matches({ a: text }),
    ];
    for (const read of readers) {
      const outcome = attempt(read);
      // A refusal is one of ours with a code, never the engine's own stack or memory error.
      if ("error" in outcome) expect(outcome.error).toHaveProperty("code");
    }
  });
});

test("what a million characters say can be reasoned about", { timeout: 180_000 }, () => {
  for (const name of [
    "many requirements",
    "many keys",
    "a long list",
    "a list of different values",
  ]) {
    const selector = parseSelector(inputs[name]!);
    expect(isSatisfiable(selector)).toBe(true);
    expect(implies(selector, simplify(selector))).toBe(true);
    const own = witness(selector)!;
    expect(selector.matches(own)).toBe(true);
    expect(selector.explain(own).matches).toBe(true);
    expect(equivalent(selector, selector, { over: "valid-labels" })).toBe(true);
    expect(nearest(selector, [{}, { a: "x" }])).toHaveLength(2);
  }
  const excluded = Array.from({ length: 50_000 }, (_, i) => `x!=${i}`).join(",");
  expect(isSatisfiable(parseSelector(`x>0,x<50000,${excluded}`), { over: "valid-labels" })).toBe(
    true,
  );
});

test("an object with very many labels is indexed in proportion", () => {
  const labels = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, "v"]));
  const index = new LabelIndex<string>();
  index.add("a", labels);
  index.replace("a", { ...labels, k7: "w" });
  expect(index.select(parseSelector("k7=w,k49999=v"))).toEqual(["a"]);
  expect(index.remove("a")).toBe(true);
  expect(index.count(parseSelector("k7"))).toBe(0);
  const selectors = new SelectorIndex<number>();
  selectors.add(1, parseSelector(inputs["a list of different values"]!));
  expect(selectors.matching({ a: "v500" })).toEqual([1]);
  expect(selectors.remove(1)).toBe(true);
});

describe("labels named like what objects inherit", () => {
  const names = ["constructor", "toString", "hasOwnProperty", "valueOf"];
  const proto = JSON.parse('{"__proto__":"x"}') as Record<string, string>;

  test.each(names)("%s is absent until it is there", (name) => {
    expect(parseSelector(name).matches({})).toBe(false);
    expect(parseSelector(`!${name}`).matches({})).toBe(true);
    expect(parseSelector(`${name}!=x`).matches({})).toBe(true);
    expect(parseSelector(`${name} in (x)`).matches({})).toBe(false);
    expect(parseSelector(`${name} notin (x)`).matches({})).toBe(true);
    expect(parseSelector(`${name}>0`).matches({})).toBe(false);
    expect(parseSelector(`${name}<9`).matches({})).toBe(false);
    expect(parseSelector(`${name}=x`).matches({ [name]: "x" })).toBe(true);
    expect(fromMap({ [name]: "x" }).matches({ [name]: "x" })).toBe(true);
    const index = new LabelIndex<number>();
    index.add(1, { [name]: "x" });
    index.add(2, {});
    expect(index.select(parseSelector(name))).toEqual([1]);
    expect(index.select(parseSelector(`!${name}`))).toEqual([2]);
  });

  test("__proto__ is a label when it is an own property", () => {
    expect(fromMap(proto).requirements.map(({ key }) => key)).toEqual(["__proto__"]);
    expect(fromMap(proto).matches(proto)).toBe(true);
    expect(fromMap(proto).matches({})).toBe(false);
    const index = new LabelIndex<number>();
    index.add(1, proto);
    index.add(2, {});
    expect(index.select(fromMap(proto))).toEqual([1]);
    const selectors = new SelectorIndex<number>();
    selectors.add(1, fromMap(proto));
    expect(selectors.matching(proto)).toEqual([1]);
    expect(selectors.matching({})).toEqual([]);
    expect({}).not.toHaveProperty("x");
    expect(parseFieldSelector("__proto__=x").matches(proto)).toBe(true);
    expect(parseFieldSelector("constructor=").matches({})).toBe(true);
  });

  test("a map that is no plain object will do", () => {
    const bare = Object.assign(Object.create(null), { app: "web" }) as Record<string, string>;
    expect(parseSelector("app=web,!toString").matches(bare)).toBe(true);
    expect(fromMap(bare).matches({ app: "web" })).toBe(true);
  });

  test("values that are no strings count as absent", () => {
    const odd = { app: 5, env: null } as unknown as Record<string, string>;
    expect(parseSelector("!app,!env").matches(odd)).toBe(true);
    const index = new LabelIndex<number>();
    index.add(1, odd);
    expect(index.select(parseSelector("app"))).toEqual([]);
    const selectors = new SelectorIndex<number>();
    selectors.add(1, parseSelector("app"));
    expect(selectors.matching(odd)).toEqual([]);
  });
});

describe("the parse cache", () => {
  test("answers a text that comes again with the same selector", () => {
    const text = "cache in (a),cached=yes";
    parseSelector(text);
    const cached = parseSelector(text);
    expect(parseSelector(text)).toBe(cached);
    expect(String(cached)).toBe("cache in (a),cached=yes");
  });

  test("hands out what nobody can change", () => {
    const selector = parseSelector("frozen in (a,b)");
    const [first] = selector.requirements;
    expect(() => (selector.requirements as unknown[]).push(first)).toThrow(TypeError);
    expect(() => (first!.values as string[]).push("c")).toThrow(TypeError);
    expect(() => Object.assign(first!, { key: "other" })).toThrow(TypeError);
    expect(parseSelector("frozen in (a,b)").matches({ frozen: "a" })).toBe(true);
  });

  test("keeps what is in use through a flood of texts that come once", () => {
    const text = "kept=yes,through=flood";
    parseSelector(text);
    const kept = parseSelector(text);
    for (let i = 0; i < 50_000; i++) parseSelector(`flood=${i},x in (a,b,c)`);
    expect(parseSelector(text)).toBe(kept);
  });

  test("is bounded by size", () => {
    const first = "bounded=first";
    parseSelector(first);
    const before = parseSelector(first);
    // Each text comes twice, as an attacker would have it: two million characters in all.
    for (let i = 0; i < 2_000; i++) {
      const text = `bounded in (v${i},${`${"x".repeat(50)},`.repeat(18)})`;
      parseSelector(text);
      parseSelector(text);
    }
    expect(parseSelector(first)).not.toBe(before);
  });

  test("leaves very long texts out", () => {
    const long = `long in (${"value,".repeat(500)})`;
    parseSelector(long);
    expect(parseSelector(long)).not.toBe(parseSelector(long));
  });

  test("does not mix up releases", () => {
    for (let i = 0; i < 3; i++) {
      expect(() => parseSelector("mix in (,,)", { since: "1.34" })).toThrow("even run of commas");
      expect(String(parseSelector("mix in (,,)"))).toBe("mix in ()");
    }
  });
});
