// Starts the Go peer when there is a Go toolchain; says why not otherwise.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** `{ ask(task), close() }`, or undefined after saying why there is no peer. */
export function startPeer() {
  if (spawnSync("go", ["version"]).status !== 0) {
    console.log("no Go toolchain: the Go peer is skipped");
    return undefined;
  }
  const binary = join(mkdtempSync(join(tmpdir(), "kubelane-bench-")), "peer");
  const cwd = fileURLToPath(new URL("go", import.meta.url));
  execFileSync("go", ["build", "-o", binary, "."], {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const process = spawn(binary, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  return {
    async ask(task) {
      process.stdin.write(`${JSON.stringify(task)}\n`);
      return JSON.parse((await lines.next()).value);
    },
    close: () => process.stdin.end(),
  };
}
