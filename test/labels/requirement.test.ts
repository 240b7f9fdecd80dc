import { describe, expect, test } from "vitest";
import {
  asMap,
  ConversionError,
  everything,
  type FieldSelectorSyntaxError,
  fromLabelSelector,
  fromMap,
  fromRequirements,
  type LabelSelector,
  nothing,
  type Operator,
  parseFieldSelector,
  parseLabelsMap,
  parseSelector,
  RequirementError,
  requirement,
  toLabelSelector,
  validateLabelSelector,
  validateNodeSelector,
} from "../../src/labels/index.ts";
import { attempt } from "./corpus.ts";

const errorOf = <E>(read: () => unknown) => (attempt(read) as { error: E }).error;
const lines = (problems: readonly { field: string; message: string }[]) =>
  problems.map(({ field, message }) => `${field}: ${message}`);

describe("a requirement built by hand (S.3)", () => {
  test.each<[operator: string, values: string[], problems: string[]]>([
    ["in", [], ['values: "in" needs at least one value']],
    ["notin", [], ['values: "notin" needs at least one value']],
    ["=", [], ['values: "=" needs exactly one value']],
    ["==", ["a", "b"], ['values: "==" needs exactly one value']],
    ["!=", [], ['values: "!=" needs exactly one value']],
    ["exists", ["a"], ['values: "exists" takes no values']],
    ["!", ["a"], ['values: "!" takes no values']],
    ["gt", [], ['values: "gt" needs exactly one value']],
    ["lt", ["x"], ['values[0]: "x" is not a signed 64-bit integer']],
    [
      "gt",
      ["1", "9223372036854775808"],
      [
        'values: "gt" needs exactly one value',
        'values[1]: "9223372036854775808" is not a signed 64-bit integer',
      ],
    ],
    ["gt", ["-1"], ['values[0]: the value "-1" must start with a letter or digit']],
    ["In", ["a"], ['operator: "In" is none of in, notin, =, ==, !=, gt, lt, exists, !']],
    ["in", ["a", "b-"], ['values[1]: the value "b-" must end with a letter or digit']],
  ])("%s with %j is refused", (operator, values, problems) => {
    const error = errorOf<RequirementError>(() => requirement("app", operator as Operator, values));
    expect(error).toBeInstanceOf(RequirementError);
    expect(error).toMatchObject({ code: "invalid-requirement", name: "RequirementError" });
    expect(lines(error.problems)).toEqual(problems);
    expect(error.message).toBe(problems.join("; "));
  });

  test("every broken rule is told, the key's first", () => {
    const error = errorOf<RequirementError>(() => requirement("a b", "=", ["-"]));
    expect(error.problems.map(({ field }) => field)).toEqual(["key", "values[0]"]);
    expect(error.problems[0]?.problem).toMatchObject({ rule: "name-bad-character", offset: 1 });
    expect(error.problems[1]?.problem).toMatchObject({ rule: "value-bad-edge" });
  });

  test("is a set of values, copied and frozen", () => {
    const values = ["b", "a", "b"];
    const one = requirement("app", "in", values);
    values.push("c");
    expect(one.values).toEqual(["a", "b"]);
    expect(String(one)).toBe("app in (a,b,b)");
    expect(Object.isFrozen(one) && Object.isFrozen(one.values)).toBe(true);
    expect(one.matches({ app: "b" })).toBe(true);
    expect(String(requirement("app", "exists"))).toBe("app");
  });

  test("makes selectors", () => {
    const selector = fromRequirements([requirement("b", "!"), requirement("a", "gt", ["5"])]);
    expect(String(selector)).toBe("a>5,!b");
    expect(JSON.stringify({ selector })).toBe('{"selector":"a>5,!b"}');
    expect(String(fromRequirements([]))).toBe("");
  });
});

describe("integers", () => {
  test.each<[label: string, greater: boolean, less: boolean]>([
    ["6", true, false],
    ["5", false, false],
    ["4", false, true],
    ["+6", true, false],
    ["-6", false, true],
    ["006", true, false],
    ["-0", false, true],
    ["9223372036854775807", true, false],
    ["9223372036854775808", false, false],
    ["-9223372036854775808", false, true],
    ["-9223372036854775809", false, false],
    [`${"0".repeat(40)}7`, true, false],
    [`-${"0".repeat(40)}7`, false, true],
    [`${"0".repeat(40)}`, false, true],
    ["12345678901234567", true, false],
    ["", false, false],
    ["-", false, false],
    ["5.5", false, false],
    ["1e3", false, false],
    ["0x9", false, false],
    [" 9", false, false],
    ["٣", false, false],
  ])("%j against 5", (gen, greater, less) => {
    expect(parseSelector("gen>5").matches({ gen })).toBe(greater);
    expect(parseSelector("gen<5").matches({ gen })).toBe(less);
  });

  test("are compared exactly where doubles are not", () => {
    const selector = parseSelector("gen>9007199254740992");
    expect(selector.matches({ gen: "9007199254740993" })).toBe(true);
    expect(selector.matches({ gen: "9007199254740992" })).toBe(false);
  });
});

