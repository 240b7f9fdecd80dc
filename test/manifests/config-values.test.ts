import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { ConfigValues } from "../../src/manifests/config-values.ts";

const AT = ["run", "deploy/api"];

/** What is read of a value, and what is said about it. */
function reading<T>(read: (values: ConfigValues) => T): [T, ...string[]] {
  const diagnostics: Diagnostic[] = [];
  const locator = { locate: () => ({ file: "kubelane.yaml", line: 1, column: 1, offset: 0 }) };
  const value = read(new ConfigValues(locator, diagnostics));
  const said = diagnostics.map(
    ({ path = [], message, hint }) =>
      `${path.join(".")}: ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );
  return [value, ...said];
}

describe.each(["string", "count", "seconds", "strings", "stringMap"] as const)("a %s", (kind) => {
  test.each([undefined, null])("that is %s is absent", (value) => {
    const absent = { strings: [], stringMap: {} }[kind as string];
    expect(reading((values) => values[kind](value, AT))).toEqual([absent]);
  });
});

test.each([
  ["string", "a", "a"],
  ["string", "", ""],
  ["count", 0, 0],
  ["count", 3, 3],
  ["seconds", 1.5, 1500],
  ["strings", ["a", null], ["a", ""]],
  ["stringMap", { A: "b", constructor: null }, { A: "b", constructor: "" }],
] as const)("as a %s, %o is %o", (kind, value, expected) => {
  expect(reading((values) => values[kind](value, AT))).toEqual([expected]);
});

test.each([
  ["string", 5, undefined, 'run.deploy/api: expected a string (put it in quotes: "5")'],
  ["string", [], undefined, "run.deploy/api: expected a string"],
  ["count", -1, undefined, "run.deploy/api: expected a number of pods: 0 or more"],
  ["count", 1.5, undefined, "run.deploy/api: expected a number of pods: 0 or more"],
  ["seconds", "1", undefined, "run.deploy/api: expected a number of seconds"],
  ["seconds", Number.POSITIVE_INFINITY, undefined, "run.deploy/api: expected a number of seconds"],
  ["strings", "a", [], "run.deploy/api: expected a list of strings"],
  ["strings", ["a", true], ["a"], 'run.deploy/api.1: expected a string (put it in quotes: "true")'],
  ["stringMap", ["a"], {}, "run.deploy/api: expected a mapping"],
  ["stringMap", { A: 1 }, { A: "" }, 'run.deploy/api.A: expected a string (put it in quotes: "1")'],
] as const)("%s is not read from %o", (kind, value, expected, message) => {
  expect(reading((values) => values[kind](value, AT))).toEqual([expected, message]);
});

describe("a mapping", () => {
  const read = (value: unknown, keys?: readonly string[]) =>
    reading((values) => values.mapping(value, AT, keys));

  test("may have any key, or those that are known", () => {
    expect(read({ a: 1 })).toEqual([{ a: 1 }]);
    expect(read({ a: 1 }, ["a", "b"])).toEqual([{ a: 1 }]);
  });

  test("is told of other keys, with the nearest or with all there are", () => {
    expect(read({ comand: 1, constructor: 2 }, ["command", "cwd"])).toEqual([
      { comand: 1, constructor: 2 },
      'run.deploy/api.comand: there is no "comand" here (did you mean command?)',
      'run.deploy/api.constructor: there is no "constructor" here (there are command, cwd)',
    ]);
  });

  test.each([[undefined], [null], ["a"], [["a"]]])("is not read from %o", (value) => {
    expect(read(value)).toEqual([undefined, "run.deploy/api: expected a mapping"]);
  });
});
