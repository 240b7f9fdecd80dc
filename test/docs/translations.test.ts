import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { blocksOf } from "../support/executed-page.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(resolve(ROOT, file), "utf8");
const headings = (page: string) => page.split("\n").filter((line) => line.startsWith("#")).length;

describe("a translation has the blocks of the English page, which are executed:", () => {
  it.each([
    ["docs/ko/tutorial.md", "docs/tutorial.md"],
    ["README.ko.md", "README.md"],
  ])("%s those of %s", (translation, english) => {
    const blocks = blocksOf(read(english));
    expect(blocks.length).toBeGreaterThan(10);
    expect(blocksOf(read(translation))).toEqual(blocks);
  });

  it("and the tutorial its sections", () => {
    expect(headings(read("docs/ko/tutorial.md"))).toBe(headings(read("docs/tutorial.md")));
  });
});
