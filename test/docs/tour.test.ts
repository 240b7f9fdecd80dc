import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const text = readFileSync(join(ROOT, "docs/tour.md"), "utf8");

/** `file` or `file`: `name` and `name`. */
const STEP = /`((?:src|grammar)\/[\w./-]+)`(?:: `([\w]+)`(?: and `(\w+)`)?)?/g;

const steps = [...text.matchAll(STEP)].map(([, file, ...names]) => ({
  file: file!,
  names: names.filter((name) => name !== undefined),
}));

describe("the tour", () => {
  it("has five flows", () => {
    expect(text.match(/^## /gm)).toHaveLength(5);
    expect(steps.length).toBeGreaterThan(30);
  });

  it.each(steps)("finds $names in $file", ({ file, names }) => {
    const path = join(ROOT, file);
    expect(existsSync(path)).toBe(true);
    if (statSync(path).isDirectory()) return;
    const code = readFileSync(path, "utf8");
    for (const name of names) {
      expect(code).toMatch(
        new RegExp(
          `^export (?:const|function|class|interface|type|async function) ${name}\\b`,
          "m",
        ),
      );
    }
  });
});
