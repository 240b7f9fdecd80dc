import { closeSync, existsSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { get, RunningUp } from "../support/up.ts";

const PULSE = resolve(import.meta.dirname, "../../examples/pulse");
const FREE = ["--dns", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--admin", "127.0.0.1:0"];

let up: RunningUp;
afterEach(async () => {
  await up.stop("SIGTERM");
});

/** Throws where nobody catches, at each signal. */
const THROWS = `data:text/javascript,${encodeURIComponent(
  'process.on("SIGUSR2", () => { if (globalThis.once) Promise.reject(new Error("rejected")); globalThis.once = true; throw new Error("boom"); })',
)}`;

async function counted(metric: string): Promise<number> {
  const { body } = await get({ port: up.adminPort, path: "/metrics" });
  return Number(new RegExp(`^${metric} (\\d+)$`, "m").exec(body)?.[1]);
}

const health = () => get({ port: up.adminPort, path: "/healthz" });

describe("an exception that nobody caught", () => {
  it("is told and counted, and everything serves on", async () => {
    up = await new RunningUp(["-f", PULSE, ...FREE], { nodeArgs: ["--import", THROWS] }).ready();
    expect(await health()).toMatchObject({ status: 200, body: "ok\n" });
    expect(await counted("kubelane_faults_total")).toBe(0);
    up.process.kill("SIGUSR2");
    await up.until(({ stderr }) => /everything serves on\nError: boom\n +at /.test(stderr));
    expect(await counted("kubelane_faults_total")).toBe(1);
    expect(await health()).toMatchObject({
      status: 503,
      body: "degraded: faults of kubelane itself: 1, the last one Error: boom\n",
    });
    up.process.kill("SIGUSR2");
    await up.until(({ stderr }) => stderr.includes("Error: rejected"));
    expect(await counted("kubelane_faults_total")).toBe(3);
    expect(await up.get("pulse-service.default")).toMatchObject({ status: 200 });
    expect(up.stderr).not.toContain("stopped");
  });
});

describe.skipIf(!existsSync("/dev/full"))("a log on a full disk", () => {
  it("loses lines, which are counted, and nothing else", async () => {
    const full = openSync("/dev/full", "w");
    up = new RunningUp(["-f", PULSE, ...FREE, "--access-log", "text"], { stderr: full });
    closeSync(full);
    await up.until(({ stdout }) => /^try:/m.test(stdout));
    expect(await up.get("pulse-service.default")).toMatchObject({ status: 200 });
    expect(await health()).toMatchObject({
      status: 503,
      body: "degraded: the log can't be written\n",
    });
    expect(await counted("kubelane_lost_log_lines_total")).toBeGreaterThan(3);
    expect(await counted("kubelane_faults_total")).toBe(0);
    expect(await up.get("pulse-service.default")).toMatchObject({ status: 200 });
    expect(up.process.exitCode).toBeNull();
  });
});

describe("a log whose reader goes away", () => {
  it("loses lines, which are counted, and nothing else", async () => {
    up = await new RunningUp(["-f", PULSE, ...FREE, "--access-log", "text"]).ready();
    up.process.stderr?.destroy();
    for (let i = 0; i < 5; i++) {
      expect(await up.get("pulse-service.default")).toMatchObject({ status: 200 });
    }
    expect(await counted("kubelane_lost_log_lines_total")).toBeGreaterThanOrEqual(4);
    up.process.stdout?.destroy();
    expect(await up.get("pulse-service.default")).toMatchObject({ status: 200 });
    expect(up.process.exitCode).toBeNull();
  });
});
