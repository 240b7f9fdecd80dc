import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AlgebraOptions,
  counterexample,
  equivalent,
  everything,
  fromMap,
  fromRequirements,
  implies,
  isSatisfiable,
  type Labels,
  nothing,
  overlaps,
  parseSelector,
  requirement,
  type Selector,
  simplify,
  validateLabelKey,
  validateLabelValue,
  witness,
} from "../../src/labels/index.ts";

const valid: AlgebraOptions = { over: "valid-labels" };
const parse = (text: string) => parseSelector(text);

describe("isSatisfiable", () => {
  test.each<[text: string, strings: boolean, validLabels: boolean]>([
    ["", true, true],
    ["a=1", true, true],
    ["a=1,a=2", false, false],
    ["a=1,a==1", true, true],
    ["a in (1,2),a in (2,3)", true, true],
    ["a in (1,2),a in (3,4)", false, false],
    ["a in (1,2),a notin (1,2)", false, false],
    ["a in (1,2),a!=1", true, true],
    ["a,!a", false, false],
    ["!a,a!=1", true, true],
    ["!a,a=1", false, false],
    ["a>5,!a", false, false],
    ["a>5,a<7", true, true],
    ["a>5,a<7,a!=6", true, true],
    ["a>5,a<6", false, false],
    ["a>5,a=abc", false, false],
    ["a>5,a=06", true, true],
    ["a>9223372036854775807", false, false],
    ["a<0", true, false],
    ["a<1", true, true],
    ["a notin (x),b", true, true],
  ])("%s: over strings %s, over valid labels %s", (text, strings, validLabels) => {
    expect(isSatisfiable(parse(text))).toBe(strings);
    expect(isSatisfiable(parse(text), valid)).toBe(validLabels);
  });

  test("everything is, nothing is not", () => {
    expect(isSatisfiable(everything)).toBe(true);
    expect(isSatisfiable(nothing)).toBe(false);
  });

  test("an integer with all of its valid spellings taken has only invalid ones left", () => {
    const spellings = Array.from({ length: 63 }, (_, zeros) => `${"0".repeat(zeros)}6`);
    const text = `x>5,x<7,x notin (${spellings.join(",")})`;
    expect(isSatisfiable(parse(text), valid)).toBe(false);
    expect(witness(parse(text))).toEqual({ x: `${"0".repeat(63)}6` });
    expect(isSatisfiable(parse(text.replace("x<7", "x<8")), valid)).toBe(true);
    const spared = spellings.slice(0, -1).join(",");
    expect(witness(parse(`x>5,x<7,x notin (${spared})`), valid)).toEqual({ x: spellings[62] });
  });

  test("labels that no API server accepts do not count over valid labels", () => {
    for (const map of [{ "bad key": "v" }, { app: "bad value" }]) {
      expect(isSatisfiable(fromMap(map))).toBe(true);
      expect(isSatisfiable(fromMap(map), valid)).toBe(false);
    }
  });
});

describe("witness", () => {
  test.each<[text: string, labels: Labels | undefined]>([
    ["", {}],
    ["a", { a: "x" }],
    ["a,a!=x,a!=x1", { a: "x2" }],
    ["!a,b!=1", {}],
    ["a=1,b in (2,3)", { a: "1", b: "2" }],
    ["x>5,x<7,x!=6", { x: "06" }],
    ["x>5,x<7,x notin (6,06)", { x: "006" }],
    ["x>5", { x: "6" }],
    ["x<7", { x: "0" }],
    ["x<0", { x: "-1" }],
    ["x<0,x!=1", { x: "-1" }],
    ["x>9223372036854775806", { x: "9223372036854775807" }],
    ["a=1,a=2", undefined],
  ])("%s: %o", (text, labels) => {
    expect(witness(parse(text))).toEqual(labels);
  });

  test("of several selectors matches them all", () => {
    expect(witness([parse("a"), parse("a!=x"), parse("b=1")])).toEqual({ a: "x1", b: "1" });
    expect(witness([parse("a"), nothing])).toBeUndefined();
    expect(witness([])).toEqual({});
  });
});

