import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = resolve(import.meta.dirname, "../../dist/bin/kubelane.cjs");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-folder-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === "win32")("in a working folder that is gone", () => {
  const run = (words: string) => {
    const line = `mkdir gone && cd gone && rmdir ../gone && exec "${process.execPath}" "${MAIN}" ${words}`;
    return spawnSync("sh", ["-c", line], { cwd: folder, encoding: "utf8" });
  };

  it.each(["version", "--help", "match a=b a=b", "completion bash", "check --rules"])(
    "%s works",
    (words) => {
      const { status, stderr } = run(words);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    },
  );

  it.each(["get pods", "--verbose get pods", "up", "shell -- true"])(
    "%s says what is wrong",
    (words) => {
      const { status, stdout, stderr } = run(words);
      expect({ status, stdout, stderr }).toEqual({
        status: 3,
        stdout: "",
        stderr: "kubelane: the working folder is gone\n  cd to another one first\n",
      });
    },
  );
});
