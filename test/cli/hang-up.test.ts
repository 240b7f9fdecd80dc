import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isAlive } from "../support/is-alive.ts";
import { Terminal } from "../support/tmux.ts";
import { describeWith } from "../support/tools.ts";

const MAIN = resolve(import.meta.dirname, "../../dist/bin/kubelane.cjs");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-hang-up-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describeWith(["tmux"], "a terminal that is closed", () => {
  it("ends up and its local pods, without a word about a crash", async () => {
    const pod =
      "{ apiVersion: v1, kind: Pod, metadata: { name: a }, spec: { containers: [{ name: a }] } }";
    writeFileSync(join(folder, "a.yaml"), pod);
    const program =
      "require('fs').writeFileSync('pod.pid', String(process.pid)); setInterval(() => {}, 1e6)";
    const command = JSON.stringify([process.execPath, "-e", program]);
    writeFileSync(
      join(folder, "kubelane.yaml"),
      `manifests: [a.yaml]\nrun: { pod/a: { command: ${command} } }\n`,
    );
    const sockets = join(folder, "run");
    const terminal = new Terminal(
      `echo $$ > up.pid; exec ${process.execPath} ${MAIN} up --dns off --gateway off 2>up.err`,
      folder,
      { KUBELANE_RUNTIME_DIR: sockets },
    );
    const pids = () =>
      ["up", "pod"].map((name) => Number(readFileSync(join(folder, `${name}.pid`))));
    try {
      await expect
        .poll(() => readFileSync(join(folder, "up.err"), "utf8"), { timeout: 120_000 })
        .toContain("ready after");
      // The pod's process is there before it has written its pid.
      await expect
        .poll(() => pids().map((pid) => pid > 0 && isAlive(pid)), { timeout: 120_000 })
        .toEqual([true, true]);
    } finally {
      terminal.close();
    }
    await expect.poll(() => pids().map(isAlive), { timeout: 120_000 }).toEqual([false, false]);
    const told = readFileSync(join(folder, "up.err"), "utf8");
    expect(told).toContain("ending: ");
    expect(told).not.toContain("Assertion");
    expect(readdirSync(sockets).filter((name) => name.endsWith(".sock"))).toEqual([]);
  });
});
