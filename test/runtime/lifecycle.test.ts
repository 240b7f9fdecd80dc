import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Container } from "../../src/objects/pod.ts";
import { isAlive } from "../support/is-alive.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeClock } from "./fake-clock.ts";
import { eventually, node, podNamed, run, type Scene, SERVER, scene } from "./harness.ts";

const backOff = { base: 50, cap: 200 };
const web = (more: Partial<Container> = {}): Container => ({
  name: "main",
  ports: [{ containerPort: 8080 }],
  ...more,
});

function log(it: Scene): string[] {
  return it.events.flatMap((event) => {
    if (event.type === "output") return [`${event.container}: ${event.line}`];
    return event.type === "exited" ? [`${event.container} ended ${event.exitCode}`] : [];
  });
}

describe("init containers", () => {
  it("run in order, each to its end, before the others", async () => {
    const pod = podNamed("a", {
      initContainers: [{ name: "one" }, { name: "skipped" }, { name: "two" }],
      containers: [web()],
    });
    await using it = scene([pod], {
      run: [
        run("echo main; exec sleep 300"),
        run("sleep 0.1; echo one", { container: "one" }),
        run("echo two", { container: "two" }),
      ],
    });
    await it.until("main", () => log(it).includes("main: main"));
    expect(log(it)).toEqual(["one: one", "one ended 0", "two: two", "two ended 0", "main: main"]);
    const { initContainerStatuses, conditions } = it.pod("a").status ?? {};
    expect(initContainerStatuses?.map(({ state }) => state?.terminated?.reason)).toEqual([
      "Completed",
      "Completed",
    ]);
    expect(conditions?.find(({ type }) => type === "Initialized")?.status).toBe("True");
  });

  it("are tried again until they succeed, and hold up the pod meanwhile", async () => {
    const flag = join(temporaryFolder(), "flag");
    const pod = podNamed("a", { initContainers: [{ name: "init" }], containers: [web()] });
    await using it = scene([pod], {
      run: [
        run(node(SERVER)),
        run(`test -f ${flag} || { echo waiting; exit 1; }`, { container: "init" }),
      ],
      backOff,
    });
    await it.until("two attempts", () => log(it).filter((l) => l === "init ended 1").length === 2);
    expect(it.pod("a").status?.phase).toBe("Pending");
    expect(it.message("a")).toBe("init: CrashLoopBackOff: exit code 1: waiting");
    writeFileSync(flag, "");
    await it.until("ready", () => it.ready("a"));
  });

  it("fail the pod for good with restartPolicy Never", async () => {
    const pod = podNamed("a", {
      restartPolicy: "Never",
      initContainers: [{ name: "init" }],
      containers: [web()],
    });
    await using it = scene([pod], {
      run: [run(node(SERVER)), run("exit 4", { container: "init" })],
    });
    await it.until("Failed", () => it.pod("a").status?.phase === "Failed");
    expect(it.pids()).toHaveLength(1);
  });

  it("with restartPolicy Always stay beside the others, and go after them, last come first", async () => {
    const sidecar = (name: string, containerPort: number): Container => ({
      name,
      restartPolicy: "Always",
      ports: [{ containerPort }],
    });
    const pod = podNamed("a", {
      initContainers: [sidecar("proxy", 9000), sidecar("logs", 9001)],
      containers: [web()],
    });
    const program = `
      require("http").createServer().listen(process.env.PORT, "127.0.0.1");
      process.on("SIGTERM", () => setTimeout(() => process.exit(0), 50));`;
    const it = scene([pod], {
      run: [
        run(node(program)),
        run(node(program), { container: "proxy" }),
        run(node(program), { container: "logs" }),
      ],
    });
    await it.until("ready", () => it.ready("a"));
    const started = it.events.flatMap((e) => (e.type === "started" ? [e.container] : []));
    expect(started).toEqual(["proxy", "logs", "main"]);
    const { podIP = "" } = it.pod("a").status ?? {};
    const addresses = [8080, 9000, 9001].map(
      (port) => it.runtime.localAddressOf(podIP, port)?.port,
    );
    expect(new Set(addresses).size).toBe(3);
    await it.runtime.close();
    expect(log(it)).toEqual(["main ended 0", "logs ended 0", "proxy ended 0"]);
  });
});

