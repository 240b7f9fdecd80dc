import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fromMap,
  LabelIndex,
  type Labels,
  parseSelector,
  type Selector,
  SelectorIndex,
} from "../../src/labels/index.ts";
import { labelSet, matching, selector, selectorText } from "../../src/testing/index.ts";

const parts = ({ requirements }: Selector) =>
  requirements.map(({ key, operator, values }) => ({ key, operator, values }));

describe("printing (S.6)", () => {
  test("what is printed parses back to the same requirements", () => {
    fc.assert(
      fc.property(selector({ maxRequirements: 12 }), (one) => {
        const back = parseSelector(String(one));
        expect(parts(back)).toEqual(parts(one));
        expect(String(back)).toBe(String(one));
      }),
      { numRuns: 2000 },
    );
  });

  test("blanks and the order of values change nothing", () => {
    fc.assert(
      fc.property(selectorText(), (text) => {
        const one = parseSelector(text);
        expect(String(parseSelector(String(one)))).toBe(String(one));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("requirements of one key (S.9)", () => {
  test("stay in the order in which they were written, however many there are", () => {
    const numbers = fc.uniqueArray(fc.nat(999), { minLength: 13, maxLength: 60 });
    fc.assert(
      fc.property(numbers, (values) => {
        const text = values.map((value) => `a!=${value}`).join(",");
        expect(String(parseSelector(`b,${text}`))).toBe(`${text},b`);
      }),
    );
  });
});

describe("matching (S.5)", () => {
  test("a plain map is matched by its own labels and by every larger set", () => {
    fc.assert(
      fc.property(labelSet(), labelSet(), (labels, more) => {
        expect(fromMap(labels).matches({ ...more, ...labels })).toBe(true);
        expect(fromMap({ ...labels, extra: "1" }).matches(labels)).toBe(labels["extra"] === "1");
      }),
    );
  });

  test("a verdict is met exactly when its requirement alone matches", () => {
    fc.assert(
      fc.property(selector(), labelSet(), (one, labels) => {
        const { matches, verdicts } = one.explain(labels);
        expect(matches).toBe(one.matches(labels));
        for (const { requirement, met, reason } of verdicts) {
          expect(parseSelector(String(requirement)).matches(labels)).toBe(met);
          expect(reason).not.toBe("");
        }
      }),
    );
  });
});

// A world is a list of steps on items with few ids, keys and values, so that they meet.
const key = fc.constantFrom("app", "env", "tier", "gen", "constructor", "__proto__", "rare");
const value = fc.constantFrom("a", "b", "c", "", "5", "06", "7");
const labels = fc
  .uniqueArray(fc.tuple(key, value), { maxLength: 5, selector: ([one]) => one })
  .map((entries): Labels => Object.fromEntries(entries));
const step = fc.record({
  kind: fc.constantFrom("add", "add", "replace", "remove"),
  id: fc.nat(150),
  labels,
});
const text = fc
  .array(
    fc.oneof(
      fc.tuple(key, fc.constantFrom("=", "==", "!="), value).map((all) => all.join("")),
      fc
        .tuple(key, fc.constantFrom(">", "<"), fc.constantFrom("5", "6"))
        .map((all) => all.join("")),
      fc
        .tuple(key, fc.constantFrom("in", "notin"), fc.array(value, { minLength: 1, maxLength: 3 }))
        .map(([k, operator, values]) => `${k} ${operator} (${values.join(",")})`),
      key,
      key.map((k) => `!${k}`),
    ),
    { maxLength: 4 },
  )
  .map((all) => all.filter((one) => !one.includes("__proto__")).join(","));

describe("indexes", () => {
  test("LabelIndex and a scan agree in 1,000 random worlds", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300, size: "max" }),
        fc.array(text, { minLength: 8, maxLength: 8 }),
        (steps, texts) => {
          const index = new LabelIndex<number>();
          const world = new Map<number, Labels>();
          for (const { kind, id, labels } of steps) {
            if (kind === "remove") expect(index.remove(id)).toBe(world.delete(id));
            else {
              index[kind as "add"](id, labels);
              world.set(id, labels);
            }
          }
          expect(index.size).toBe(world.size);
          for (const one of texts) {
            const wanted = parseSelector(one);
            const scan = [...world].filter(([, own]) => wanted.matches(own)).map(([id]) => id);
            expect(index.select(wanted).sort()).toEqual(scan.sort());
            expect(index.count(wanted)).toBe(scan.length);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("SelectorIndex and a scan agree in 1,000 random worlds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ kind: step.map(({ kind }) => kind), id: fc.nat(30), text }), {
          maxLength: 60,
        }),
        fc.array(labels, { minLength: 8, maxLength: 8 }),
        (steps, sets) => {
          const index = new SelectorIndex<number>();
          const world = new Map<number, Selector>();
          for (const { kind, id, text } of steps) {
            if (kind === "remove") expect(index.remove(id)).toBe(world.delete(id));
            else {
              index[kind as "add"](id, parseSelector(text));
              world.set(id, parseSelector(text));
            }
          }
          expect(index.size).toBe(world.size);
          for (const own of sets) {
            const scan = [...world].filter(([, one]) => one.matches(own)).map(([id]) => id);
            expect(index.matching(own).sort()).toEqual(scan.sort());
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("live queries agree with asking again, and their events with both", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.array(text, { minLength: 3, maxLength: 3 }),
        (steps, texts) => {
          const index = new LabelIndex<number>();
          const half = steps.length >> 1;
          const apply = ({ kind, id, labels }: (typeof steps)[number]) => {
            if (kind === "remove") index.remove(id);
            else index.replace(id, labels);
          };
          steps.slice(0, half).forEach(apply);
          const queries = texts.map((one) => {
            const query = index.liveQuery(parseSelector(one));
            const told = new Set(query);
            query.on("added", (id) => expect(told.has(id) || !told.add(id)).toBe(false));
            query.on("removed", (id) => expect(told.delete(id)).toBe(true));
            return { query, told };
          });
          for (const one of steps.slice(half)) {
            apply(one);
            for (const { query, told } of queries) {
              const now = index.select(query.selector).sort();
              expect([...query].sort()).toEqual(now);
              expect([...told].sort()).toEqual(now);
              expect(query.size).toBe(now.length);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("labels and matching", () => {
  test("labels made to match do, through every road", () => {
    fc.assert(
      fc.property(fc.constantFrom("app=web,x>5", "a in (b,c),!d,e!=f"), fc.nat(), (one, seed) => {
        const [own] = fc.sample(matching(one), { seed, numRuns: 1 });
        const index = new LabelIndex<string>();
        index.add("id", own!);
        expect(index.select(parseSelector(one))).toEqual(["id"]);
        const selectors = new SelectorIndex<string>();
        selectors.add("id", parseSelector(one));
        expect(selectors.matching(own!)).toEqual(["id"]);
      }),
    );
  });
});
