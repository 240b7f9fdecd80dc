import { expect, test } from "vitest";
import type { Diagnostic, Severity } from "../../src/diagnostics/diagnostic.ts";
import { countBySeverity, describeCounts, sortDiagnostics } from "../../src/diagnostics/order.ts";

const at = (
  file: string | undefined,
  line: number,
  severity: Severity,
  rule = "a",
): Diagnostic => ({
  rule,
  severity,
  message: "",
  ...(file === undefined ? {} : { position: { file, line, column: 1 } }),
});

test("diagnostics are sorted by file, line, severity and rule; those without place come first", () => {
  const sorted = [
    at(undefined, 0, "warning"),
    at("a", 2, "error"),
    at("a", 2, "warning", "a"),
    at("a", 2, "warning", "b"),
    at("a", 10, "error"),
    at("b", 1, "info"),
  ];
  expect(sortDiagnostics(sorted.toReversed())).toEqual(sorted);
});

test.each([
  [[], ""],
  [["error"], "1 error"],
  [["error", "warning", "error"], "2 errors, 1 warning"],
  [["info", "warning", "warning"], "2 warnings, 1 info"],
] as const)("%j are counted as %j", (severities, text) => {
  const counts = countBySeverity(severities.map((severity) => at("a", 1, severity)));
  expect(describeCounts(counts)).toBe(text);
});