describe("several containers", () => {
  it("are a process each, and the pod is ready when all are", async () => {
    const pod = podNamed("a", {
      containers: [web(), { name: "other", ports: [{ containerPort: 9090 }] }, { name: "third" }],
    });
    await using it = scene([pod], {
      run: [
        run(node(SERVER)),
        run(node(SERVER.replace("http.create", "await0; http.create")), { container: "other" }),
      ],
      backOff: { base: 10_000, cap: 300_000 },
    });
    await it.until("other failing", () => it.message("a").startsWith("other: CrashLoopBackOff"));
    await it.until("main ready", () => it.pod("a").status?.containerStatuses?.[0]?.ready === true);
    expect(it.ready("a")).toBe(false);
    expect(it.pod("a").status?.containerStatuses?.map(({ name }) => name)).toEqual([
      "main",
      "other",
    ]);
  });

  it("take the entry that names them; an entry without a name means the first with ports", async () => {
    const pod = podNamed("a", { containers: [{ name: "sidecar" }, web()] });
    await using it = scene([pod], {
      run: [
        run("echo $PORT_8080; exec sleep 300"),
        run("echo side; exec sleep 300", { container: "sidecar" }),
      ],
    });
    await it.until("both", () => log(it).length === 2);
    expect(log(it).sort()).toEqual([expect.stringMatching(/^main: \d+$/), "sidecar: side"]);
  });

  it("an entry for none of them is said to be so", async () => {
    await using it = scene([podNamed("a")], { run: [run("true", { container: "app" })] });
    expect(it.message("a")).toBe('its `run` entry is for container "app"; the pod has main');
  });
});

describe("restartPolicy", () => {
  it.each([
    ["Never", 0, "Succeeded"],
    ["Never", 5, "Failed"],
    ["OnFailure", 0, "Succeeded"],
  ] as const)("%s after exit code %i leaves the pod %s", async (restartPolicy, code, phase) => {
    const pod = podNamed("a", { restartPolicy, containers: [{ name: "main" }] });
    await using it = scene([pod], { run: [run(`exit ${code}`)] });
    await it.until(phase, () => it.pod("a").status?.phase === phase);
    await it.until("exited", () => it.events.some(({ type }) => type === "exited"));
    expect(it.pids()).toHaveLength(1);
    expect(it.ready("a")).toBe(false);
  });

  it("OnFailure tries again until it succeeds", async () => {
    const flag = join(temporaryFolder(), "flag");
    const pod = podNamed("a", { restartPolicy: "OnFailure", containers: [{ name: "main" }] });
    await using it = scene([pod], {
      run: [run(`test -f ${flag} || { : > ${flag}; exit 1; }`)],
      backOff,
    });
    await it.until("Succeeded", () => it.pod("a").status?.phase === "Succeeded");
    expect(it.pod("a").status?.containerStatuses?.[0]?.restartCount).toBe(1);
  });
});

describe("a pod's activeDeadlineSeconds", () => {
  const late = {
    phase: "Failed",
    reason: "DeadlineExceeded",
    message: "Pod was active on the node longer than the specified deadline",
  };

  it("ends it, and it has failed for good", async () => {
    // Long enough for Node to start on a busy machine.
    const pod = podNamed("a", { activeDeadlineSeconds: 8 });
    await using it = scene([pod], { run: [run(node(SERVER))], backOff });
    await it.until("ready", () => it.ready("a"));
    await it.until("Failed", () => it.pod("a").status?.phase === "Failed");
    expect(it.pod("a").status).toMatchObject(late);
    expect(it.ready("a")).toBe(false);
    await it.until("exited", () => it.events.some(({ type }) => type === "exited"));
    expect(it.pod("a").status).toMatchObject(late);
    expect(it.pids()).toHaveLength(1);
  });

  it("is nothing to one that ended by itself", async () => {
    const clock = new FakeClock();
    const pod = podNamed("a", { activeDeadlineSeconds: 3600, restartPolicy: "Never" });
    await using it = scene([pod], { run: [run("exit 0")], clock });
    await it.until("Succeeded", () => it.pod("a").status?.phase === "Succeeded");
    await clock.advance(3_600_000);
    expect(it.pod("a").status?.phase).toBe("Succeeded");
    expect(clock.pending).toBe(0);
  });
});