describe("LabelSelector objects (S.8)", () => {
  test("null selects nothing, the empty one everything, and both print as nothing", () => {
    expect(fromLabelSelector(null)).toBe(nothing);
    expect(fromLabelSelector(undefined)).toBe(nothing);
    expect(nothing.matches({})).toBe(false);
    expect(nothing.selectable).toBe(false);
    for (const empty of [{}, { matchLabels: null }, { matchExpressions: [] }]) {
      expect(fromLabelSelector(empty).matches({ any: "thing" })).toBe(true);
      expect(String(fromLabelSelector(empty))).toBe("");
    }
    expect(everything.matches({})).toBe(true);
    expect(String(nothing)).toBe("");
  });

  test.each<[selector: LabelSelector, problems: string[]]>([
    [{ matchLabels: { "a b": "c" } }, ["matchLabels[a b].key"]],
    [{ matchLabels: { a: "-" } }, ["matchLabels[a].values[0]"]],
    [
      { matchExpressions: [{ key: "a", operator: "in", values: ["b"] }] },
      ["matchExpressions[0].operator"],
    ],
    [
      { matchExpressions: [{ key: "a", operator: "Gt", values: ["5"] }] },
      ["matchExpressions[0].operator"],
    ],
    [
      {
        matchExpressions: [
          { key: "a", operator: "Exists" },
          { key: "-", operator: "In" },
        ],
      },
      ["matchExpressions[1].key", "matchExpressions[1].values"],
    ],
  ])("%j is refused", (selector, fields) => {
    const error = errorOf<RequirementError>(() => fromLabelSelector(selector));
    expect(error).toBeInstanceOf(RequirementError);
    expect(error.problems.map(({ field }) => field)).toEqual(fields);
  });

  test("all broken rules are listed with their paths", () => {
    const problems = validateLabelSelector({
      matchLabels: { "-": "x y" },
      matchExpressions: [
        { key: "a", operator: "In" },
        { key: "b", operator: "DoesNotExist", values: ["c"] },
        { key: "c", operator: "Gt", values: ["d_"] },
      ],
    });
    expect(lines(problems)).toEqual([
      'matchLabels: the name "-" must start with a letter or digit',
      'matchLabels: the value "x y" has U+0020; only letters, digits, "-", "_" and "." are allowed',
      "matchExpressions[0].values: In needs at least one value",
      "matchExpressions[1].values: DoesNotExist takes no values",
      'matchExpressions[2].operator: "Gt" is none of In, NotIn, Exists, DoesNotExist',
      'matchExpressions[2].values[0]: the value "d_" must end with a letter or digit',
    ]);
    expect(problems[0]?.problem).toMatchObject({ rule: "name-bad-edge" });
    expect(validateLabelSelector(null)).toEqual([]);
    expect(validateLabelSelector(undefined)).toEqual([]);
  });
});

