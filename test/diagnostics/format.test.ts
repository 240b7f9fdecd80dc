import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Diagnostic, formatFieldPath } from "../../src/diagnostics/diagnostic.ts";
import { formatDiagnostic } from "../../src/diagnostics/format.ts";
import { SourceLines } from "../../src/diagnostics/source-lines.ts";

const TEXT = "metadata:\n  labels:\n    release : stable,\n";

const diagnostic: Diagnostic = {
  rule: "label-value",
  severity: "error",
  message: "the value ends with a comma",
  hint: "write stable",
  object: "Pod shop/web",
  path: ["metadata", "labels", "release"],
  position: { file: "k8s/web.yaml", line: 3, column: 15 },
};

const linesOf = (text: string) => (file: string) =>
  file === "k8s/web.yaml" ? new SourceLines(text) : undefined;

describe("a diagnostic in print", () => {
  test("has position, severity, message, rule, the lines around, the field and the hint", () => {
    expect(formatDiagnostic(diagnostic, { linesOf: linesOf(TEXT) })).toBe(
      `k8s/web.yaml:3:15: error: the value ends with a comma [label-value]
2 |   labels:
3 |     release : stable,
  |               ^
  in Pod shop/web, metadata.labels.release
  hint: write stable`,
    );
  });

  test("leaves out what is not known", () => {
    const { rule, severity, message } = diagnostic;
    expect(formatDiagnostic({ rule, severity, message })).toBe(
      "error: the value ends with a comma [label-value]",
    );
    expect(formatDiagnostic(diagnostic).split("\n")).toHaveLength(3);
    const far = { ...diagnostic, position: { file: "k8s/web.yaml", line: 99, column: 1 } };
    expect(formatDiagnostic(far, { linesOf: linesOf(TEXT) }).split("\n")).toHaveLength(3);
  });

  test("is coloured on request, and says the same", () => {
    const plain = formatDiagnostic(diagnostic, { linesOf: linesOf(TEXT) });
    const colored = formatDiagnostic(diagnostic, { linesOf: linesOf(TEXT), color: true });
    expect(colored).not.toBe(plain);
    expect(colored.replace(/\x1b\[[\d;]*m/g, "")).toBe(plain);
  });

  test("shows the part of a long line that matters", () => {
    const text = `${"a".repeat(5000)}HERE${"b".repeat(5000)}`;
    const position = { file: "k8s/web.yaml", line: 1, column: 5001 };
    const rows = formatDiagnostic({ ...diagnostic, position }, { linesOf: linesOf(text) }).split(
      "\n",
    );
    expect(rows[1]!.length).toBeLessThan(120);
    expect(rows[1]!.indexOf("HERE")).toBe(rows[2]!.indexOf("^"));
  });

  test("puts the caret below the column after tabs", () => {
    const text = "\t\tkey: value";
    const position = { file: "k8s/web.yaml", line: 1, column: 3 };
    const rows = formatDiagnostic({ ...diagnostic, position }, { linesOf: linesOf(text) }).split(
      "\n",
    );
    expect(rows[1]!.indexOf("key")).toBe(rows[2]!.indexOf("^"));
  });

  test("never passes control characters of the user's text on to the terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), fc.nat(50), (text, column) => {
        const printed = formatDiagnostic(
          {
            ...diagnostic,
            message: text,
            hint: text,
            object: text,
            path: [text],
            position: { file: "k8s/web.yaml", line: 1, column: column + 1 },
          },
          { linesOf: linesOf(text) },
        );
        expect(printed).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

test.each([
  [[], ""],
  [["spec", "ports", 0, "name"], "spec.ports[0].name"],
  [["metadata", "labels", "a.b/c"], 'metadata.labels["a.b/c"]'],
  [["metadata", "labels", 'q"'], 'metadata.labels["q\\""]'],
])("the field path %j prints as %s", (path, text) => {
  expect(formatFieldPath(path)).toBe(text);
});
