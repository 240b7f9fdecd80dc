import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const FOLDER = resolve(import.meta.dirname, "../../dist/page/app");

const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(?:html|js|css|svg)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(FOLDER, name), "utf8") }));

test("the page is below 60 KB, compressed", () => {
  const bytes = files.reduce((sum, { text }) => sum + gzipSync(text).length, 0);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(60_000);
});

test("the page names no other place to load anything from", () => {
  for (const { name, text } of files) {
    const places = (text.match(/(?:https?:)?\/\/[\w.-]+\.[a-z]+/g) ?? []).filter(
      (place) => place !== "http://www.w3.org",
    );
    // What stands in a field that is still empty.
    expect([name, places.filter((place) => place !== "http://shop.example.com")]).toEqual([
      name,
      [],
    ]);
  }
});

test("the page has no script and no style in its HTML, which its policy would forbid", () => {
  const html = files.find(({ name }) => name === "index.html")?.text ?? "";
  expect(html).toMatch(/<script type="module"[^>]* src="\/assets\/[^"]+"><\/script>/);
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
});
