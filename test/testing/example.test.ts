import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import ts from "typescript";
import { expect, test } from "vitest";
import * as labels from "../../src/labels/index.ts";
import * as testing from "../../src/testing/index.ts";

// What `kubelane/testing/vitest` does in the example.
expect.extend(testing.labelMatchers);

const folder = new URL("../../examples/label-rules/", import.meta.url);

/** Runs a file of the example against the sources; its tests are collected, not registered. */
function run(file: string, replace: (code: string) => string = (code) => code) {
  const collected: [name: string, body: () => unknown][] = [];
  const modules: Record<string, () => object> = {
    "kubelane/labels": () => labels,
    "kubelane/testing": () => testing,
    "fast-check": () => ({ default: fc }),
    vitest: () => ({
      expect,
      test: (name: string, body: () => unknown) => collected.push([name, body]),
    }),
    "./rules.js": () => run("rules.ts", replace).exports,
  };
  const { outputText } = ts.transpileModule(replace(readFileSync(new URL(file, folder), "utf8")), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports = {};
  const load = (name: string) => ({ __esModule: true, ...modules[name]?.() });
  new Function("require", "exports", outputText)(load, exports);
  return { exports, collected };
}

test("the example's own command finds its tests, where the example lies", () => {
  const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
  const { VITEST: _, VITEST_POOL_ID: __, ...env } = process.env;
  const { stdout } = spawnSync(process.execPath, [vitest, "list", "--filesOnly"], {
    cwd: fileURLToPath(folder),
    env,
    encoding: "utf8",
  });
  expect(stdout.trim()).toBe("rules.test.ts");
});

test("the example's properties hold", () => {
  const { collected } = run("rules.test.ts");
  expect(collected).toHaveLength(4);
  for (const [, body] of collected) body();
});

test.each([
  ["a branch name that is too long", ".slice(0, 63)", "", 0],
  ["a stable Service that takes canaries", ",track notin (canary)", "", 1],
  ["a policy that forgot an app", "(shop,cart)", "(cart)", 3],
])("the example's properties find %s", (_what, rule, broken, failing) => {
  const { collected } = run("rules.test.ts", (code) => code.replace(rule, broken));
  const failed = collected.flatMap(([, body], i) => {
    try {
      body();
      return [];
    } catch {
      return [i];
    }
  });
  expect(failed).toContain(failing);
  expect(failed.length).toBeLessThan(collected.length);
});
