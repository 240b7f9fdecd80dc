import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import * as labels from "../../src/labels/index.ts";
import * as testing from "../../src/testing/index.ts";

const folder = new URL("../../docs/labels/", import.meta.url);
const modules: Record<string, object> = {
  "kubelane/labels": labels,
  "kubelane/testing": testing,
  "fast-check": { default: fc },
  vitest: { expect },
};

/** The snippets of a page as one program; `line; // value` becomes a check of that line. */
function program(markdown: string): { code: string; checks: number } {
  const snippets = [...markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  let checks = 0;
  const checked = snippets.join("\n").replace(/^(\S.*); \/\/ (.+)$/gm, (_line, line, value) => {
    checks++;
    return `check(${JSON.stringify(line)}, (${line}), (${value}));`;
  });
  const { outputText } = ts.transpileModule(checked, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  return { code: outputText, checks };
}

const pages = readdirSync(folder).filter((name) => name.endsWith(".md"));

describe("the documentation's snippets", () => {
  test("stand on one page for each point", () => {
    expect(pages).toHaveLength(8);
    const contents = readFileSync(new URL("README.md", folder), "utf8");
    for (const page of pages) if (page !== "README.md") expect(contents).toContain(`(${page})`);
  });

  test.each(pages.filter((page) => page !== "README.md"))("%s does what it says", (page) => {
    const { code, checks } = program(readFileSync(new URL(page, folder), "utf8"));
    expect(checks).toBeGreaterThan(1);
    let done = 0;
    const check = (line: string, actual: unknown, wanted: unknown) => {
      done++;
      expect(actual, line).toEqual(wanted);
    };
    const load = (name: string) => ({ __esModule: true, ...modules[name] });
    new Function("require", "exports", "check", code)(load, {}, check);
    expect(done).toBe(checks);
  });
});
