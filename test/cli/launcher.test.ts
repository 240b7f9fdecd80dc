import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const PROGRAM = resolve(import.meta.dirname, "../../dist/bin/kubelane.cjs");
const digest = readFileSync(join(PROGRAM, "../cli.cjs"), "latin1").slice(2, 18);

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "kubelane-cache-"));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

function kubelane(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: "utf8",
    env: { ...process.env, XDG_CACHE_HOME: cache, ...env },
  });
  return { status, stdout, stderr };
}

const match = () => kubelane(["match", "app=web", "app=web"]);
const MATCHED = { status: 0, stdout: "match\n", stderr: "" };
const folder = () => join(cache, "kubelane", digest);
const cacheFile = () => join(folder(), `${process.version}-${process.arch}-match`);

describe("the code cache of the command line", () => {
  it("is written once for each command, for this user alone, and then read", () => {
    expect(match()).toEqual(MATCHED);
    const { ino, mode } = statSync(cacheFile());
    expect(mode & 0o777).toBe(0o600);
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    expect(match()).toEqual(MATCHED);
    expect(statSync(cacheFile()).ino).toBe(ino);
    kubelane(["version"]);
    kubelane(["--help"]);
    kubelane(["../../up"]);
    expect(readdirSync(folder()).map((name) => name.split("-").at(-1))).toEqual([
      "help",
      "match",
      "version",
    ]);
  });

  it.each([
    ["cut off", (text: Buffer) => text.subarray(0, text.length / 2)],
    ["empty", () => Buffer.alloc(0)],
    ["of another V8", (text: Buffer) => Buffer.from(text).fill(7, 0, 32)],
  ])("is written anew when it is %s", (_, damage) => {
    match();
    const good = readFileSync(cacheFile());
    writeFileSync(cacheFile(), damage(good));
    expect(match()).toEqual(MATCHED);
    expect(statSync(cacheFile()).size).toBeGreaterThan(good.length / 2);
    expect(match()).toEqual(MATCHED);
  });

  it.skipIf(process.platform === "win32")("is not read when others could have written it", () => {
    match();
    const { ino } = statSync(cacheFile());
    chmodSync(cacheFile(), 0o666);
    expect(match()).toEqual(MATCHED);
    expect(statSync(cacheFile()).mode & 0o777).toBe(0o600);
    expect(statSync(cacheFile()).ino).not.toBe(ino);
  });

  it.each([
    ["is a file", () => writeFileSync(join(cache, "kubelane"), "")],
    ["is relative", () => (cache = "here")],
  ])("is done without when its folder %s", (_, spoil) => {
    const before = cache;
    spoil();
    expect(match()).toEqual(MATCHED);
    rmSync(before, { recursive: true, force: true });
  });

  it("is done without when there is no home either", () => {
    expect(kubelane(["match", "a", "a=1"], { XDG_CACHE_HOME: "", HOME: "" })).toEqual(MATCHED);
  });

  it("removes what builds of over 30 days ago left, and nothing else", () => {
    const [old, young] = ["0".repeat(16), "1".repeat(16)].map((build) => {
      const path = join(cache, "kubelane", build);
      mkdirSync(path, { recursive: true });
      return path;
    }) as [string, string];
    const days = (count: number) => new Date(Date.now() - count * 24 * 60 * 60 * 1000);
    utimesSync(old, days(31), days(31));
    utimesSync(young, days(29), days(29));
    match();
    expect(readdirSync(join(cache, "kubelane")).sort()).toEqual(["1".repeat(16), digest].sort());
  });
});
