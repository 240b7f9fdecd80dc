import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const SPEC = join(ROOT, "docs/spec");

/** `P.3` and the like: a page's letter and a number, not part of a longer word. */
const MARK = /(?<![\w.])[ADPS]\.\d{1,2}(?![\w.]*\w)/g;

interface Rule {
  readonly mark: string;
  readonly text: string;
}

function rulesOf(page: string): Rule[] {
  const sections = readFileSync(join(SPEC, page), "utf8").split(/^## /m).slice(1);
  return sections.map((text) => ({ mark: text.slice(0, text.indexOf(" ")), text }));
}

const pages = readdirSync(SPEC).filter((name) => name !== "README.md");
const rules = pages.flatMap(rulesOf);

function* filesBelow(...folders: string[]): Generator<readonly [name: string, text: string]> {
  for (const folder of folders) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
      if (!/\.(?:md|ts|peggy)$/.test(name)) continue;
      yield [join(folder, name), readFileSync(join(ROOT, folder, name), "utf8")];
    }
  }
}

const marksIn = (text: string) => text.match(MARK) ?? [];

describe("the specification", () => {
  it("numbers the rules of each page in order", () => {
    for (const page of pages) {
      const marks = rulesOf(page).map(({ mark }) => mark);
      const letter = marks[0]?.charAt(0);
      expect(marks).toEqual(marks.map((_, index) => `${letter}.${index + 1}`));
    }
    expect(rules).toHaveLength(12 + 19 + 12 + 4);
  });

  it("has the rule that each mark in the repository names", () => {
    const known = new Set(rules.map(({ mark }) => mark));
    const unknown: string[] = [];
    for (const [name, text] of filesBelow("src", "test", "docs", "grammar", "bench")) {
      for (const mark of marksIn(text)) if (!known.has(mark)) unknown.push(`${name}: ${mark}`);
    }
    expect(unknown).toEqual([]);
  });

  it.each(rules)("$mark names its source", ({ text }) => {
    expect(text).toMatch(/\nSource: \S.*\.\n/);
  });

  it("is held, rule by rule, by a test that names it", () => {
    const named = new Set<string>();
    for (const [name, text] of filesBelow("test")) {
      if (name !== "test/docs/spec.test.ts") for (const mark of marksIn(text)) named.add(mark);
    }
    expect(rules.map(({ mark }) => mark).filter((mark) => !named.has(mark))).toEqual([]);
  });
});
