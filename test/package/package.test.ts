import { execFileSync, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manifest, packedConsumer, ROOT } from "./packed.ts";

let consumer: string;

/** Prints every module that a program loads, one a line, through a loader hook. */
const TRACE = `data:text/javascript,${encodeURIComponent(
  `import { register } from "node:module"; register("data:text/javascript," + encodeURIComponent(${JSON.stringify(
    `import { writeSync } from "node:fs";
     export async function load(url, context, next) { writeSync(1, url + "\\n"); return next(url, context); }`,
  )}));`,
)}`;

beforeAll(() => {
  consumer = packedConsumer();
});

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

const run = (...args: string[]) =>
  spawnSync(process.execPath, args, { cwd: consumer, encoding: "utf8" });

describe("the package as npm packs it", () => {
  // vitest is nothing outside its runner: that one is tried there, below.
  const inNode = (path: string) => !path.endsWith(".json") && path !== "./testing/vitest";

  it.each(Object.keys(manifest.exports).filter(inNode))("imports %s in Node", (path) => {
    const specifier = path.replace(".", "kubelane");
    const { status, stderr } = run("--input-type=module", "-e", `await import("${specifier}")`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

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

  it("has its matchers in every test of a project that sets up kubelane/testing/vitest", () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--no-color"],
      {
        cwd: join(consumer, "tested"),
        encoding: "utf8",
        // A run inside a run: it must not take itself for a part of this one.
        env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
      },
    );
    expect(stdout).toMatch(/Tests {2}3 passed/);
    expect(status).toBe(0);
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

  it("runs by npx, and says its version", () => {
    const shell = { cwd: consumer, encoding: "utf8", shell: process.platform === "win32" } as const;
    // As an installation does: the program gets its name in node_modules/.bin.
    execFileSync("npm", ["rebuild", "--ignore-scripts", "--offline", "kubelane"], shell);
    expect(execFileSync("npx", ["--no", "--", "kubelane", "--version"], shell)).toBe(
      `${manifest.version}\n`,
    );
    const input = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}';
    const check = spawnSync("npx", ["--no", "--", "kubelane", "check", "-"], { ...shell, input });
    expect(check).toMatchObject({ status: 0, stderr: "no findings; 1 object usable\n" });
  });

  it("is published with a statement of where it was built", () => {
    expect(manifest.publishConfig).toEqual({ access: "public", provenance: true });
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
