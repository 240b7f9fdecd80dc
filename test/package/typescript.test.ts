import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packedConsumer, ROOT } from "./packed.ts";

/** `KUBELANE_TEST_TYPESCRIPTS`: folders of further packages `typescript`, as a PATH is written; .ci/run has them. */
const further = (process.env["KUBELANE_TEST_TYPESCRIPTS"] ?? "").split(delimiter).filter(Boolean);
const compilers = [join(ROOT, "node_modules/typescript"), ...further].map((folder) => ({
  version: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version as string,
  tsc: join(folder, "bin/tsc"),
}));

let consumer: string;
beforeAll(() => {
  consumer = packedConsumer();
});
afterAll(() => rmSync(consumer, { recursive: true, force: true }));

const compile = (tsc: string, ...args: string[]) => {
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...args], {
    cwd: consumer,
    encoding: "utf8",
  });
  return { status, stdout };
};

describe.each(compilers)("a strict project compiled by TypeScript $version", ({ tsc }) => {
  it.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("takes every public subpath: module %s, moduleResolution %s", (module, moduleResolution) => {
    const options = ["--module", module, "--moduleResolution", moduleResolution];
    expect(compile(tsc, "-p", "tsconfig.json", ...options)).toEqual({ status: 0, stdout: "" });
  });
});

describe("TypeScript", () => {
  it.skipIf(further.length === 0)(
    "is tried from 5.4 to 7 (needs KUBELANE_TEST_TYPESCRIPTS, which .ci/run sets)",
    () => {
      const versions = compilers.map(({ version }) => version.split(".").slice(0, 2).join("."));
      expect(versions).toEqual(expect.arrayContaining(["5.4", "5.9", "6.0"]));
      expect(versions.some((version) => version.startsWith("7."))).toBe(true);
    },
  );

  it("knows the matchers that kubelane/testing/vitest sets up", () => {
    const { tsc } = compilers[0]!;
    expect(compile(tsc, "-p", "tested")).toEqual({ status: 0, stdout: "" });
  });
});
