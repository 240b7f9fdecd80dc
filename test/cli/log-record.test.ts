import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { recordFiles } from "../../src/cli/logs/log-record.ts";
import { readRecord } from "../../src/cli/logs/read-record.ts";
import { LogRecorder } from "../../src/cli/up/record-logs.ts";
import type { RuntimeEvent } from "../../src/runtime/event.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const pod = { kind: "Pod", namespace: "shop", name: "web-1" };
const started = { type: "started", pod, container: "web", pid: 1, command: [], ports: {} } as const;
const output = (line: string, pid = 1): RuntimeEvent => ({
  type: "output",
  pod,
  container: "web",
  pid,
  stream: "stdout",
  line,
});

/** What is read later, from a folder below that of the `up`. */
function record(events: readonly RuntimeEvent[], folder = "/home/me/app") {
  const env = { KUBELANE_RUNTIME_DIR: join(temporaryFolder(), "run") };
  const faults: Error[] = [];
  const written = new LogRecorder({ env }, folder, (error) => faults.push(error));
  for (const event of events) written.note(event);
  written.flush();
  const context = { env, cwd: "/home/me/app/api/src" };
  return { env, faults, read: () => readRecord(context) };
}

it("keeps what pods wrote by container and run", () => {
  const { read } = record([started, output("a"), started, output("b")]);
  expect(read()).toEqual([
    expect.objectContaining({
      namespace: "shop",
      pod: "web-1",
      container: "web",
      run: 1,
      line: "a",
    }),
    expect.objectContaining({ run: 2, line: "b" }),
  ]);
});

it("counts what a replaced process writes at its end to its own run", () => {
  const { read } = record([started, { ...started, pid: 2 }, output("new", 2), output("bye", 1)]);
  expect(read()?.map(({ run, line }) => [run, line])).toEqual([
    [2, "new"],
    [1, "bye"],
  ]);
});

it("keeps two files of bounded length, readable by the user alone", () => {
  const line = "x".repeat(64 * 1024);
  const { env, read } = record([]);
  const written = new LogRecorder({ env }, "/home/me/app", () => undefined);
  for (let i = 0; i < 600; i++) {
    written.note(output(`${i} ${line}`));
    written.flush();
  }
  const { current, older } = recordFiles(env, "/home/me/app");
  for (const file of [current, older]) {
    expect(statSync(file).size).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(statSync(file).mode & 0o077).toBe(0);
  }
  expect(read()?.at(-1)?.line).toBe(`599 ${line}`);
});

it("begins anew with the next up of the folder", () => {
  const { env, read } = record([started, output("a")]);
  new LogRecorder({ env }, "/home/me/app", () => undefined);
  expect(read()).toEqual([]);
});

it("leaves out a line that was cut off", () => {
  const { env, read } = record([started, output("a")]);
  const { current } = recordFiles(env, "/home/me/app");
  writeFileSync(current, `${readFileSync(current, "utf8")}{"time":1,"na`);
  expect(read()?.map(({ line }) => line)).toEqual(["a"]);
});

it("tells once that nothing can be kept, and goes on", () => {
  const faults: Error[] = [];
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const env = { KUBELANE_RUNTIME_DIR: join(file, "below") };
  const written = new LogRecorder({ env }, "/home/me/app", (error) => faults.push(error));
  written.note(output("a"));
  written.flush();
  expect(faults).toHaveLength(1);
});
