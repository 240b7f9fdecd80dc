import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { SRC, sourceFiles } from "./source-files.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const indexes = Object.keys(exports)
  .filter((path) => !path.endsWith(".json"))
  .map((path) => exports[path].default.replace("./dist/", "src/").replace(/\.js$/, ".ts"));

/** Codes that other programs look for, in the words of those who made them up. */
const FOREIGN = ["ENOTFOUND"];

describe("errors", () => {
  it("have codes in one style: words with dashes", () => {
    const codes = sourceFiles(SRC).flatMap((file) =>
      [
        ...readFileSync(file, "utf8").matchAll(/^ {2}(?:override )?readonly code = "([^"]*)"/gm),
      ].map(([, code]) => ({ file: relative(SRC, file), code: code! })),
    );
    expect(codes.length).toBeGreaterThan(20);
    const others = codes.filter(({ code }) => !/^[a-z]+(-[a-z]+)*$/.test(code));
    expect(others.map(({ code }) => code)).toEqual(FOREIGN);
  });

  it("that the documentation of public items names can be imported", () => {
    const sources = indexes.map((path) => readFileSync(join(ROOT, path), "utf8"));
    const known = new Set(["Error", "RangeError", "TypeError", "SyntaxError", "URIError"]);
    for (const text of sources) {
      for (const [name] of text.matchAll(/\b[A-Z]\w*Error\b/g)) known.add(name);
    }
    const missing = sources.flatMap((text, i) => {
      const { importedFiles } = ts.preProcessFile(text, true, true);
      return importedFiles.flatMap(({ fileName }) => {
        if (!fileName.startsWith(".")) return [];
        const file = resolve(ROOT, indexes[i]!, "..", fileName);
        const named = readFileSync(file, "utf8").matchAll(/@throws \{?([A-Z]\w*Error)\b/g);
        return [...named]
          .filter(([, name]) => !known.has(name!))
          .map(([, name]) => `${relative(SRC, file)}: ${name}`);
      });
    });
    expect(missing).toEqual([]);
  });
});
