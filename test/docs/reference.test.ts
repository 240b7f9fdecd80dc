import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { RULES } from "../../src/checks/catalog.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { configSchemaText } from "../../src/manifests/settings/config-schema.ts";
import { commandsPage } from "./commands-page.ts";
import { configurationPage } from "./configuration-page.ts";
import { rulesPage } from "./rules-page.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const DOCS = join(ROOT, "docs");
const headings = (text: string) => [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title!);

describe("the reference is made from the data, and up to date", () => {
  it("docs/rules: a section for every rule, with an example of what is printed", async () => {
    const page = rulesPage();
    expect(headings(page)).toEqual(RULES.map(({ id }) => id));
    await expect(page).toMatchFileSnapshot(join(DOCS, "rules/README.md"));
  });

  it("docs/cli: a section for every command", async () => {
    const page = commandsPage();
    expect(headings(page)).toEqual(COMMANDS.map(({ name }) => name));
    await expect(page).toMatchFileSnapshot(join(DOCS, "cli/README.md"));
  });
});

describe("what can be set", () => {
  it("docs/configuration.md has every setting", async () => {
    await expect(configurationPage()).toMatchFileSnapshot(join(DOCS, "configuration.md"));
  });

  it("kubelane.schema.json tells editors of every setting", async () => {
    await expect(configSchemaText()).toMatchFileSnapshot(join(ROOT, "kubelane.schema.json"));
  });
});

describe("links between the documents", () => {
  const files = ["README.md", "CONTRIBUTING.md"].map((name) => join(ROOT, name));
  for (const name of readdirSync(DOCS, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".md")) files.push(join(DOCS, name));
  }
  it.each(files.map((file) => relative(ROOT, file)))("of %s lead somewhere", (file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    const broken = [...text.matchAll(/\]\(([^)\s#]+)(#[^)]*)?\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(ROOT, dirname(file), target)));
    expect(broken).toEqual([]);
  });
});