describe("hooks", () => {
  const file = () => join(temporaryFolder(), "log");

  it("preStop runs before SIGTERM", async () => {
    const path = file();
    const program = `const fs = require("fs");
      require("http").createServer().listen(process.env.PORT, "127.0.0.1");
      process.on("SIGTERM", () => { fs.appendFileSync("${path}", "SIGTERM\\n"); process.exit(0) });`;
    const preStop = { exec: { command: ["sh", "-c", `echo preStop >> ${path}; sleep 0.1`] } };
    const it = scene([podNamed("a", { containers: [web({ lifecycle: { preStop } })] })], {
      run: [run(node(program))],
    });
    await it.until("ready", () => it.ready("a"));
    await it.runtime.close();
    expect(readFileSync(path, "utf8")).toBe("preStop\nSIGTERM\n");
  });

  it("preStop that takes too long is cut off, and the process still gets its SIGTERM", async () => {
    const preStop = { exec: { command: ["sh", "-c", "echo draining; sleep 300"] } };
    const pod = podNamed("a", {
      terminationGracePeriodSeconds: 1,
      containers: [web({ lifecycle: { preStop } })],
    });
    const it = scene([pod], { run: [run(node(SERVER))] });
    await it.until("ready", () => it.ready("a"));
    await it.runtime.close();
    expect(it.events.find(({ type }) => type === "unhealthy")).toMatchObject({
      probe: "preStop",
      message: "exec sh did not end in time",
    });
    expect(it.events.find(({ type }) => type === "exited")).toMatchObject({ exitCode: 0 });
  });

  it("are hastened by a second close", async () => {
    const preStop = { exec: { command: ["sh", "-c", "echo draining; sleep 300"] } };
    const it = scene(
      [
        podNamed("a", {
          terminationGracePeriodSeconds: 600,
          containers: [web({ lifecycle: { preStop } })],
        }),
      ],
      { run: [run(node(SERVER))] },
    );
    await it.until("ready", () => it.ready("a"));
    const first = it.runtime.close();
    await it.runtime.close({ grace: 0 });
    await first;
    expect(it.pids().filter(isAlive)).toEqual([]);
  });

  it.each([
    { sleep: { seconds: 300 } },
    { exec: { command: ["sleep", "300"] } },
    { exec: { command: ["/bin/sh", "-c", "sleep 300"] } },
  ])("preStop that only waits, %j, is left out when everything ends", async (preStop) => {
    const it = scene([podNamed("a", { containers: [web({ lifecycle: { preStop } })] })], {
      run: [run(node(SERVER))],
    });
    await it.until("ready", () => it.ready("a"));
    await it.runtime.close();
    expect(it.events.find(({ type }) => type === "exited")).toMatchObject({ exitCode: 0 });
  });

  it("preStop that only waits is kept when one pod goes", async () => {
    const preStop = { sleep: { seconds: 0.3 } };
    await using it = scene([podNamed("a", { containers: [web({ lifecycle: { preStop } })] })], {
      run: [run(node(SERVER))],
    });
    await it.until("ready", () => it.ready("a"));
    const began = performance.now();
    it.store.apply([{ op: "delete", key: { kind: "Pod", namespace: "default", name: "a" } }]);
    await it.until("stopped", () => it.events.some(({ type }) => type === "stopped"));
    expect(performance.now() - began).toBeGreaterThanOrEqual(295);
  });

  it("postStart that fails ends the container", async () => {
    const postStart = { exec: { command: ["sh", "-c", "echo no licence; exit 1"] } };
    await using it = scene([podNamed("a", { containers: [web({ lifecycle: { postStart } })] })], {
      run: [run(node(SERVER))],
      backOff: { base: 10_000, cap: 300_000 },
    });
    await it.until("unhealthy", () => it.events.some(({ type }) => type === "unhealthy"));
    expect(it.events.find(({ type }) => type === "unhealthy")).toMatchObject({
      probe: "postStart",
      message: "exec sh ended with exit code 1: no licence",
    });
    await it.until("ended", () => it.events.some(({ type }) => type === "exited"));
  });

  it("whose program this machine does not have say nothing", async () => {
    const missing = { exec: { command: ["/no/such/hook"] } };
    const lifecycle = { postStart: missing, preStop: missing };
    const it = scene([podNamed("a", { containers: [web({ lifecycle })] })], {
      run: [run(node(SERVER))],
    });
    await it.until("ready", () => it.ready("a"));
    await it.runtime.close();
    expect(it.events.filter(({ type }) => type === "unhealthy")).toEqual([]);
  });
});