describe("conversions", () => {
  test("a selector becomes an object", () => {
    expect(toLabelSelector(parseSelector("a=1,b==2,c in (3,4),d notin (5),e,!f"))).toEqual({
      matchLabels: { a: "1", b: "2" },
      matchExpressions: [
        { key: "c", operator: "In", values: ["3", "4"] },
        { key: "d", operator: "NotIn", values: ["5"] },
        { key: "e", operator: "Exists" },
        { key: "f", operator: "DoesNotExist" },
      ],
    });
    expect(toLabelSelector(everything)).toEqual({});
    expect(toLabelSelector(nothing)).toBeNull();
    expect(toLabelSelector(parseSelector("a=1,a==1"))).toEqual({ matchLabels: { a: "1" } });
  });

  test.each([
    ["a=1,a=2", "lossy", "a must equal"],
    ["a!=1", "unsupported-operator", 'write "a notin (1)"'],
    ["a>1", "unsupported-operator", 'a: no form for ">"; only a node selector does'],
    ["a<1", "unsupported-operator", 'a: no form for "<"'],
  ])("%s is refused", (text, code, message) => {
    const error = errorOf<ConversionError>(() => toLabelSelector(parseSelector(text)));
    expect(error).toBeInstanceOf(ConversionError);
    expect(error).toMatchObject({ code, key: "a", name: "ConversionError" });
    expect(error.message).toContain(message);
  });

  test("a plain map comes from what means one", () => {
    expect(asMap(parseSelector("a=1,b==2,c in (3)"))).toEqual({ a: "1", b: "2", c: "3" });
    expect(
      asMap({
        matchLabels: { a: "1" },
        matchExpressions: [{ key: "a", operator: "In", values: ["1"] }],
      }),
    ).toEqual({ a: "1" });
    expect(asMap(nothing)).toBeNull();
    expect(asMap(null)).toBeNull();
    expect(asMap(undefined)).toBeNull();
    expect(asMap({})).toEqual({});
    expect(fromMap(null).matches({})).toBe(true);
    expect(fromMap(undefined)).toMatchObject({ selectable: true });
  });

  test.each([
    ["a in (1,2)", "unsupported-operator"],
    ["a", "unsupported-operator"],
    ["a!=1", "unsupported-operator"],
    ["a=1,a=2", "lossy"],
  ])("%s has no plain map", (text, code) => {
    expect(() => asMap(parseSelector(text))).toThrow(expect.objectContaining({ code }));
  });

  test("an expression that would override a label is refused, or wins when asked to", () => {
    const both = {
      matchLabels: { a: "1" },
      matchExpressions: [{ key: "a", operator: "In", values: ["2"] }],
    };
    expect(() => asMap(both)).toThrow(expect.objectContaining({ code: "lossy", key: "a" }));
    expect(asMap(both, { conflicts: "last-wins" })).toEqual({ a: "2" });
    for (const values of [["1", "2"], [], null, undefined]) {
      const one = {
        matchExpressions: [{ key: "a", operator: "In", ...(values !== undefined && { values }) }],
      };
      expect(() => asMap(one)).toThrow(ConversionError);
    }
    expect(() =>
      asMap({ matchExpressions: [{ key: "a", operator: "NotIn", values: ["1"] }] }),
    ).toThrow('"NotIn" in a plain map');
  });

  test("a map in text form says what is wrong with it", () => {
    expect(parseLabelsMap("")).toEqual({});
    expect(parseLabelsMap(" a = 1 ,b=")).toEqual({ a: "1", b: "" });
    expect(parseLabelsMap("\u0085a\u00a0=\u30001")).toEqual({ a: "1" });
    expect(() => parseLabelsMap("\ufeffa=1")).toThrow(ConversionError);
    expect(() => parseLabelsMap("a=1,b")).toThrow('"b" is not one key=value');
    expect(() => parseLabelsMap("a==1")).toThrow('"a==1" is not one key=value');
    const error = errorOf<ConversionError>(() => parseLabelsMap("-=_"));
    expect(error).toMatchObject({ code: "invalid-map", key: "-" });
    expect(error.problems.map(({ rule }) => rule)).toEqual(["name-bad-edge", "value-bad-edge"]);
    expect(error.message).toBe(
      '"-=_": the name "-" must start with a letter or digit; the value "_" must start with a letter or digit',
    );
  });
});

describe("field selectors (S.10)", () => {
  test.each([
    ["x=1,broken,y=2", "expected-operator", 4, "broken"],
    ["a=b=c", "unescaped-character", 3, "="],
    ["b=1,a=x\\y", "invalid-escape", 7, "\\y"],
    ["a=x\\", "invalid-escape", 3, "\\"],
  ])("%j: %s at %i", (text, code, offset, found) => {
    const error = errorOf<FieldSelectorSyntaxError>(() => parseFieldSelector(text));
    expect(error).toMatchObject({ code, offset, found, name: "FieldSelectorSyntaxError" });
    expect(error.message).toContain(`, at offset ${offset}`);
  });

  test("print what they read, in the order of the raw terms", () => {
    const selector = parseFieldSelector("b==x\\,y,a!=1\\=2\\\\,,=");
    expect(String(selector)).toBe("a!=1\\=2\\\\,b=x\\,y");
    expect(Object.isFrozen(selector.requirements)).toBe(true);
    expect(Object.isFrozen(selector.requirements[0])).toBe(true);
    expect(String(parseFieldSelector("\uff5e=1,😀=1"))).toBe("\uff5e=1,😀=1");
  });
});

test("node selectors list their broken rules with paths", () => {
  const problems = validateNodeSelector({
    nodeSelectorTerms: [
      {},
      {
        matchExpressions: [
          { key: "a", operator: "Gt", values: ["x"] },
          { key: "-", operator: "Exists" },
          { key: "a", operator: "in", values: [] },
        ],
        matchFields: [
          { key: "metadata.name", operator: "Exists" },
          { key: "metadata.name", operator: "In", values: ["a", "b"] },
          { key: "metadata.name", operator: "NotIn" },
        ],
      },
    ],
  });
  expect(lines(problems)).toEqual([
    'nodeSelectorTerms[1].matchExpressions[0].values[0]: "x" is not a signed 64-bit integer',
    'nodeSelectorTerms[1].matchExpressions[1].key: the name "-" must start with a letter or digit',
    'nodeSelectorTerms[1].matchExpressions[2].operator: "in" is none of In, NotIn, Exists, DoesNotExist, Gt, Lt',
    'nodeSelectorTerms[1].matchFields[0].operator: "Exists" is none of In, NotIn',
    "nodeSelectorTerms[1].matchFields[1].values: a field needs exactly one value",
    "nodeSelectorTerms[1].matchFields[2].values: a field needs exactly one value",
  ]);
});
