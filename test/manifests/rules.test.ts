import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatDiagnostic } from "../../src/diagnostics/format.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { RULE_CASES, TESTED_ELSEWHERE } from "./rule-cases.ts";
import { rulesInSources } from "./rules-in-sources.ts";

describe("each rule finds what breaks it, and points at it", () => {
  test.each(RULE_CASES.map((c, i) => [c.rule, i, c.text] as const))("%s (%i)", (rule, _, text) => {
    const lines = text.slice(0, text.indexOf("«")).split("\n");
    const { diagnostics, objects } = readManifest(text.replace("«", ""), "a.yaml");
    const found = diagnostics.filter((diagnostic) => diagnostic.rule === rule);
    const all = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic)).join("\n");
    expect(found, all).toHaveLength(1);
    const [{ severity, position, usable } = {}] = found;
    expect(position, all).toEqual({
      file: "a.yaml",
      line: lines.length,
      column: (lines.at(-1)?.length ?? 0) + 1,
    });
    // Nothing else is wrong with the text, so an object is loaded that is merely warned about, or usable.
    const others = diagnostics.filter((other) => other.rule !== rule && other.severity === "error");
    expect(others, all).toEqual([]);
    const survivors =
      rule === "duplicate-object" ? 1 : severity === "error" && usable !== true ? 0 : 1;
    expect(objects).toHaveLength(survivors);
  });
});

test("every rule has an id in the sources, a case, and a section in the docs, and no other has", () => {
  const inSources = rulesInSources(["objects", "manifests", "sources", "runtime"]);
  const docs = readFileSync(new URL("../../docs/manifests.md", import.meta.url), "utf8");
  const inDocs = [...docs.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id]) => id!);
  const config = inSources.filter((id) => id.startsWith("config-"));
  const inCases = [...RULE_CASES.map(({ rule }) => rule), ...TESTED_ELSEWHERE, ...config];
  expect([...new Set(inCases)].sort()).toEqual(inSources);
  expect(inDocs.toSorted()).toEqual(inSources);
});