describe("probes of the manifest", () => {
  const HEALTH = `
    let healthy = true;
    require("http").createServer((q, r) => {
      if (q.url === "/toggle") healthy = !healthy;
      r.writeHead(q.url === "/healthz" && !healthy ? 503 : 200).end();
    }).listen(process.env.PORT, "127.0.0.1");`;
  const httpGet = { path: "/healthz", port: "http" };
  const ports = [{ name: "http", containerPort: 8080 }];

  async function toggle(it: Scene): Promise<void> {
    const address = it.runtime.localAddressOf(it.pod("a").status?.podIP ?? "", 8080);
    await fetch(`http://${address?.host}:${address?.port}/toggle`);
  }

  it("readiness by a named port, down and up again", async () => {
    const readinessProbe = { httpGet, periodSeconds: 0.05, failureThreshold: 2 };
    await using it = scene([podNamed("a", { containers: [web({ ports, readinessProbe })] })], {
      run: [run(node(HEALTH))],
    });
    await it.until("ready", () => it.ready("a"));
    await toggle(it);
    await it.until("not ready", () => !it.ready("a"));
    expect(it.message("a")).toMatch(/^GET \/healthz on 8080 \(127\.0\.0\.1:\d+\) answered 503$/);
    await toggle(it);
    await it.until("ready again", () => it.ready("a"));
    expect(it.pids()).toHaveLength(1);
  });

  it("a changed readiness is in the store before anybody is told of it", async () => {
    const readinessProbe = { httpGet, periodSeconds: 0.02, failureThreshold: 1 };
    const seen: boolean[] = [];
    await using it = scene([podNamed("a", { containers: [web({ ports, readinessProbe })] })], {
      run: [run(node(HEALTH))],
      onEvent: ({ type }) => {
        if (type === "ready" || type === "not-ready") seen.push(it.ready("a"));
      },
    });
    await it.until("ready", () => it.ready("a"));
    await toggle(it);
    await it.until("told", () => seen.length === 2);
    expect(seen).toEqual([true, false]);
  });

  it("liveness ends the container, which is started again", async () => {
    const flag = join(temporaryFolder(), "flag");
    writeFileSync(flag, "");
    const exec = { command: ["sh", "-c", `test -f ${flag} || { echo stuck; exit 1; }`] };
    const livenessProbe = { exec, periodSeconds: 0.05, failureThreshold: 2 };
    await using it = scene([podNamed("a", { containers: [web({ livenessProbe })] })], {
      run: [run(node(SERVER))],
    });
    await it.until("ready", () => it.ready("a"));
    rmSync(flag);
    await it.until("ended", () => it.events.some(({ type }) => type === "exited"));
    writeFileSync(flag, "");
    expect(it.events.find(({ type }) => type === "unhealthy")).toMatchObject({
      probe: "liveness",
      message: "exec sh ended with exit code 1: stuck",
    });
    await it.until("ready again", () => it.pids().length === 2 && it.ready("a"));
    expect(it.pod("a").status?.containerStatuses?.[0]?.restartCount).toBe(1);
  });

  it("startup holds off the others, and ends the container when it never succeeds", async () => {
    const startupProbe = {
      httpGet: { path: "/", port: 8080 },
      periodSeconds: 0.1,
      failureThreshold: 3,
    };
    const livenessProbe = {
      exec: { command: ["sh", "-c", "exit 1"] },
      periodSeconds: 0.05,
      failureThreshold: 1,
    };
    await using it = scene(
      [podNamed("a", { containers: [web({ startupProbe, livenessProbe })] })],
      {
        run: [run("exec sleep 300")],
        backOff: { base: 10_000, cap: 300_000 },
      },
    );
    await it.until("unhealthy", () => it.events.some(({ type }) => type === "unhealthy"));
    expect(it.events.filter(({ type }) => type === "unhealthy")).toMatchObject([
      { probe: "startup", message: expect.stringContaining("connection refused on 8080") },
    ]);
  });

  it("exec by a program of the image that is missing here give way to a TCP connect", async () => {
    const readinessProbe = { exec: { command: ["/bin/grpc_health_probe", "-addr=:8080"] } };
    const livenessProbe = { ...readinessProbe, periodSeconds: 0.02, failureThreshold: 1 };
    await using it = scene(
      [podNamed("a", { containers: [web({ readinessProbe, livenessProbe })] })],
      {
        run: [run(node(SERVER))],
      },
    );
    await it.until("ready", () => it.ready("a"));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(it.pids()).toHaveLength(1);
  });

  it("a port that only a probe names has its place on this machine too", async () => {
    const readinessProbe = { tcpSocket: { port: 8081 }, periodSeconds: 0.1 };
    const program = `require("http").createServer().listen(process.env.PORT_8081, "127.0.0.1")`;
    await using it = scene([podNamed("a", { containers: [web({ readinessProbe })] })], {
      run: [run(node(program))],
    });
    await it.until("ready", () => it.ready("a"));
  });

  it("end with the container", async () => {
    const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 0.02 };
    const it = scene([podNamed("a", { containers: [web({ readinessProbe })] })], {
      run: [run(node(SERVER))],
    });
    await it.until("ready", () => it.ready("a"));
    const address = it.runtime.localAddressOf(it.pod("a").status?.podIP ?? "", 8080);
    await it.runtime.close();
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(address?.port, "127.0.0.1", resolve));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await new Promise((resolve) => server.close(resolve));
    expect(connections).toBe(0);
  });

  it("a server on ::1 is found there", async () => {
    const program = SERVER.replace('"127.0.0.1"', '"::1"');
    await using it = scene([podNamed("a")], { run: [run(node(program))] });
    await it.until("ready", () => it.ready("a"));
    const address = it.runtime.localAddressOf(it.pod("a").status?.podIP ?? "", 8080);
    expect(address?.host).toBe("::1");
  });
});

