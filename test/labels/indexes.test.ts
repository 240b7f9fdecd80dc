import { describe, expect, test } from "vitest";
import {
  everything,
  LabelIndex,
  nothing,
  parseSelector,
  SelectorIndex,
} from "../../src/labels/index.ts";

describe("LabelIndex", () => {
  const pods: Record<string, Record<string, string>> = {
    a: { app: "web", env: "prod" },
    b: { app: "web", env: "dev" },
    c: { app: "api" },
    d: {},
    e: JSON.parse('{"__proto__":"x","constructor":"","gen":"7"}'),
  };
  const index = new LabelIndex<string>();
  for (const [id, labels] of Object.entries(pods)) index.add(id, labels);

  test.each([
    ["", "abcde"],
    ["app=web", "ab"],
    ["app in (web,api)", "abc"],
    ["app in (web,api),env!=prod", "bc"],
    ["app", "abc"],
    ["!app", "de"],
    ["app notin (web)", "cde"],
    ["gen>6", "e"],
    ["gen<7", ""],
    ["constructor", "e"],
    ["constructor=", "e"],
    ["toString", ""],
    ["app=none", ""],
    ["none=web", ""],
    ["app=web,app=api", ""],
  ])("%s selects %s", (text, ids) => {
    expect(index.select(parseSelector(text)).sort().join("")).toBe(ids);
    expect(index.count(parseSelector(text))).toBe(ids.length);
  });

  test("everything selects all items, nothing none", () => {
    expect(index.select(everything)).toHaveLength(5);
    expect(index.select(nothing)).toEqual([]);
  });

  test("items change and go", () => {
    const changing = new LabelIndex<number>();
    changing.add(1, { app: "web" });
    changing.replace(1, { app: "api" });
    expect(changing.select(parseSelector("app=web"))).toEqual([]);
    expect(changing.select(parseSelector("app=api"))).toEqual([1]);
    expect(changing.remove(1)).toBe(true);
    expect(changing.remove(1)).toBe(false);
    expect(changing.size).toBe(0);
    expect(changing.select(everything)).toEqual([]);
  });
});

describe("SelectorIndex", () => {
  const texts = [
    "",
    "app=web",
    "app in (web,api),!env",
    "env!=prod",
    "gen>6",
    "env",
    "app=web,env",
  ];
  const index = new SelectorIndex<string>();
  for (const text of texts) index.add(text, parseSelector(text));
  index.add("nothing", nothing);

  test.each([
    [{}],
    [{ app: "web" }],
    [{ app: "web", env: "prod" }],
    [{ app: "api" }],
    [{ app: "api", env: "dev" }],
    [{ gen: "7" }],
  ])("%o meets what a scan finds", (labels) => {
    const scan = texts.filter((text) => parseSelector(text).matches(labels as never));
    expect(index.matching(labels as never).sort()).toEqual(scan.sort());
  });

  test("selectors change and go", () => {
    const changing = new SelectorIndex<number>();
    changing.add(1, parseSelector("app=web"));
    changing.replace(1, parseSelector("app=api"));
    expect(changing.matching({ app: "web" })).toEqual([]);
    expect(changing.matching({ app: "api" })).toEqual([1]);
    expect(changing.remove(1)).toBe(true);
    expect(changing.remove(1)).toBe(false);
    expect(changing.size).toBe(0);
  });
});
