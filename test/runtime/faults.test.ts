import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/runtime/clock.ts";
import { endLeftovers } from "../../src/runtime/leftovers.ts";
import { processEntry } from "../../src/runtime/process-table.ts";
import { isAlive } from "../support/is-alive.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { eventually, node, podNamed, run, SERVER, scene } from "./harness.ts";

const onLinux = process.platform === "linux";
const backOff = { base: 10_000, cap: 300_000 };

/** Whether the process still does anything; an ended one that nobody waited for does not. */
function isRunning(pid: number): boolean {
  return onLinux ? !["Z", undefined].includes(processEntry(pid)?.state) : isAlive(pid);
}

describe("a container whose command", () => {
  const cases = [
    {
      what: "does not exist",
      command: ["no-such-program-here", "-x"],
      exitCode: 128,
      reason: "StartError",
      message: "no-such-program-here: command not found in PATH",
    },
    {
      what: "names a file that does not exist",
      command: ["./no/such/file"],
      exitCode: 128,
      reason: "StartError",
      message: `./no/such/file: no such file (looked from ${process.cwd()})`,
    },
    {
      what: "is no executable file",
      command: ["./package.json"],
      exitCode: 128,
      reason: "StartError",
      message: "./package.json: not executable",
    },
    {
      what: "exits at once",
      command: "echo first; echo 'no such database' >&2; exit 3",
      exitCode: 3,
      reason: "Error",
      message: "exit code 3: no such database",
    },
    {
      what: "ends with success",
      command: "exit 0",
      exitCode: 0,
      reason: "Completed",
      message: "exited with code 0",
    },
  ];
  it.each(cases)("$what is named as Kubernetes names it", async (row) => {
    await using it = scene([podNamed("a")], { run: [run(row.command)], backOff });
    const container = () => it.pod("a").status?.containerStatuses?.[0];
    await it.until(
      "CrashLoopBackOff",
      () =>
        container()?.state?.waiting?.reason === "CrashLoopBackOff" &&
        it.events.filter(({ type }) => type === "exited").length === 2,
    );
    expect(container()?.restartCount).toBe(2);
    expect(container()?.lastState?.terminated).toMatchObject({
      exitCode: row.exitCode,
      reason: row.reason,
    });
    expect(it.message("a")).toBe(`CrashLoopBackOff: ${row.message}`);
    expect(container()?.state?.waiting?.message).toBe(
      `back-off 10s restarting failed container=main (${row.message})`,
    );
    expect(it.pod("a").status?.phase).toBe("Running");
  });

  it("has no working folder is told so, and starts when there is one", async () => {
    const cwd = join(temporaryFolder(), "missing");
    await using it = scene([podNamed("a")], { run: [run(node(SERVER), { cwd })], backOff });
    await it.until("back-off", () => it.message("a").startsWith("CrashLoopBackOff"));
    expect(it.message("a")).toBe(`CrashLoopBackOff: the working directory ${cwd} does not exist`);
  });

  it.each([
    ["FallbackToLogsOnError", 80],
    ["File", 0],
    [undefined, 0],
  ] as const)(
    "says a lot before it ends leaves its last lines where its policy is that: %s",
    async (policy, count) => {
      const command = "i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done; exit 1";
      const pod = podNamed("a");
      const [container] = pod.spec.containers;
      const said = policy !== undefined && { terminationMessagePolicy: policy };
      const spec = { ...pod.spec, containers: [{ ...container!, ...said }] };
      await using it = scene([{ ...pod, spec }], { run: [run(command)], backOff });
      await it.until("exited", () => it.events.some(({ type }) => type === "exited"));
      const { terminated } = it.pod("a").status?.containerStatuses?.[0]?.lastState ?? {};
      const lines = terminated?.message?.split("\n") ?? [];
      expect(lines).toHaveLength(count);
      if (count > 0) expect(lines.at(-1)).toBe("line 499");
      expect(it.message("a")).toContain("exit code 1: line 499");
    },
  );

  it.runIf(onLinux)("listens on another port is told which one", async () => {
    const program = `require("net").createServer().listen(0, "127.0.0.1", function () {
      console.log(this.address().port) })`;
    await using it = scene([podNamed("a")], { run: [run(node(program))] });
    await it.until("a hint", () => it.message("a").includes("listens on"));
    const line = it.events.find((event) => event.type === "output");
    const port = line?.type === "output" ? line.line : "";
    expect(it.message("a")).toMatch(
      /^connection refused on 8080 \(127\.0\.0\.1:\d+\); it listens on port \d+ instead of \$PORT$/,
    );
    expect(it.message("a")).toContain(` port ${port} `);
  });
});