describe("references to objects", () => {
  const env = [
    { name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } },
  ];

  it("hold up the container until they are there", async () => {
    await using it = scene([podNamed("a", { containers: [web({ env })] })], {
      run: [run(node(SERVER))],
    });
    await it.until("held up", () => it.message("a") !== "starting");
    const [status] = it.pod("a").status?.containerStatuses ?? [];
    expect(status?.state?.waiting).toEqual({
      reason: "CreateContainerConfigError",
      message:
        "env COLOR: ConfigMap default/settings not found; " +
        "add it, or set the variable under `env` of its entry in kubelane.yaml",
    });
    expect(it.pids()).toEqual([]);
    const metadata = { name: "settings", namespace: "default" };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { color: "red" } };
    it.store.apply([{ op: "put", object }]);
    await it.until("ready", () => it.ready("a"));
  });

  it("an env file that is missing is named", async () => {
    await using it = scene([podNamed("a")], { run: [run("true", { envFile: "/no/such/.env" })] });
    await it.until("held up", () => it.message("a") !== "starting");
    expect(it.message("a")).toBe("envFile /no/such/.env: no such file");
  });
});

describe("a process that flaps", () => {
  it("is ready only while it answers, and its port stays its own", async () => {
    const program = `${SERVER} setTimeout(() => process.exit(1), 150)`;
    await using it = scene([podNamed("a")], { run: [run(node(program))], backOff });
    const address = () => it.runtime.localAddressOf(it.pod("a").status?.podIP ?? "", 8080);
    await it.until("ready", () => it.ready("a"));
    const first = address();
    const readyWhileDead: number[] = [];
    it.store.subscribe(() => {
      const state = it.pod("a").status?.containerStatuses?.[0]?.state;
      if (it.ready("a") && state?.running === undefined) readyWhileDead.push(Date.now());
    });
    await it.until("three restarts", () => it.pids().length === 4);
    expect(readyWhileDead).toEqual([]);
    expect(address()).toEqual(first);
    await eventually("the dead gone", () => !it.pids().slice(0, 3).some(isAlive));
  });
});
