import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
let consumer: string;

/** Prints every module that a program loads, one a line, through a loader hook. */
const TRACE = `data:text/javascript,${encodeURIComponent(
  `import { register } from "node:module"; register("data:text/javascript," + encodeURIComponent(${JSON.stringify(
    `import { writeSync } from "node:fs";
     export async function load(url, context, next) { writeSync(1, url + "\\n"); return next(url, context); }`,
  )}));`,
)}`;

beforeAll(() => {
  consumer = mkdtempSync(join(tmpdir(), "kubelane-consumer-"));
  cpSync(join(import.meta.dirname, "consumer"), consumer, { recursive: true });
  const modules = join(consumer, "node_modules");
  mkdirSync(join(modules, "kubelane"), { recursive: true });
  mkdirSync(join(modules, "@types"));
  const packed = execFileSync(
    "npm",
    ["pack", "--ignore-scripts", "--json", "--pack-destination", consumer],
    { cwd: ROOT, encoding: "utf8", shell: process.platform === "win32" },
  );
  const [{ filename }] = JSON.parse(packed);
  execFileSync("tar", [
    "-xzf",
    join(consumer, filename),
    "--strip-components=1",
    "-C",
    join(modules, "kubelane"),
  ]);
  const names = [
    ...Object.keys(manifest.dependencies),
    "fast-check",
    "pure-rand",
    "@types/node",
    "undici-types",
  ];
  for (const name of names) {
    // A package of a scope lies in the scope's folder.
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name), "junction");
  }
});

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

const run = (...args: string[]) =>
  spawnSync(process.execPath, args, { cwd: consumer, encoding: "utf8" });

describe("the package as npm packs it", () => {
  it("compiles in a strict TypeScript project, every public subpath", () => {
    const tsc = run(join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json");
    expect(tsc.stdout).toBe("");
    expect(tsc.status).toBe(0);
  });

  it.each(Object.keys(manifest.exports).filter((path) => !path.endsWith(".json")))(
    "imports %s in Node",
    (path) => {
      const specifier = path.replace(".", "kubelane");
      const { status, stderr } = run("--input-type=module", "-e", `await import("${specifier}")`);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    },
  );

  it("loads nothing but the label modules and lru-cache for kubelane/labels", () => {
    const { stdout } = run(
      "--import",
      TRACE,
      "--input-type=module",
      "-e",
      'import "kubelane/labels"',
    );
    const loaded = stdout.split("\n").filter((url) => url.startsWith("file:"));
    expect(loaded.length).toBeGreaterThan(1);
    const strangers = loaded.filter((url) => !/kubelane\/dist\/labels\/|\/lru-cache\//.test(url));
    expect(strangers).toEqual([]);
  });

  it("runs as a command", () => {
    const kubelane = join("node_modules/kubelane", manifest.bin.kubelane);
    const { status, stdout } = run(
      kubelane,
      "match",
      "tier in (web, api),!legacy",
      "app=web",
      "tier=api",
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: "match\n" });
  });

  it("carries no source, test or build leftovers", () => {
    const files = execFileSync("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const paths: string[] = JSON.parse(files)[0].files.map((file: { path: string }) => file.path);
    expect(
      paths.filter(
        (path) =>
          !/^(dist\/|docs\/spec\/|kubelane\.schema\.json|package\.json|README|LICENSE|CHANGELOG)/.test(
            path,
          ),
      ),
    ).toEqual([]);
    expect(paths.filter((path) => /tsbuildinfo|\.map$/.test(path))).toEqual([
      "dist/bin/cli.cjs.map",
    ]);
  });
});
