import { describe, expect, it } from "vitest";
import { suppress, suppressionsIn } from "../../src/checks/suppression.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";

const finding = (rule: string, line: number): Diagnostic => ({
  rule,
  severity: "error",
  message: "wrong",
  position: { file: "a.yaml", line, column: 1 },
});

describe("a kubelane-ignore comment covers", () => {
  it.each<[covers: string, text: string, from: number, to: number]>([
    ["its line, behind a field", "a: 1 # kubelane-ignore label-value\nb: 2\n", 1, 1],
    ["the field below it", "x: 0\n# kubelane-ignore label-value\na: 1\nb: 2\n", 3, 3],
    [
      "the field below it with everything nested, blank lines and comments too",
      "x: 0\n# kubelane-ignore\na:\n  b:\n\n    # why\n    c: 1\nd: 2\n",
      3,
      7,
    ],
    [
      "a list that stands as far left as its field",
      "x: 0\n# kubelane-ignore\na:\n- b\n- c\nd: 1\n",
      3,
      5,
    ],
    ["one item of a list", "a:\n  # kubelane-ignore\n  - b: 1\n    c: 2\n  - d: 3\n", 3, 4],
    ["the whole document, at its top", "# kubelane-ignore\na: 1\nb:\n  c: 2\n---\nd: 3\n", 2, 4],
    ["the whole second document", "a: 1\n---\n# kubelane-ignore\nb: 2\nc: 3\n", 4, 5],
    ["itself, when nothing follows", "a: 1\n# kubelane-ignore\n", 2, 2],
    ["a field in text with CR LF", "x: 0\r\n# kubelane-ignore\r\na:\r\n  b: 1\r\nc: 2\r\n", 3, 4],
  ])("%s", (_, text, from, to) => {
    expect(suppressionsIn(text)).toMatchObject([{ from, to }]);
  });

  it("the rules it names, separated by blanks or commas, before a reason", () => {
    const text = "a: 1 # kubelane-ignore: label-value, label-key -- made elsewhere\n";
    expect(suppressionsIn(text)[0]?.rules).toEqual(["label-value", "label-key"]);
  });

  it("nothing when the words are no comment", () => {
    expect(suppressionsIn("a: kubelane-ignore\nb: x#kubelane-ignore label-key\n")).toEqual([]);
  });
});

describe("suppress", () => {
  const apply = (text: string, ...found: Diagnostic[]) =>
    suppress(found, new Map([["a.yaml", text]])).map(({ rule, position }) => [
      rule,
      position?.line,
    ]);

  it("takes out what a comment covers, and nothing else", () => {
    const text = "x: 0\na: 1 # kubelane-ignore label-value\nb: 2\n";
    const found = [finding("label-value", 2), finding("label-key", 2), finding("label-value", 3)];
    expect(apply(text, ...found)).toEqual([
      ["label-key", 2],
      ["label-value", 3],
    ]);
  });

  it("takes out everything where no rule is named", () => {
    expect(apply("a: 1 # kubelane-ignore\n", finding("label-key", 1), finding("x-y", 1))).toEqual(
      [],
    );
  });

  it("tells of each name that suppresses nothing", () => {
    const text = "a: 1 # kubelane-ignore label-value label-kye label-key\n";
    expect(apply(text, finding("label-value", 1))).toEqual([
      ["ignore-unknown", 1],
      ["ignore-unused", 1],
    ]);
  });

  it("leaves findings of other files, and without a place, alone", () => {
    const elsewhere = {
      ...finding("label-key", 1),
      position: { file: "b.yaml", line: 1, column: 1 },
    };
    const { position: _, ...nowhere } = finding("label-key", 1);
    const text = "a: 1 # kubelane-ignore label-key\n";
    expect(suppress([elsewhere, nowhere], new Map([["a.yaml", text]])).slice(0, 2)).toEqual([
      elsewhere,
      nowhere,
    ]);
  });
});
