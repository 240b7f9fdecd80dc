import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import type { Context } from "../../src/cli/command.ts";
import { reportDiagnostics } from "../../src/cli/diagnostics-report.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";

const finding = (file: string, i: number): Diagnostic => ({
  rule: "api-version-missing",
  severity: "error",
  message: `document ${i} has no apiVersion`,
  path: [],
  position: { file, line: i, column: 1 },
});

it("prints some findings of a file that is broken throughout, and how many there are", () => {
  const stderr = new PassThrough();
  const found = Array.from({ length: 50_000 }, (_, i) => finding("bad.yaml", i + 1));
  reportDiagnostics({ stderr, color: false, cwd: "/" } as unknown as Context, [
    ...found,
    finding("other.yaml", 3),
  ]);
  const text = String(stderr.read());
  expect(text).toContain("bad.yaml:50:1");
  expect(text).not.toContain("bad.yaml:51:1");
  expect(text).toContain("other.yaml:3:1");
  expect(text).toMatch(
    /^bad\.yaml: 49950 more findings; all of them: kubelane check -f bad\.yaml$/m,
  );
});
