import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { processTable } from "../../src/runtime/process-table.ts";
import { eventually, node, podNamed, run, SERVER, scene } from "./harness.ts";

/** KUBELANE_SOAK=1000 for the long one. */
const RESTARTS = Number(process.env["KUBELANE_SOAK"] ?? 100);

const children = () =>
  processTable().filter(({ pid }) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === String(process.pid);
    } catch {
      return false;
    }
  });

const descriptors = () =>
  readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });

describe.runIf(process.platform === "linux")(`after ${RESTARTS} restarts`, () => {
  it("no process, socket or descriptor is left", { timeout: 300_000 }, async () => {
    const before = { descriptors: descriptors().length, children: children().length };
    // Every second start leaves a child and a listening socket behind when it ends.
    const server = node(`${SERVER} require("child_process").spawn("sleep", ["300"]);`);
    const crash = "sleep 300 & exit 1";
    const target = (name: string) => ({ namespace: "default", kind: "Pod", name });
    const it = scene([podNamed("server"), podNamed("crash")], {
      run: [run(server, { target: target("server") }), run(crash, { target: target("crash") })],
      backOff: { base: 0, cap: 0 },
    });
    const kill = (pid: number) => process.kill(pid, "SIGKILL");
    let kills = 0;
    it.store.subscribe(() => {
      const status = it.store.get("Pod", "default", "server")?.status?.containerStatuses?.[0];
      if (!it.ready("server") || status?.restartCount !== kills) return;
      kills++;
      const event = it.events.findLast((e) => e.type === "started" && e.pod.name === "server");
      if (event?.type === "started") kill(event.pid);
    });
    const restarts = () =>
      ["server", "crash"].reduce(
        (sum, name) => sum + (it.pod(name).status?.containerStatuses?.[0]?.restartCount ?? 0),
        0,
      );
    await it.until(`${RESTARTS} restarts`, () => restarts() >= RESTARTS, 280_000);
    await it.runtime.close({ grace: 1_000 });
    await eventually("the descriptors closed", () => descriptors().length <= before.descriptors);
    expect(children().length).toBe(before.children);
    const groups = new Set(it.pids());
    expect(processTable().filter(({ group, state }) => groups.has(group) && state !== "Z")).toEqual(
      [],
    );
    expect(kills).toBeGreaterThan(2);
  });
});
