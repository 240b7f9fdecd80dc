import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { builtPackage } from "../support/built-package.ts";

const SCRIPT = resolve(import.meta.dirname, "../../bench/api/watches.mjs");

let folder: string;
beforeAll(() => {
  folder = builtPackage();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The benchmark itself checks the order, and fails where a watch misses or repeats a change. */
it("shows every change in order to each watch of another process, and ends one that never reads", async () => {
  // Forty megabytes: more than sockets hold, and more than a watch may be behind.
  const sizes = ["--watches", "20", "--changes", "2000", "--slow", "2", "--size", "20000"];
  const args = [SCRIPT, "--dist", join(folder, "dist"), ...sizes];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toContain("20 watches saw 2000 changes each, in order");
  expect(stdout).toContain("2 of 2 watches that never read were ended; the server goes on");
});
