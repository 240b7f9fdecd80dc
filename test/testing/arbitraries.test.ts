import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fromLabelSelector,
  nothing,
  parseFieldSelector,
  parseSelector,
  validateLabelKey,
  validateLabelSelector,
  validateLabelValue,
  validateNodeSelector,
} from "../../src/labels/index.ts";
import * as testing from "../../src/testing/index.ts";

const KEY_RULES: testing.LabelKeyRule[] = [
  "key-too-many-slashes",
  "prefix-empty",
  "prefix-too-long",
  "prefix-bad-character",
  "prefix-bad-edge",
  "name-empty",
  "name-too-long",
  "name-bad-character",
  "name-bad-edge",
];
const VALUE_RULES: testing.LabelValueRule[] = [
  "value-too-long",
  "value-bad-character",
  "value-bad-edge",
];

const validLabels = (labels: Record<string, string>) =>
  Object.entries(labels).every(
    ([key, value]) => validateLabelKey(key).length + validateLabelValue(value).length === 0,
  );

/** Every arbitrary, with the law that all of its values obey. */
const laws: Record<string, [fc.Arbitrary<unknown>, (value: never) => boolean]> = {
  labelKey: [testing.labelKey(), (key: string) => validateLabelKey(key).length === 0],
  labelValue: [testing.labelValue(), (value: string) => validateLabelValue(value).length === 0],
  labelSet: [testing.labelSet(), validLabels],
  selector: [
    testing.selector(),
    (selector: never) => String(parseSelector(String(selector))) === String(selector),
  ],
  selectorText: [testing.selectorText(), (text: string) => parseSelector(text).selectable],
  labelSelector: [
    testing.labelSelector(),
    (object: never) =>
      validateLabelSelector(object).length === 0 && fromLabelSelector(object).selectable,
  ],
  nodeSelector: [testing.nodeSelector(), (node: never) => validateNodeSelector(node).length === 0],
  fieldSelector: [
    testing.fieldSelector(),
    (fields: never) => {
      const read = (text: string) =>
        parseFieldSelector(text).requirements.map((r) => `${r.field}${r.operator}${r.value}`);
      const back = read(String(fields));
      const own = (fields as ReturnType<typeof parseFieldSelector>).requirements;
      return own.every((r) => back.includes(`${r.field}${r.operator}${r.value}`));
    },
  ],
};
for (const rule of KEY_RULES) {
  laws[`invalidLabelKey ${rule}`] = [
    testing.invalidLabelKey({ rule }),
    (key: string) =>
      validateLabelKey(key)
        .map((one) => one.rule)
        .join() === rule,
  ];
}
for (const rule of VALUE_RULES) {
  laws[`invalidLabelValue ${rule}`] = [
    testing.invalidLabelValue({ rule }),
    (value: string) =>
      validateLabelValue(value)
        .map((one) => one.rule)
        .join() === rule,
  ];
}
laws["invalidLabelKey"] = [
  testing.invalidLabelKey(),
  (key: string) => validateLabelKey(key).length > 0,
];
laws["invalidLabelValue"] = [
  testing.invalidLabelValue(),
  (value: string) => validateLabelValue(value).length > 0,
];

describe.each(Object.entries(laws))("%s", (_name, [arbitrary, law]) => {
  test("makes only values that obey its law", () => {
    fc.assert(
      fc.property(arbitrary, (value) => law(value as never)),
      { numRuns: 500 },
    );
  });

  test("makes the same values from the same seed", () => {
    const print = (values: unknown[]) => values.map((value) => fc.stringify(value));
    const once = fc.sample(arbitrary, { seed: 7, numRuns: 50 });
    expect(print(fc.sample(arbitrary, { seed: 7, numRuns: 50 }))).toEqual(print(once));
    expect(new Set(print(once)).size).toBeGreaterThan(1);
  });

  test("shrinks to values that obey its law too", () => {
    let runs = 0;
    const result = fc.check(
      fc.property(arbitrary, (value) => {
        if (!law(value as never)) throw new Error("a shrunk value breaks the law");
        runs++;
        return runs < 5;
      }),
      { seed: 3, endOnFailure: false },
    );
    expect(String(result.errorInstance ?? "")).not.toContain("breaks the law");
  });
});

