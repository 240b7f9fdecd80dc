import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { WORDS } from "../../src/page/app/dictionary.ts";

const APP = resolve(import.meta.dirname, "../../src/page/app");
const sources = readdirSync(APP, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file) && file !== "dictionary.ts")
  .map((file) => [file, readFileSync(join(APP, file), "utf8")] as const);
const all = sources.map(([, text]) => text).join("\n");

describe.each(Object.entries(WORDS))("the word %s", (word, said) => {
  test("is said in both languages", () => {
    expect(said).toHaveLength(2);
    const [english, korean] = said;
    expect(english.trim()).toBe(english);
    expect(english).not.toBe("");
    expect(english).not.toMatch(/\p{Script=Hangul}/u);
    expect(korean).toMatch(/\p{Script=Hangul}/u);
  });

  test("is said somewhere", () => {
    // Some are named by what the gateway tells: the stage of a pod, or who it is.
    const told = ["finished", "process", "attached", "stub", "remote", "elsewhere"];
    expect(told.includes(word) || new RegExp(`["']${word}["']`).test(all)).toBe(true);
  });
});

test.each(sources.filter(([file]) => file.endsWith(".tsx")))(
  "%s says nothing by itself in one language alone",
  (_file, text) => {
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const written = [...code.matchAll(/>\s*([A-Za-z][\w ,.'’-]*[a-z])\s*</g)].map(
      ([, words]) => words,
    );
    const names = new Set(["kubelane", "English", "p50", "p99"]);
    expect(written.filter((words) => !names.has(words as string))).toEqual([]);
    const said = [
      ...code.matchAll(/(?:aria-label|placeholder|title|aria-description)="([^"]*)"/g),
    ].map(([, words]) => words);
    // Examples of what to type are the same in all languages.
    expect(said.filter((words) => !/[=:(./]/.test(words as string))).toEqual([]);
  },
);
