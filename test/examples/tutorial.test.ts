import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, isShown, PageFolder, stepsOf } from "../support/executed-page.ts";
import { PATIENCE } from "../support/up.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const blocks = blocksOf(readFileSync(resolve(ROOT, "docs/tutorial.md"), "utf8"));
const hasCurl = spawnSync("curl", ["--version"]).status === 0;

// Needs curl: the page shows it.
describe.runIf(hasCurl)("the tutorial", () => {
  let folder: PageFolder;
  beforeAll(async () => {
    folder = await PageFolder.make(resolve(ROOT, "dist/bin/kubelane.cjs"));
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it("is made of files and sessions", () => {
    expect(blocks.length).toBeGreaterThan(20);
    for (const { language, file } of blocks) expect(file === "").toBe(language === "console");
  });

  for (const { file, text } of blocks) {
    if (file !== "") it(`writes ${file}`, () => folder.write(file, text));
    for (const { command, output } of file === "" ? stepsOf(text) : []) {
      it(`does ${command}`, async () => {
        // What was written a moment ago is followed soon.
        const look = async () => {
          const { printed } = await folder.run(command);
          return isShown(output, printed) ? "as shown" : printed;
        };
        await expect.poll(look, PATIENCE).toBe("as shown");
      });
    }
  }
});
