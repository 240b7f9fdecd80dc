import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const { exports } = JSON.parse(readFileSync(resolve(ROOT, "package.json"), "utf8"));
const subpaths = Object.keys(exports).filter((path) => !path.endsWith(".json"));

describe("the public names", () => {
  it.each(subpaths)("of %s are those that were meant to be public", async (path) => {
    const source = exports[path].default.replace("./dist/", "src/").replace(/\.js$/, ".ts");
    const names = Object.keys(await import(resolve(ROOT, source))).sort();
    expect(names).toMatchSnapshot();
  });
});
