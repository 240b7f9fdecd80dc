import { spawn } from "node:child_process";
import { once } from "node:events";
import fs, { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isOwned, Ledger } from "../../src/runtime/ledger.ts";
import { processEntry } from "../../src/runtime/process-table.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-ledger-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === "win32")("a run that is written down", () => {
  /** The name of a run of this process, as it stands on disk. */
  function ownRun(): string {
    const ledger = new Ledger(folder);
    ledger.record({ pid: 1, startTime: "1", mark: "m", pod: "shop/web" });
    return readdirSync(folder)[0] ?? "";
  }

  it("is owned while the process lives that made it", () => {
    const run = ownRun();
    expect(isOwned(run)).toBe(true);
    expect(isOwned(run.replace(/^\d+-/, "999999999-"))).toBe(false);
    expect(isOwned(run.replace(/^(\d+)-[^-]+/, "$1-1"))).toBe(false);
  });

  it("ends without a word where its folder can't be emptied any more", () => {
    const ledger = new Ledger(folder);
    const forget = ledger.record({ pid: 1, startTime: "1", mark: "m", pod: "shop/web" });
    const remove = vi.spyOn(fs, "rmSync").mockImplementation(() => {
      throw Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
    });
    syncBuiltinESMExports();
    try {
      expect(forget).not.toThrow();
      expect(() => ledger.close()).not.toThrow();
      expect(remove).toHaveBeenCalledTimes(2);
    } finally {
      remove.mockRestore();
      syncBuiltinESMExports();
    }
  });

  // As in a container whose first process waits for nobody.
  it("is owned no more when that process has ended, even if nobody has waited for it", async () => {
    // The child ends when the shell has become `sleep`: a shell would wait for it.
    const name = "{ cat /proc/$$/comm 2>/dev/null || ps -o comm= -p $$; }";
    const child = `until ${name} | grep -q sleep; do :; done`;
    const parent = spawn("sh", ["-c", `(${child}) & echo $!; exec sleep 1000`], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const [line] = await once(parent.stdout, "data");
      const pid = Number(line);
      await expect.poll(() => processEntry(pid)?.state).toBe("Z");
      const startTime = processEntry(pid)?.startTime.replaceAll(/[^A-Za-z0-9]/g, "_");
      const run = ownRun().replace(/^\d+-[^-]+/, `${pid}-${startTime}`);
      expect(isOwned(run)).toBe(false);
    } finally {
      parent.kill("SIGKILL");
    }
  });
});
