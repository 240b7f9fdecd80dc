import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { WORDS } from "../../src/page/app/dictionary.ts";

const APP = resolve(import.meta.dirname, "../../src/page/app");
const sources = readdirSync(APP, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file) && file !== "dictionary.ts")
  .map((file) => [file, readFileSync(join(APP, file), "utf8")] as const);
const all = sources.map(([, text]) => text).join("\n");

/** What sources of the gateway say. */
function* said(place: string, pattern: RegExp): Generator<string> {
  const path = resolve(import.meta.dirname, place);
  const files = path.endsWith(".ts") ? [path] : readdirSync(path).map((file) => join(path, file));
  for (const file of files) {
    for (const [, first, second] of readFileSync(file, "utf8").matchAll(pattern)) {
      yield first ?? second ?? "";
    }
  }
}

test("what happens to pods and Services has a word in both languages", () => {
  for (const event of said("../../src/page/event-feed.ts", /case "([^"]+)"|"(no-live-pod)"/g)) {
    expect(Object.keys(WORDS)).toContain(event);
  }
});

describe.each(Object.entries(WORDS))("the word %s", (word, both) => {
  test("is said in both languages", () => {
    expect(both).toHaveLength(2);
    const [english, korean] = both;
    expect(english.trim()).toBe(english);
    expect(english).not.toBe("");
    expect(english).not.toMatch(/\p{Script=Hangul}/u);
    expect(korean).toMatch(/\p{Script=Hangul}/u);
  });

  test("is said somewhere", () => {
    // Some are named by what the gateway tells: the stage of a pod, or who it is; headings, events.
    const told = ["finished", "process", "attached", "stub", "remote", "elsewhere"];
    const section = [...said("../../src/cli/describe", /title: "([^"]+)"/g)];
    const event = [...said("../../src/page/event-feed.ts", /case "([^"]+)"|"(no-live-pod)"/g)];
    const severity = ["error", "warning", "info"];
    const known = [...told, ...section, ...event, ...severity];
    expect(known.includes(word) || new RegExp(`["']${word}["']`).test(all)).toBe(true);
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
