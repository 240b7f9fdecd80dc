import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { processEntry } from "../../src/runtime/process-table.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** `kubelane up` on the pulse example; the pids of its pods when they are ready. */
async function up(folder: string) {
  const args = [
    ...[join(ROOT, "dist/bin/kubelane.cjs"), "up", "-f", join(ROOT, "examples/pulse")],
    // In networks of their own they end with it.
    ...["--dns", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--network", "host"],
  ];
  const env = { ...process.env, KUBELANE_RUNTIME_DIR: folder };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8");
  for await (const text of child.stderr.iterator({ destroyOnReturn: false })) {
    log += text;
    if (log.includes("ready after")) break;
  }
  child.stderr.resume();
  const pids = [...log.matchAll(/started, pid (\d+)/g)].map(([, pid]) => Number(pid));
  return { child, log, pids };
}

const running = (pids: readonly number[]) =>
  pids.filter((pid) => !["Z", undefined].includes(processEntry(pid)?.state));

describe.runIf(process.platform === "linux")("an `up` that was killed with SIGKILL", () => {
  it("leaves its pods to the next one, which ends them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kubelane-"));
    const first = await up(folder);
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    expect(running(first.pids)).toEqual(first.pids);

    const second = await up(folder);
    expect(first.pids).toHaveLength(3);
    expect(running(first.pids)).toEqual([]);
    for (const pid of first.pids) {
      expect(second.log).toContain(`ended process ${pid}, left by an earlier run`);
    }
    second.child.kill("SIGTERM");
    await once(second.child, "exit");
    expect(second.pids).toHaveLength(3);
    expect(running(second.pids)).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });
});