describe("a process that", () => {
  it("ignores SIGTERM gets SIGKILL after its grace period", async () => {
    const program = `process.on("SIGTERM", () => console.log("no")); ${SERVER.replace(/process\.on.*/, "")}`;
    const it = scene([podNamed("a", { terminationGracePeriodSeconds: 1 })], {
      run: [run(node(program))],
    });
    await it.until("ready", () => it.ready("a"));
    await it.runtime.close();
    const lines = it.events.flatMap((event) => (event.type === "output" ? [event.line] : []));
    expect(lines).toEqual(["no"]);
    expect(it.events.find(({ type }) => type === "exited")).toMatchObject({ signal: "SIGKILL" });
    expect(it.pids().filter(isAlive)).toEqual([]);
  });

  it("is a shell around another one lets that one end in peace", async () => {
    const program = `process.on("SIGTERM", () => { console.log("bye"); process.exit(0) }); ${SERVER.replace(/process\.on.*/, "")}`;
    const it = scene([podNamed("a")], {
      run: [
        run('"$NODE" -e "$PROGRAM"; true', { env: { NODE: process.execPath, PROGRAM: program } }),
      ],
    });
    await it.until("ready", () => it.ready("a"));
    await it.runtime.close();
    const lines = it.events.flatMap((event) => (event.type === "output" ? [event.line] : []));
    expect(lines).toEqual(["bye"]);
  });

  it("is stopped (SIGSTOP) ends all the same", async () => {
    const it = scene([podNamed("a")], { run: [run(node(SERVER))] });
    await it.until("ready", () => it.ready("a"));
    process.kill(it.pids()[0]!, "SIGSTOP");
    await it.runtime.close({ grace: 10_000 });
    expect(it.events.find(({ type }) => type === "exited")).toMatchObject({ exitCode: 0 });
    expect(it.pids().filter(isAlive)).toEqual([]);
  });

  it("leaves children behind takes them along", async () => {
    const command = "sleep 300 & echo $!; sleep 300 & echo $!; exec sleep 300";
    const it = scene([podNamed("a")], { run: [run(command)] });
    const children = () =>
      it.events.flatMap((event) => (event.type === "output" ? [Number(event.line)] : []));
    await it.until("two children", () => children().length === 2);
    expect(children().every(isRunning)).toBe(true);
    process.kill(it.pids()[0]!, "SIGKILL");
    await eventually("the children gone", () => !children().slice(0, 2).some(isRunning));
    await it.runtime.close({ grace: 1_000 });
    expect(children().filter(isRunning)).toEqual([]);
  });

  it.runIf(onLinux)("makes a daemon of itself is found by its mark", async () => {
    const daemon = `
      const child = require("child_process").spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
      console.log(child.pid); child.unref(); setInterval(() => {}, 1000);`;
    const it = scene([podNamed("a")], { run: [run(node(daemon))] });
    const pids = () =>
      it.events.flatMap((event) => (event.type === "output" ? [Number(event.line)] : []));
    await it.until("a daemon", () => pids().length === 1);
    expect(pids().every(isRunning)).toBe(true);
    await it.runtime.close({ grace: 1_000 });
    expect(pids().filter(isRunning)).toEqual([]);
  });

  it("floods its output does not hold up another pod", async () => {
    const flood = node(`const line = "x".repeat(120) + "\\n";
      const write = () => { while (process.stdout.write(line)); process.stdout.once("drain", write) }; write()`);
    const noisy = { namespace: "default", kind: "Pod", name: "noisy" };
    const quiet = { namespace: "default", kind: "Pod", name: "quiet" };
    let bytes = 0;
    await using it = scene([podNamed("noisy")], {
      run: [run(flood, { target: noisy }), run(node(SERVER), { target: quiet })],
      onEvent: (event) => {
        if (event.type === "output") bytes += event.line.length;
      },
    });
    await it.until("flooded", () => bytes > 2_000_000);
    it.store.apply([{ op: "put", object: podNamed("quiet") }]);
    await it.until("the other pod ready", () => it.ready("quiet"));
  });

  it("writes a line without an end is cut into pieces", async () => {
    const command = node(
      `process.stdout.write("x".repeat(100_000) + "\\ny\\n"); setInterval(() => {}, 1e3)`,
    );
    await using it = scene([podNamed("a")], { run: [run(command)] });
    const lines = () => it.events.flatMap((event) => (event.type === "output" ? [event.line] : []));
    await it.until("the end", () => lines().includes("y"));
    expect(lines().slice(0, -1).join("")).toBe("x".repeat(100_000));
    expect(Math.max(...lines().map(({ length }) => length))).toBeLessThanOrEqual(16_384);
  });
});

