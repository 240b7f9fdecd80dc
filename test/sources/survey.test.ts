import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { survey } from "../../src/sources/survey.ts";

const PULSE = resolve(import.meta.dirname, "../../examples/pulse");

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

it.each([
  ["EIO", [PULSE]],
  ["EMFILE", [PULSE]],
  ["EACCES", [PULSE]],
  // Who says so is believed.
  ["ENOENT", []],
])(
  "a folder that can't be looked at because of %s hides what it holds: %j",
  async (code, hidden) => {
    vi.spyOn(fs, "lstat").mockRejectedValue(Object.assign(new Error(code), { code }));
    syncBuiltinESMExports();
    const { unlisted, diagnostics } = await survey([PULSE], { cwd: "/" });
    expect(unlisted).toEqual(hidden);
    expect(diagnostics.map(({ rule }) => rule)).toEqual(hidden.map(() => "file-unreadable"));
  },
);