describe("implies, overlaps and equivalent", () => {
  test.each<[a: string, b: string, forward: boolean, backward: boolean, overlap: boolean]>([
    ["a=1", "a", true, false, true],
    ["a=1", "a in (1,2)", true, false, true],
    ["a=1", "a!=2", true, false, true],
    ["a=1", "a==1", true, true, true],
    ["a=1", "a in (1)", true, true, true],
    ["!a", "a!=1", true, false, true],
    ["a>5", "a", true, false, true],
    ["a>5", "a>4", true, false, true],
    ["a>5", "a<5", false, false, false],
    ["a>5", "a<7", false, false, true],
    ["a>5,a<7", "a>5,a<7,a!=6", false, true, true],
    ["a>5", "a!=x", true, false, true],
    ["a>5", "a!=3", true, false, true],
    ["a>5", "a!=6", false, false, true],
    ["a", "b", false, false, true],
    ["a=1,a=2", "b", true, false, false],
    ["a=1,b=2", "b=2", true, false, true],
    ["", "a!=1", false, true, true],
    ["a notin (1,2)", "a!=1", true, false, true],
    ["a", "a notin (1)", false, false, true],
    ["a=x", "a!=x", false, false, false],
  ])("%s and %s", (a, b, forward, backward, overlap) => {
    expect(implies(parse(a), parse(b))).toBe(forward);
    expect(implies(parse(b), parse(a))).toBe(backward);
    expect(equivalent(parse(a), parse(b))).toBe(forward && backward);
    expect(overlaps(parse(a), parse(b))).toBe(overlap);
    expect(overlaps(parse(b), parse(a))).toBe(overlap);
  });

  test("everything and nothing are the ends", () => {
    expect(implies(parse("a"), everything)).toBe(true);
    expect(implies(everything, parse("a"))).toBe(false);
    expect(implies(nothing, parse("a"))).toBe(true);
    expect(implies(parse("a"), nothing)).toBe(false);
    expect(counterexample(parse("a"), nothing)).toEqual({ a: "x" });
    expect(implies(parse("a,!a"), nothing)).toBe(true);
    expect(overlaps(nothing, everything)).toBe(false);
    expect(equivalent(nothing, parse("a,!a"))).toBe(true);
  });

  test("over valid labels more is implied", () => {
    expect(implies(parse("x<1"), parse("x<1,x>0"))).toBe(false);
    expect(implies(parse("x"), parse("x<0"), valid)).toBe(false);
    expect(implies(parse("x<0"), parse("y"), valid)).toBe(true);
    expect(implies(parse("x<0"), parse("y"))).toBe(false);
    expect(overlaps(parse("x<0"), parse("x"), valid)).toBe(false);
    expect(equivalent(parse("x<0"), nothing, valid)).toBe(true);
  });
});

describe("simplify", () => {
  test.each([
    ["", ""],
    ["a==1", "a=1"],
    ["a in (1)", "a=1"],
    ["a notin (1)", "a!=1"],
    ["a,a!=b,a in (b,c)", "a=c"],
    ["a in (1,2,3),a>1", "a in (2,3)"],
    ["a in (1,2,3),a>1,a<3", "a=2"],
    ["x>5,x>6,x<9,x<10,x!=6,x!=8", "x>6,x<9,x!=8"],
    ["x>05", "x>5"],
    ["x>5,x!=web", "x>5"],
    ["x,x>5", "x>5"],
    ["a,a", "a"],
    ["a,a!=1,a!=2", "a,a notin (1,2)"],
    ["!a,a!=c", "!a"],
    ["a notin (b),a!=c", "a notin (b,c)"],
    ["a=1,a=2", "a,!a"],
    ["b=1,a=1,a=2", "a,!a"],
    ["a,!a,b", "a,!a"],
    ["b=1,a=2", "a=2,b=1"],
  ])("%s becomes %s", (text, simple) => {
    expect(String(simplify(parse(text)))).toBe(simple);
  });

  test("over valid labels, what only other labels satisfy goes", () => {
    expect(String(simplify(fromMap({ "bad key": "v", app: "web" }), valid))).toBe(
      "bad key,!bad key",
    );
    expect(String(simplify(parse("x<0"), valid))).toBe("x,!x");
    expect(String(simplify(parse("x<0")))).toBe("x<0");
    expect(simplify(nothing)).toBe(nothing);
  });
});

