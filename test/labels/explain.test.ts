import { describe, expect, test } from "vitest";
import {
  everything,
  type Labels,
  nearest,
  nothing,
  parseSelector,
} from "../../src/labels/index.ts";

describe("explain", () => {
  test.each<[text: string, labels: Labels, met: boolean, reason: string]>([
    ["app=web", { app: "web" }, true, 'app is "web"'],
    ["app==web", { app: "api" }, false, 'app is "api", not "web"'],
    ["app=web", {}, false, "there is no app"],
    ["app in (a,b)", { app: "c" }, false, 'app is "c", none of "a", "b"'],
    ["app in (a,b)", { app: "b" }, true, 'app is "b"'],
    ["app!=web", {}, true, "there is no app, which counts as different"],
    ["app!=web", { app: "web" }, false, 'app is "web"'],
    ["app notin (a,b)", { app: "a" }, false, 'app is "a", one of "a", "b"'],
    ["app notin (a,b)", { app: "c" }, true, 'app is "c"'],
    ["app", { app: "" }, true, 'app is ""'],
    ["!app", {}, true, "there is no app"],
    ["!app", { app: "x" }, false, 'app is "x", and must be absent'],
    ["gen>5", { gen: "6" }, true, 'gen is "6"'],
    ["gen>5", { gen: "5" }, false, 'gen is "5", not greater than 5'],
    ["gen<5", { gen: "-7" }, true, 'gen is "-7"'],
    ["gen<5", { gen: "7" }, false, 'gen is "7", not less than 5'],
    ["gen<5", { gen: "x" }, false, 'gen is "x", which is no integer'],
    ["gen<5", {}, false, "there is no gen"],
    ["toString", {}, false, "there is no toString"],
  ])("%s on %o", (text, labels, met, reason) => {
    const { matches, verdicts } = parseSelector(text).explain(labels);
    expect(matches).toBe(met);
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]).toMatchObject({ met, reason });
    expect(verdicts[0]?.actual).toBe(
      Object.hasOwn(labels, verdicts[0]!.requirement.key)
        ? labels[verdicts[0]!.requirement.key]
        : undefined,
    );
    expect(String(verdicts[0]?.requirement)).toBe(text);
  });

  test("prints a line for each requirement", () => {
    const explanation = parseSelector("app=web,env!=prod").explain({ app: "web", env: "prod" });
    expect(String(explanation)).toBe(
      '✗ env!=prod: env is "prod"'.replace(/^/, '✓ app=web: app is "web"\n'),
    );
    expect(String(everything.explain({}))).toBe("✓ selects everything");
    expect(String(nothing.explain({}))).toBe("✗ selects nothing");
    expect(nothing.explain({}).matches).toBe(false);
  });
});

describe("nearest", () => {
  const edits = (text: string, items: unknown[]) =>
    nearest(parseSelector(text), items).map((miss) =>
      miss.edits.map(({ key, from, to }) => `${key}:${from ?? "-"}>${to ?? "-"}`).join(" "),
    );

  test.each<[text: string, labels: Labels, edits: string]>([
    ["app=web", {}, "app:->web"],
    ["app=web", { app: "api" }, "app:api>web"],
    ["app in (api,web)", { app: "wbe" }, "app:wbe>web"],
    ["app in (api,web)", { app: "other" }, "app:other>api"],
    ["!app", { app: "web" }, "app:web>-"],
    ["app!=web", { app: "web" }, "app:web>-"],
    ["app,app!=web", { app: "web" }, "app:web>x"],
    ["gen>5", { gen: "3" }, "gen:3>6"],
    ["gen>5,gen<7,gen!=6", {}, "gen:->06"],
    ["app=web,env=prod", { env: "dev" }, "app:->web env:dev>prod"],
    ["app in (api,web)", { ap: "web" }, "app:->web"],
  ])("%s from %o takes %s", (text, labels, wanted) => {
    expect(edits(text, [labels])).toEqual([wanted]);
    const [miss] = nearest(parseSelector(text), [labels]);
    const repaired = new Map(Object.entries(labels));
    for (const { key, to } of miss!.edits) {
      if (to === undefined) repaired.delete(key);
      else repaired.set(key, to);
    }
    expect(parseSelector(text).matches(Object.fromEntries(repaired))).toBe(true);
  });

  test("the closest come first, what matches is left out", () => {
    const items = [
      { id: 1, labels: {} },
      { id: 2, labels: { app: "web", env: "prod" } },
      { id: 3, labels: { app: "web", env: "dev" } },
      { id: 4, labels: { app: "web", env: "prd" } },
      { id: 5, labels: { app: "api" } },
    ];
    const misses = nearest(parseSelector("app=web,env=prod"), items);
    expect(misses.map(({ item }) => item.id)).toEqual([4, 3, 1, 5]);
    expect(nearest(parseSelector("app=web,env=prod"), items, { limit: 1 })).toHaveLength(1);
  });

  test.each([
    ["a misspelled value", "app=web", { app: "wep" }, "value app: wep>web"],
    ["letters swapped", "app=frontend", { app: "frontedn" }, "value app: frontedn>frontend"],
    ["another case", "app=web", { app: "WEB" }, "value app: WEB>web"],
    ["a misspelled key", "tier=web", { teir: "web" }, "key teir: teir>tier"],
    ["a key in another case", "app=web", { App: "web" }, "key App: App>app"],
    [
      "another prefix",
      "app.kubernetes.io/name=web",
      { name: "web" },
      "key name: name>app.kubernetes.io/name",
    ],
  ])("%s is pointed out", (_what, text, labels, wanted) => {
    const [miss] = nearest(parseSelector(text), [labels]);
    const shown = miss?.misspellings.map((m) => `${m.part} ${m.key}: ${m.found}>${m.wanted}`);
    expect(shown).toEqual([wanted]);
  });

  test.each([
    ["app=web", { app: "database" }],
    ["app=web", { zone: "a" }],
    ["app=a", { app: "b" }],
    ["app=web,env=prod", { env: "prod" }],
  ])("%s finds no misspelling in %o", (text, labels) => {
    expect(nearest(parseSelector(text), [labels])[0]?.misspellings).toEqual([]);
  });

  test("labels are read from objects, or as told", () => {
    const pods = [{ metadata: { name: "a", labels: { app: "api" } } }, { metadata: {} }];
    expect(edits("app=web", pods)).toEqual(["app:api>web", "app:->web"]);
    const told = nearest(parseSelector("app=web"), ["app"], {
      labelsOf: (one) => ({ [one]: "x" }),
    });
    expect(told[0]?.labels).toEqual({ app: "x" });
    expect(edits("app=web", [null, 5])).toEqual(["app:->web", "app:->web"]);
  });

  test("nothing is near what nothing matches", () => {
    expect(nearest(nothing, [{}])).toEqual([]);
    expect(nearest(parseSelector("a=1,a=2"), [{}])).toEqual([]);
    expect(nearest(everything, [{}])).toEqual([]);
  });

  test("keeps the best of very many items", () => {
    const items = Array.from({ length: 5000 }, (_, i) => ({
      n: `${i}`,
      ...(i % 1000 === 7 && { app: "wep" }),
    }));
    const misses = nearest(parseSelector("app=web"), items, { limit: 3 });
    expect(misses.map(({ labels }) => labels["n"])).toEqual(["7", "1007", "2007"]);
  });
});
