import { describe, expect, it } from "vitest";
import type { RuntimeEvent } from "../../src/runtime/event.ts";
import { type LogQuery, PodLogs } from "../../src/runtime/pod-logs.ts";

const pod = { kind: "Pod", namespace: "shop", name: "web" };
const of = { pod, container: "web" } as const;
const output = (line: string, pid = 1): RuntimeEvent => ({
  ...of,
  type: "output",
  pid,
  stream: "stdout",
  line,
});
const started: RuntimeEvent = { ...of, type: "started", pid: 1, command: [], ports: {} };
const exited: RuntimeEvent = { ...of, type: "exited", pid: 1, exitCode: 0, reason: "Completed" };

async function read(logs: PodLogs, query: LogQuery, signal = new AbortController().signal) {
  const chunks = logs.read(pod, "web", query, signal);
  if (chunks === undefined) return undefined;
  const lines: string[] = [];
  for await (const chunk of chunks) lines.push(...chunk.map(({ line }) => line));
  return lines;
}

describe("the output of local pods", () => {
  it("is that of the current run, or of the one before it", async () => {
    const logs = new PodLogs();
    expect(await read(logs, {})).toBeUndefined();
    for (const event of [started, output("a"), output("b"), exited, started, output("c")])
      logs.note(event);
    expect(await read(logs, {})).toEqual(["c"]);
    expect(await read(logs, { previous: true })).toEqual(["a", "b"]);
    logs.note({ pod, type: "stopped" });
    expect(await read(logs, {})).toBeUndefined();
  });

  it("is told apart where the next run begins before the last one is over", async () => {
    const logs = new PodLogs();
    for (const event of [started, output("a"), { ...started, pid: 2 }, output("b", 2)])
      logs.note(event);
    const lines = read(logs, { follow: true });
    for (const event of [output("bye"), exited, output("c", 2), { ...exited, pid: 2 }])
      logs.note(event);
    expect(await lines).toEqual(["b", "c"]);
    expect(await read(logs, { previous: true })).toEqual(["a", "bye"]);
  });

  it("is cut to its last lines, or to those since a time", async () => {
    let now = 0;
    const logs = new PodLogs(() => now);
    logs.note(started);
    for (const line of ["a", "b", "c"]) {
      now += 1000;
      logs.note(output(line));
    }
    expect(await read(logs, { tailLines: 2 })).toEqual(["b", "c"]);
    expect(await read(logs, { tailLines: 0 })).toEqual([]);
    expect(await read(logs, { since: 3000 })).toEqual(["c"]);
  });

  it("is followed until the run is over, without a line lost or told twice", async () => {
    const logs = new PodLogs();
    logs.note(started);
    logs.note(output("a"));
    const lines = read(logs, { follow: true });
    for (const line of ["b", "c"]) {
      await new Promise((resolve) => setImmediate(resolve));
      logs.note(output(line));
    }
    logs.note(output("d"));
    logs.note(exited);
    expect(await lines).toEqual(["a", "b", "c", "d"]);
  });

  it("is not followed any longer than somebody reads", async () => {
    const logs = new PodLogs();
    logs.note(started);
    const ended = new AbortController();
    const lines = read(logs, { follow: true }, ended.signal);
    ended.abort();
    expect(await lines).toEqual([]);
  });

  it("is forgotten from the front when it grows too long", async () => {
    const logs = new PodLogs();
    logs.note(started);
    const line = "x".repeat(1024);
    for (let i = 0; i < 10_000; i++) logs.note(output(line));
    logs.note(output("last"));
    const lines = (await read(logs, {})) ?? [];
    expect(lines.length).toBeLessThan(5_000);
    expect(lines.length).toBeGreaterThan(1_000);
    expect(lines.at(-1)).toBe("last");
  });
});
