import { describe, expect, test, vi } from "vitest";
import { editDistance } from "../../src/labels/edit-distance.ts";
import { LabelIndex, type Labels, parseSelector, SelectorIndex } from "../../src/labels/index.ts";
import { misspelling } from "../../src/labels/spelling.ts";

/** Which keys a selector looks at. */
function looksAt(text: string, labels: Labels): string[] {
  const keys: string[] = [];
  const selector = parseSelector(text);
  // The first match compiles the selector.
  selector.matches(labels);
  const spied = new Proxy(labels, {
    get: (target, key) => {
      keys.push(String(key));
      return target[String(key)];
    },
  });
  selector.matches(spied);
  return keys;
}

describe("matching", () => {
  test("asks for an equality first, wherever it stands", () => {
    expect(looksAt("a!=1,b=2", { b: "3" })).toEqual(["b"]);
    expect(looksAt("a!=1,b==2", { b: "3" })).toEqual(["b"]);
    expect(looksAt("a!=1,b in (2)", { a: "1" })).toEqual(["a"]);
    expect(looksAt("a=1,b=2", { a: "1", b: "3" })).toEqual(["a", "a", "b"]);
    expect(looksAt("", { a: "1" })).toEqual([]);
  });
});

describe("SelectorIndex", () => {
  /** The texts of the selectors that are tried on the labels. */
  function tried(texts: string[], labels: Labels): string[] {
    const index = new SelectorIndex<number>();
    const seen: string[] = [];
    for (const [i, text] of texts.entries()) {
      const selector = parseSelector(text);
      vi.spyOn(selector, "matches").mockImplementation(() => seen.push(text) > 0);
      index.add(i, selector);
    }
    index.matching(labels);
    vi.restoreAllMocks();
    return seen.sort();
  }

  test.each<[why: string, texts: string[], labels: Labels, tried: string[]]>([
    ["a value that is needed", ["a=1", "a==2", "a in (3,4)"], { a: "4" }, ["a in (3,4)"]],
    ["a key that is needed", ["a", "b>1", "c<1", "d"], { b: "0", c: "9" }, ["b>1", "c<1"]],
    ["no key at all", ["!a", "b!=1", "c notin (1)"], {}, ["!a", "b!=1", "c notin (1)"]],
    ["a value before a key", ["a,b=1", "a>1,b=1"], { a: "2" }, []],
    ["a key before none", ["a!=1,b", "b,c!=1"], { c: "2" }, []],
    [
      "the rarer value",
      ["a=1,b=1", "a=1,b=2", "a=1,b=3", "a=1,b=4"],
      { a: "1", b: "4" },
      ["a=1,b=1", "a=1,b=4"],
    ],
    ["the shorter list", ["a in (1,2,3),b=1"], { a: "2" }, []],
    ["the rarer key", ["a", "a,b", "a,b,c"], { a: "1" }, ["a"]],
    [
      "among equals, the key with more values",
      ["b=1", "b=2", "b=3", "a=9", "a=8,b=4"],
      { a: "8" },
      [],
    ],
  ])("tries only selectors that wait under %s", (_why, texts, labels, wanted) => {
    expect(tried(texts, labels)).toEqual(wanted);
  });

  test("forgets selectors that are removed or replaced", () => {
    const index = new SelectorIndex<string>();
    for (const text of ["a=1", "a in (1,2)", "a", "!a"]) index.add(text, parseSelector(text));
    for (const text of ["a=1", "a in (1,2)", "a", "!a"]) index.replace(text, parseSelector("z=1"));
    expect(index.matching({ a: "1" })).toEqual([]);
    expect(index.matching({ z: "1" })).toHaveLength(4);
    for (const text of ["a=1", "a in (1,2)", "a", "!a"]) expect(index.remove(text)).toBe(true);
    expect([index.size, index.matching({ z: "1" })]).toEqual([0, []]);
  });
});

