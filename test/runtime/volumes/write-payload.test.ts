import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writePayload } from "../../../src/runtime/volumes/write-payload.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-payload-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const payload = (files: Record<string, string>, mode = 0o644) =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));
const read = (path: string) => readFileSync(join(folder, path), "utf8");
const visible = () =>
  readdirSync(folder)
    .filter((name) => !name.startsWith(".."))
    .sort();

it("files are links through one link to a folder of their own", () => {
  writePayload(folder, payload({ a: "1", "deep/b": "2" }));
  expect([read("a"), read("deep/b")]).toEqual(["1", "2"]);
  expect(visible()).toEqual(["a", "deep"]);
  expect(readlinkSync(join(folder, "a"))).toBe("..data/a");
  expect(readlinkSync(join(folder, "..data"))).toMatch(/^\.\.version-/);
});

it("a change replaces all of them, and leaves nothing of before", () => {
  writePayload(folder, payload({ a: "1", gone: "1" }));
  mkdirSync(join(folder, "inner"));
  writePayload(folder, payload({ a: "2", fresh: "2" }));
  expect([read("a"), read("fresh")]).toEqual(["2", "2"]);
  expect(visible()).toEqual(["a", "fresh", "inner"]);
  expect(readdirSync(folder).filter((name) => name.startsWith("..version"))).toHaveLength(1);
});

it("who reads while it changes sees all old files or all new ones", () => {
  writePayload(folder, payload({ a: "1", b: "1" }));
  const before = readlinkSync(join(folder, "..data"));
  const opened = join(folder, before);
  writePayload(folder, payload({ a: "2", b: "2" }));
  // The link is another one: nothing of the old folder was ever written to.
  expect(readlinkSync(join(folder, "..data"))).not.toBe(before);
  expect(() => statSync(opened)).toThrow("ENOENT");
});

it("the mode is the one that was asked for, whatever the umask", () => {
  const before = process.umask(0o077);
  try {
    writePayload(folder, payload({ open: "" }, 0o666));
  } finally {
    process.umask(before);
  }
  expect(statSync(join(folder, "open")).mode & 0o777).toBe(0o666);
});
