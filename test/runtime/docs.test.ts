import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import { ALL_SOURCES } from "../../src/runtime/environment.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PAGE = readFileSync(resolve(ROOT, "docs/runtime.md"), "utf8");

it("the kubelane.yaml of the page is valid", () => {
  const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(PAGE) ?? [];
  const { config, diagnostics } = readLocalConfig(yaml, "/src/kubelane.yaml");
  expect(diagnostics).toEqual([]);
  expect(config?.values.run).toHaveLength(2);
  expect(config?.values.attach[0]?.addresses).toEqual([{ host: "127.0.0.1", port: 3000 }]);
});

it("the page names every source of variables", () => {
  for (const source of Object.keys(ALL_SOURCES)) expect(PAGE).toContain(`\`${source}\``);
});

it("the index of the examples names every one that runs pods", () => {
  const index = readFileSync(resolve(ROOT, "examples/README.md"), "utf8");
  const runnable = readdirSync(resolve(ROOT, "examples")).filter((name) =>
    existsSync(resolve(ROOT, "examples", name, "kubelane.yaml")),
  );
  expect(runnable.filter((name) => !index.includes(`| [${name}](${name}) |`))).toEqual([]);
});