describe("LabelIndex", () => {
  test("takes the order of the shortest posting list", () => {
    const index = new LabelIndex<number>();
    for (let i = 0; i < 200; i++) index.add(i, { app: "web", half: `${i % 2}`, few: `${i % 50}` });
    // Removing moves the last item of a list into the gap, which shows which list was read.
    index.remove(7);
    const order = index.select(parseSelector("few=7"));
    expect(order).toEqual([157, 57, 107]);
    for (const text of [
      "app=web,few=7",
      "few=7,half=1",
      "app,few=7,half",
      "app in (web,api),few=7",
    ]) {
      expect(index.select(parseSelector(text)), text).toEqual(order);
    }
    expect(index.count(parseSelector("few in (7,8)"))).toBe(7);
    expect(index.count(parseSelector("few in (7,none)"))).toBe(3);
    expect(index.select(parseSelector("few in (7,none)"))).toEqual(order);
    expect(index.select(parseSelector("app=web,missing"))).toEqual([]);
    expect(index.select(parseSelector("missing in (a,b),app"))).toEqual([]);
    expect(index.select(parseSelector("!missing,few=7"))).toEqual(order);
  });

  test("grows and shrinks between thousands of items and none", () => {
    const index = new LabelIndex<number>();
    for (let i = 0; i < 3000; i++)
      index.add(i, { all: "x", ...(i % 100 === 0 && { rare: `${i}` }) });
    expect(index.count(parseSelector("rare"))).toBe(30);
    expect(index.select(parseSelector("rare=2900,all=x"))).toEqual([2900]);
    expect(index.count(parseSelector("!rare"))).toBe(2970);
    for (let i = 0; i < 2990; i++) expect(index.remove(i)).toBe(true);
    expect(index.count(parseSelector("all=x"))).toBe(10);
    expect(index.count(parseSelector("all=x,!rare"))).toBe(10);
    for (let i = 2990; i < 3000; i++) index.replace(i, { rare: "y" });
    expect(index.count(parseSelector("rare=y,!all"))).toBe(10);
    expect(index.count(parseSelector("all"))).toBe(0);
  });
});

describe("spelling", () => {
  test.each<[a: string, b: string, limit: number, distance: number]>([
    ["web", "web", 2, 0],
    ["web", "wep", 2, 1],
    ["web", "wb", 2, 1],
    ["web", "webs", 2, 1],
    ["web", "wbe", 2, 1],
    ["abcd", "badc", 2, 2],
    ["ab", "ba", 2, 1],
    ["ca", "abc", 3, 3],
    ["aab", "aba", 2, 1],
    ["xab", "yba", 2, 2],
    ["abc", "xyz", 2, 3],
    ["abc", "xyz", 3, 3],
    ["frontend", "backend", 2, 3],
    ["", "ab", 2, 2],
    ["ab", "", 1, 2],
    ["abcdef", "bcdefg", 2, 2],
    ["abcdefgh", "cdefghij", 3, 4],
  ])("%s to %s within %i is %i", (a, b, limit, distance) => {
    expect(editDistance(a, b, limit)).toBe(distance);
    expect(editDistance(b, a, limit)).toBe(distance);
  });

  test.each<[found: string, wanted: string, distance: number | undefined]>([
    ["web", "web", undefined],
    ["", "a", undefined],
    ["a", "", undefined],
    ["WEB", "web", 0.5],
    ["a", "b", undefined],
    ["ab", "ac", 1],
    ["abc", "xyc", undefined],
    ["abcd", "xycd", 2],
    ["abcdefgh", "xyzdefgh", undefined],
    ["x".repeat(318), `${"x".repeat(317)}y`, undefined],
    ["x".repeat(317), `${"x".repeat(316)}y`, 1],
  ])("%s for %s", (found, wanted, distance) => {
    expect(misspelling(found, wanted)).toBe(distance);
  });
});