describe("matching and notMatching", () => {
  test("labels from matching match, labels from notMatching do not, and all are valid", () => {
    let matched = 0;
    let missed = 0;
    fc.assert(
      fc.property(testing.selector(), fc.nat(), (selector, seed) => {
        for (const [make, want] of [
          [testing.matching, true],
          [testing.notMatching, false],
        ] as const) {
          let arbitrary: ReturnType<typeof make>;
          try {
            arbitrary = make(selector);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
            continue;
          }
          for (const labels of fc.sample(arbitrary, { seed, numRuns: 5 })) {
            expect(selector.matches(labels)).toBe(want);
            expect(validLabels(labels)).toBe(true);
          }
          if (want) matched++;
          else missed++;
        }
      }),
      { numRuns: 300 },
    );
    expect(matched).toBeGreaterThan(150);
    expect(missed).toBeGreaterThan(150);
  });

  test("take the text of a selector too", () => {
    fc.assert(
      fc.property(
        testing.matching("app=web,x>5,x<7,x!=6"),
        ({ app, x }) => app === "web" && Number(x) === 6 && x !== "6",
      ),
    );
    fc.assert(fc.property(testing.notMatching("app=web"), ({ app }) => app !== "web"));
  });

  test("refuse what nothing or everything matches", () => {
    expect(() => testing.matching("a=1,a=2")).toThrow('no valid labels match "a=1,a=2"');
    expect(() => testing.matching("a<0")).toThrow(RangeError);
    expect(() => testing.matching(nothing)).toThrow("no valid labels match nothing");
    expect(() => testing.notMatching("")).toThrow('all valid labels match ""');
    expect(() => fc.sample(testing.notMatching(nothing), 5)).not.toThrow();
  });
});

describe("reach", () => {
  const many = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { seed: 1, numRuns: 3000 });

  test("keys and values reach every boundary length", () => {
    const names = many(testing.labelKey()).map((key) => key.slice(key.indexOf("/") + 1).length);
    const prefixes = many(testing.labelKey()).map((key) => key.indexOf("/"));
    const values = many(testing.labelValue()).map((value) => value.length);
    for (const length of [1, 62, 63]) expect(names).toContain(length);
    for (const length of [-1, 1, 253]) expect(prefixes).toContain(length);
    for (const length of [0, 1, 62, 63]) expect(values).toContain(length);
    expect(Math.max(...many(testing.labelKey()).map((key) => key.length))).toBe(317);
  });

  test("selectors reach every operator, no requirement and many", () => {
    const selectors = many(testing.selector());
    const operators = new Set(
      selectors.flatMap(({ requirements }) => requirements.map(({ operator }) => operator)),
    );
    expect([...operators].sort()).toEqual(
      ["!", "!=", "<", "=", "==", ">", "exists", "in", "notin"]
        .map((one) => ({ "<": "lt", ">": "gt" })[one] ?? one)
        .sort(),
    );
    expect(new Set(selectors.map(({ requirements }) => requirements.length))).toEqual(
      new Set([0, 1, 2, 3, 4]),
    );
  });

  test("objects reach every operator too", () => {
    const terms = many(testing.nodeSelector()).flatMap(
      ({ nodeSelectorTerms }) => nodeSelectorTerms,
    );
    const used = terms.flatMap(({ matchExpressions }) =>
      (matchExpressions ?? []).map(({ operator }) => operator),
    );
    expect([...new Set(used)].sort()).toEqual([
      "DoesNotExist",
      "Exists",
      "Gt",
      "In",
      "Lt",
      "NotIn",
    ]);
    const ops = many(testing.labelSelector()).flatMap(({ matchExpressions }) =>
      (matchExpressions ?? []).map(({ operator }) => operator),
    );
    expect([...new Set(ops)].sort()).toEqual(["DoesNotExist", "Exists", "In", "NotIn"]);
  });

  test("only the asked operators are made", () => {
    const selectors = many(testing.selector({ operators: ["="], maxRequirements: 1 }));
    for (const { requirements } of selectors) {
      expect(requirements.length).toBeLessThan(2);
      for (const { operator } of requirements) expect(operator).toBe("=");
    }
  });

  test("failures shrink to plain values", () => {
    const shrunk = <T>(arbitrary: fc.Arbitrary<T>, fails: (value: T) => boolean) =>
      fc.check(
        fc.property(arbitrary, (value) => !fails(value)),
        { seed: 5, numRuns: 2000 },
      ).counterexample?.[0];
    expect(shrunk(testing.labelValue(), () => true)).toBe("web");
    expect(shrunk(testing.labelKey(), () => true)).toBe("app");
    expect(String(shrunk(testing.selector(), (s) => s.requirements.length > 0))).toBe("app=web");
    expect(shrunk(testing.labelSet(), (labels) => Object.keys(labels).length > 0)).toEqual({
      app: "web",
    });
  });
});