// A small universe in which everything can be tried: two keys, each absent or with these values.
const STATES = [undefined, "", "x", "y", "5", "6", "06", "7", "8", "-1"];
const UNIVERSE: Labels[] = STATES.flatMap((a) =>
  STATES.map((b) => ({ ...(a !== undefined && { a }), ...(b !== undefined && { b }) })),
);

const values = fc.constantFrom("", "x", "y", "5", "6", "06", "7");
const integers = fc.constantFrom("5", "6", "7", "06");
const smallRequirement = fc.constantFrom("a", "b").chain((key) =>
  fc.oneof(
    fc.constantFrom("exists" as const, "!" as const).map((op) => requirement(key, op)),
    fc.tuple(fc.constantFrom("=", "==", "!="), values).map(([op, v]) => requirement(key, op, [v])),
    fc.tuple(fc.constantFrom("gt", "lt"), integers).map(([op, v]) => requirement(key, op, [v])),
    fc
      .tuple(fc.constantFrom("in", "notin"), fc.uniqueArray(values, { minLength: 1, maxLength: 3 }))
      .map(([op, list]) => requirement(key, op, list)),
  ),
);
const smallSelector = fc.array(smallRequirement, { maxLength: 5 }).map(fromRequirements);
const over = fc.constantFrom<AlgebraOptions>({}, { over: "strings" }, valid);

const isValid = (labels: Labels) =>
  Object.entries(labels).every(
    ([key, value]) => validateLabelKey(key).length + validateLabelValue(value).length === 0,
  );

describe("properties", () => {
  const tried = (options: AlgebraOptions, accept: (labels: Labels) => boolean) =>
    UNIVERSE.some(
      (labels) => (options.over !== "valid-labels" || isValid(labels)) && accept(labels),
    );
  const check = (
    labels: Labels | undefined,
    options: AlgebraOptions,
    accept: (labels: Labels) => boolean,
  ) => {
    // The universe is small: what it holds must be found; what is found must really be one.
    if (labels === undefined) expect(tried(options, accept)).toBe(false);
    else {
      expect(accept(labels)).toBe(true);
      if (options.over === "valid-labels") expect(isValid(labels)).toBe(true);
    }
  };

  test("satisfiable, overlaps and implies agree with trying, and every witness is one", () => {
    fc.assert(
      fc.property(smallSelector, smallSelector, over, (a, b, options) => {
        check(witness(a, options), options, (labels) => a.matches(labels));
        check(witness([a, b], options), options, (l) => a.matches(l) && b.matches(l));
        check(counterexample(a, b, options), options, (l) => a.matches(l) && !b.matches(l));
      }),
      { numRuns: 3000 },
    );
  });

  test("simplify keeps the meaning, is a fixed point and prints it", () => {
    fc.assert(
      fc.property(smallSelector, over, (selector, options) => {
        const simple = simplify(selector, options);
        const same = (one: Selector, other: Selector) =>
          UNIVERSE.every((labels) => {
            const counts = options.over !== "valid-labels" || isValid(labels);
            return !counts || one.matches(labels) === other.matches(labels);
          });
        expect(same(selector, simple)).toBe(true);
        expect(equivalent(selector, simple, options)).toBe(true);
        expect(String(simplify(simple, options))).toBe(String(simple));
        expect(String(parse(String(simple)))).toBe(String(simple));
        expect(simple.requirements.length).toBeLessThanOrEqual(
          Math.max(2, selector.requirements.length),
        );
      }),
      { numRuns: 3000 },
    );
  });
});
