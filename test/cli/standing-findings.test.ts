import { expect, it } from "vitest";
import { StandingFindings } from "../../src/cli/up/standing-findings.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";

const finding = (file: string, message: string, severity = "error") =>
  ({ rule: "r", severity, message, position: { file, line: 1, column: 2 } }) as Diagnostic;

it("errors stand until their file has others, or none", () => {
  const findings = new StandingFindings();
  findings.add([
    finding("a.yaml", "one"),
    finding("b.yaml", "two"),
    finding("a.yaml", "w", "warning"),
  ]);
  expect(findings.list()).toEqual(["a.yaml:1:2: one", "b.yaml:1:2: two"]);
  findings.add([finding("a.yaml", "three")]);
  expect(findings.list()).toEqual(["a.yaml:1:2: three", "b.yaml:1:2: two"]);
  findings.mended(["b.yaml"]);
  expect(findings.list()).toEqual(["a.yaml:1:2: three"]);
});

it("of very many the first are told, and the number of the rest", () => {
  const findings = new StandingFindings();
  findings.add(Array.from({ length: 50 }, (_, i) => finding("a.yaml", `e${i}`)));
  expect(findings.list()).toHaveLength(21);
  expect(findings.list().at(-1)).toBe("30 more errors in manifests: kubelane check");
});
