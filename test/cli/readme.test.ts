import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { kubelane } from "../support/terminal.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");

/** TypeScript in prose is plain JavaScript here, whose `console.log` lines say what they print. */
function snippets(): [name: string, code: string][] {
  return [...README.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => [
    code.split("\n", 1)[0] ?? "",
    code,
  ]);
}

describe("the README", () => {
  it("has the table of commands that there are", () => {
    const table = /<!-- commands:.*?-->\n([\s\S]*?)<!-- \/commands -->/.exec(README)?.[1];
    const rows = COMMANDS.map(({ name, summary }) => `| \`kubelane ${name}\` | ${summary} |\n`);
    expect(table).toBe(`| command | does |\n|---|---|\n${rows.join("")}`);
  });

  it.each(snippets())("has a snippet that prints what it says: %s", (_, code) => {
    const expected = [...code.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, text]) => text);
    const folder = mkdtempSync(join(tmpdir(), "kubelane-readme-"));
    try {
      // `await using` is TypeScript's as far as Node 20 goes.
      const plain = code.replace(
        /^await using (\w+) = (.*);$/gm,
        "const $1 = $2; closers.push($1);",
      );
      const program = `const closers = [];\n${plain}\nfor (const each of closers) await each.close();\n`;
      writeFileSync(join(folder, "snippet.mjs"), program);
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
      const linked = `import { register } from "node:module"; register("data:text/javascript," + encodeURIComponent(${JSON.stringify(
        `export const resolve = (specifier, context, next) => next(specifier, /^kubelane/.test(specifier) ? { ...context, parentURL: ${JSON.stringify(
          `file://${ROOT}/package.json`,
        )} } : context);`,
      )}));`;
      const run = spawnSync(
        process.execPath,
        [
          "--import",
          `data:text/javascript,${encodeURIComponent(linked)}`,
          join(folder, "snippet.mjs"),
        ],
        { cwd: ROOT, encoding: "utf8" },
      );
      expect(run.stderr).toBe("");
      expect(run.stdout.trim().split("\n")).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("shows what commands print that need no running up", async () => {
    const sessions = [...README.matchAll(/```console\n([\s\S]*?)```/g)].map(
      ([, text = ""]) => text,
    );
    const steps = sessions
      .join("")
      .split(/^\$ /m)
      .filter((step) => step.startsWith("kubelane "));
    expect(steps.length).toBeGreaterThan(2);
    for (const step of steps) {
      const [line = "", ...output] = step.split("\n");
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(
        ([, quoted, word]) => quoted ?? word!,
      );
      const options = { cwd: ROOT, env: { KUBELANE_RUNTIME_DIR: join(tmpdir(), "kubelane-none") } };
      const { stdout, stderr } = await kubelane(words.slice(1), options);
      expect(stdout + stderr).toBe(output.join("\n"));
    }
  });

  it("shows a kubelane.yaml that kubelane takes", async () => {
    const { readLocalConfig } = await import("../../src/manifests/read-local-config.ts");
    const yaml = /```yaml\n([\s\S]*?)```/.exec(README)?.[1] ?? "";
    const { config, diagnostics } = readLocalConfig(yaml, join(ROOT, "kubelane.yaml"));
    expect(diagnostics).toEqual([]);
    expect(config?.values.run).toHaveLength(1);
    expect(config?.values.attach).toHaveLength(1);
  });
});
