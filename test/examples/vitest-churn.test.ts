import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");

it("the example vitest-churn holds with the built package", () => {
  const vitest = resolve(ROOT, "node_modules/vitest/vitest.mjs");
  const { status, stdout } = spawnSync(process.execPath, [vitest, "run", "--no-color"], {
    cwd: resolve(ROOT, "examples/vitest-churn"),
    encoding: "utf8",
    // A test run inside a test run: it must not take itself for a part of this one.
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
  });
  expect(stdout).toMatch(/Tests\s+1 passed/);
  expect(status).toBe(0);
});