describe.runIf(onLinux)("after a run that was killed", () => {
  it("what it left is ended, and nothing else", async () => {
    const folder = temporaryFolder();
    // Stands in for what a killed run wrote down: its processes live, it does not.
    const start = (mark: string) =>
      spawn("sh", ["-c", "sleep 300 & exec sleep 300"], {
        detached: true,
        stdio: "ignore",
        env: { ...process.env, KUBELANE_PROCESS: mark },
      });
    const left = start("mark-1");
    const stranger = start("mark-2");
    await eventually("the shells have started", () =>
      [left, stranger].every(({ pid = 0 }) =>
        readFileSync(`/proc/${pid}/cmdline`, "latin1").startsWith("sleep"),
      ),
    );
    const { pid = 0 } = left;
    const entry = {
      pid,
      startTime: processEntry(pid)!.startTime,
      mark: "mark-1",
      pod: "default/a",
    };
    const run = join(folder, `1-1-${bootId()}-0`);
    mkdirSync(run);
    const write = (name: string, content: unknown) => {
      writeFileSync(
        join(run, name),
        typeof content === "string" ? content : JSON.stringify(content),
      );
    };
    write(String(pid), entry);
    // The same pid as a stranger's, who started at another time; and a file that is none of ours.
    write("2", { pid: stranger.pid, startTime: "1", mark: "mark-3", pod: "default/b" });
    write("3", "{ no json");
    write("4", { pid: -1, startTime: "1", mark: "mark-2", pod: "default/c" });
    const gone = once(left, "exit");
    const ended = await endLeftovers(folder, systemClock);
    await gone;
    expect(ended).toEqual([entry]);
    expect(isRunning(pid)).toBe(false);
    expect(isRunning(stranger.pid ?? 0)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    process.kill(-(stranger.pid ?? 0), "SIGKILL");
  });

  it("a run whose owner lives is left alone", async () => {
    const stateFolder = temporaryFolder();
    await using it = scene([podNamed("a")], { run: [run(node(SERVER))], stateFolder });
    await it.until("ready", () => it.ready("a"));
    const [folder = ""] = readdirSync(stateFolder);
    const written = () => readdirSync(join(stateFolder, folder)).map(Number);
    expect(written()).toEqual(it.pids());
    process.kill(it.pids()[0]!, "SIGKILL");
    await it.until("ready again", () => it.pids().length === 2 && it.ready("a"));
    expect(written()).toEqual(it.pids().slice(1));
    expect(await endLeftovers(stateFolder, systemClock)).toEqual([]);
    expect(it.ready("a") && isAlive(it.pids()[1]!)).toBe(true);
    await it.runtime.close();
    expect(readdirSync(stateFolder)).toEqual([]);
  });
});

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8);
}
