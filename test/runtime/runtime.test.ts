import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { isAlive } from "../support/is-alive.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { attach, node, podNamed, run, SERVER, scene } from "./harness.ts";

async function get(address: { host: string; port: number } | undefined): Promise<string> {
  const response = await fetch(`http://${address?.host}:${address?.port}/`);
  return response.text();
}

describe("a pod with a run entry", () => {
  it("becomes a process that is ready when its port accepts", async () => {
    await using it = scene([podNamed("a"), podNamed("b")], { run: [run(node(SERVER))] });
    expect(it.pod("a").status?.phase).toBe("Pending");
    await it.until("both ready", () => it.ready("a") && it.ready("b"));
    for (const name of ["a", "b"]) {
      const { status } = it.pod(name);
      expect(status?.phase).toBe("Running");
      expect(await get(it.runtime.localAddressOf(status?.podIP ?? "", 8080))).toBe(name);
    }
    expect(it.pod("a").status?.podIP).not.toBe(it.pod("b").status?.podIP);
  });

  it("has no process left when the runtime is closed", async () => {
    const it = scene([podNamed("a"), podNamed("b")], { run: [run(node(SERVER))] });
    await it.until("both ready", () => it.ready("a") && it.ready("b"));
    await it.runtime.close();
    expect(it.pids()).toHaveLength(2);
    expect(it.pids().filter(isAlive)).toEqual([]);
  });

  it("is not ready any more when its process is killed, and comes back", async () => {
    await using it = scene([podNamed("a")], { run: [run(node(SERVER))] });
    await it.until("ready", () => it.ready("a"));
    process.kill(it.pids()[0]!, "SIGKILL");
    await it.until("not ready", () => !it.ready("a"));
    expect(it.message("a")).toBe("ended by SIGKILL");
    await it.until("ready again", () => it.ready("a"));
    const [status] = it.pod("a").status?.containerStatuses ?? [];
    expect(status?.restartCount).toBe(1);
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: "Error" });
  });

  it("is stopped when its object is deleted", async () => {
    await using it = scene([podNamed("a")], { run: [run(node(SERVER))] });
    await it.until("ready", () => it.ready("a"));
    const { podIP = "" } = it.pod("a").status ?? {};
    it.store.apply([{ op: "delete", key: { kind: "Pod", namespace: "default", name: "a" } }]);
    expect(it.runtime.localAddressOf(podIP, 8080)).toBeUndefined();
    await it.until("stopped", () => it.events.some(({ type }) => type === "stopped"));
    expect(it.pids().filter(isAlive)).toEqual([]);
  });

  it("is replaced when its spec changes, the old process first", async () => {
    await using it = scene([podNamed("a")], { run: [run(node(SERVER))] });
    await it.until("ready", () => it.ready("a"));
    const changed = podNamed("a", {
      containers: [
        {
          name: "main",
          env: [{ name: "POD_NAME", value: "changed" }],
          ports: [{ containerPort: 8080 }],
        },
      ],
    });
    it.store.apply([{ op: "put", object: changed }]);
    expect(it.ready("a")).toBe(false);
    await it.until("ready again", () => it.ready("a"));
    expect(isAlive(it.pids()[0]!)).toBe(false);
    expect(await get(it.runtime.localAddressOf(it.pod("a").status?.podIP ?? "", 8080))).toBe(
      "changed",
    );
  });

  it("goes on when something else changes", async () => {
    await using it = scene([podNamed("a")], { run: [run(node(SERVER))] });
    await it.until("ready", () => it.ready("a"));
    it.store.apply([{ op: "put", object: podNamed("a", {}, { canary: "yes" }) }]);
    it.runtime.update({ run: [run(node(SERVER))], attach: [] });
    expect(it.ready("a")).toBe(true);
    expect(it.pids()).toHaveLength(1);
  });

  it("is deleted after its process has ended when it is marked for deletion", async () => {
    await using it = scene([podNamed("a")], { run: [run(node(SERVER))] });
    await it.until("ready", () => it.ready("a"));
    const { status: _, ...pod } = it.pod("a");
    const deletionTimestamp = "2026-01-01T00:00:00Z";
    it.store.apply([
      { op: "put", object: { ...pod, metadata: { ...pod.metadata, deletionTimestamp } } },
    ]);
    await it.until("gone", () => it.store.get("Pod", "default", "a") === undefined);
    expect(it.pids().filter(isAlive)).toEqual([]);
  });

  it("tells its output line by line", async () => {
    await using it = scene([podNamed("a")], {
      run: [run("echo one; echo two >&2; printf three; sleep 60")],
    });
    const lines = () =>
      it.events.flatMap((event) =>
        event.type === "output" ? [`${event.stream} ${event.line}`] : [],
      );
    await it.until("two lines", () => lines().length === 2);
    expect(lines().sort()).toEqual(["stderr two", "stdout one"]);
  });
});

describe("a pod with an attach entry", () => {
  it("is ready when its address answers, and not when it doesn't", async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await using it = scene([podNamed("a"), podNamed("b"), podNamed("c")], {
      attach: [
        attach([
          { host: "127.0.0.1", port },
          { host: "127.0.0.1", port: 1 },
        ]),
      ],
    });
    await it.until("a ready", () => it.ready("a"));
    await it.until("b refused", () => it.message("b").includes("refused"));
    expect(it.message("b")).toBe("connection refused on 127.0.0.1:1 (attached)");
    expect(it.message("c")).toBe(
      "its `attach` entry (-l app=web) has 2 addresses, and other pods have taken them",
    );
    const { podIP = "" } = it.pod("a").status ?? {};
    expect(it.runtime.localAddressOf(podIP, 4711)).toEqual({ host: "127.0.0.1", port });
    await new Promise((resolve) => server.close(resolve));
    await it.until("a not ready", () => !it.ready("a"));
  });

  it("has the environment of its pod, for whoever starts its process", async () => {
    const env = [{ name: "ADDR", value: "$(POD_NAME):$(PORT)" }];
    const containers = [{ name: "main", ports: [{ containerPort: 8080 }], env }];
    await using it = scene([podNamed("a", { containers }), podNamed("b")], {
      attach: [attach([{ host: "127.0.0.1", port: 1 }])],
      environment: () => ({ HTTP_PROXY: "http://127.0.0.1:8080" }),
    });
    const a = { namespace: "default", name: "a" };
    expect(it.runtime.environmentOf(a, new Map([[8080, 4000]]))).toMatchObject({
      problems: [],
      variables: { PORT: "4000", PORT_8080: "4000", ADDR: "a:4000", HTTP_PROXY: expect.anything() },
    });
    expect(it.runtime.environmentOf(a, new Map())?.variables).not.toHaveProperty("PATH");
    expect(it.runtime.environmentOf(a, new Map(), "nope")).toBeUndefined();
    expect(it.runtime.environmentOf({ ...a, name: "b" }, new Map())).toBeUndefined();
    expect(it.runtime.environmentOf({ ...a, name: "c" }, new Map())).toBeUndefined();
  });
});

describe("a pod whose image has an entry", () => {
  const SAYS = `console.log(JSON.stringify(process.argv.slice(1)));${SERVER}`;
  const stand = { command: [process.execPath, "-e", SAYS, "--"], cwd: process.cwd() };
  const position = { file: "kubelane.yaml", line: 1, column: 1 };
  const images = [{ pattern: "registry.test/echo", ...stand, env: { COLOR: "red" }, position }];

  it("is a process with the container's environment and arguments, whenever it comes", async () => {
    await using it = scene([], { images });
    const echo = {
      name: "main",
      image: "registry.test/echo:v1",
      command: ["/app/echo", "--verbose"],
      args: ["--greet=$(GREETING)", "$COLOR"],
      env: [{ name: "GREETING", value: "hi" }],
      ports: [{ containerPort: 8080 }],
    };
    it.store.apply([{ op: "put", object: podNamed("late", { containers: [echo] }) }]);
    await it.until("late to be ready", () => it.ready("late"));
    const said = it.events.find((event) => event.type === "output");
    expect(said).toMatchObject({ line: '["--verbose","--greet=hi","$COLOR"]' });
  });

  it("stays Pending while one of its containers has none", async () => {
    const containers = [
      { name: "main", image: "registry.test/echo:v1" },
      { name: "side", image: "registry.test/other" },
    ];
    await using it = scene([podNamed("a", { containers })], { images });
    expect(it.message("a")).toBe(
      "no `images` entry in kubelane.yaml for registry.test/other, the image of its container side",
    );
  });
});

describe("a pod with neither", () => {
  it("is one of many that are written down in one batch", async () => {
    const pods = Array.from({ length: 50 }, (_, i) => podNamed(`p${i}`));
    await using it = scene([]);
    const batches: number[] = [];
    it.store.subscribe((changes) => batches.push(changes.length));
    it.store.apply(pods.map((object) => ({ op: "put", object })));
    expect(batches).toEqual([50, 50]);
    expect(it.message("p49")).toContain("no `run`, `attach`, `images` or `stub` entry");
  });

  it("stays Pending and says so", async () => {
    await using it = scene([podNamed("a")]);
    expect(it.pod("a").status?.phase).toBe("Pending");
    expect(it.message("a")).toBe(
      "no `run`, `attach`, `images` or `stub` entry for it in kubelane.yaml",
    );
  });

  it("is not taken for running because its workload wrote down that it is Pending", async () => {
    await using it = scene([{ ...podNamed("a"), status: { phase: "Pending" } }]);
    expect(it.message("a")).toContain("no `run`, `attach`, `images` or `stub` entry");
  });

  it("is taken as it is when it carries a status", async () => {
    const status = { phase: "Running", podIP: "10.9.9.9" } as const;
    await using it = scene([{ ...podNamed("a"), status }]);
    expect(it.pod("a").status).toEqual(status);
  });

  it("becomes a process when an entry appears, and stops when it disappears", async () => {
    await using it = scene([podNamed("a")]);
    it.runtime.update({ run: [run(node(SERVER))], attach: [] });
    await it.until("ready", () => it.ready("a"));
    it.runtime.update({ run: [], attach: [] });
    expect(it.ready("a")).toBe(false);
    await it.until("stopped", () => it.events.some(({ type }) => type === "stopped"));
    expect(it.pids().filter(isAlive)).toEqual([]);
  });
});

describe("a rolling restart", () => {
  it("puts a new process in the place of the old one without a moment unready", async () => {
    await using it = scene([podNamed("a"), podNamed("b")], { run: [run(node(SERVER))] });
    await it.until("both ready", () => it.ready("a") && it.ready("b"));
    const before = it.pids();
    const address = () => it.runtime.localAddressOf(it.pod("a").status?.podIP ?? "", 8080);
    const old = address();
    let unready = 0;
    it.store.subscribe(() => {
      if (!it.ready("a") || !it.ready("b")) unready++;
    });
    expect(await it.runtime.restart()).toBe(true);
    expect(address()).not.toEqual(old);
    expect(await get(address())).toBe("a");
    await it.until("the old ones gone", () => !before.some(isAlive));
    expect(it.pids()).toHaveLength(4);
    expect(unready).toBe(0);
    // From now on it is the new process that counts.
    process.kill(it.pids()[2]!, "SIGKILL");
    await it.until("not ready", () => !it.ready("a"));
    expect(it.events.filter(({ type }) => type === "exited")).toHaveLength(3);
    expect(it.events.map(({ type }) => type)).not.toContain("stopped");
  });

  it("ends a StatefulSet's process before it starts the new one", async () => {
    const ownerReferences = [
      { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "1", controller: true },
    ];
    const pod = podNamed("db-0");
    const owned = { ...pod, metadata: { ...pod.metadata, ownerReferences } };
    const old: boolean[] = [];
    await using it = scene([owned], {
      run: [run(node(SERVER))],
      onEvent: ({ type }) => {
        const [first] = it?.pids() ?? [];
        if (type === "started" && it.pids().length === 2) old.push(isAlive(first!));
      },
    });
    await it.until("ready", () => it.ready("db-0"));
    expect(await it.runtime.restart()).toBe(true);
    expect(it.pids()).toHaveLength(2);
    expect(old).toEqual([false]);
    expect(it.ready("db-0")).toBe(true);
    // The pod goes on, so that its earlier output stays known.
    expect(it.events.map(({ type }) => type)).not.toContain("stopped");
  });

  it("leaves alone what was not meant, and what runs to its end", async () => {
    await using it = scene(
      [podNamed("a"), podNamed("b"), podNamed("job", { restartPolicy: "Never" })],
      { run: [run(node(SERVER))] },
    );
    await it.until("all ready", () => ["a", "b", "job"].every((name) => it.ready(name)));
    expect(await it.runtime.restart(({ metadata }) => metadata.name !== "b")).toBe(true);
    const restarted = it.events.filter(({ type }) => type === "restarted");
    expect(restarted).toMatchObject([{ pod: { name: "a" } }]);
  });

  it("leaves the old process alone when the new one fails", async () => {
    const program = `if (process.env.POD_NAME && require("fs").existsSync(process.env.FLAG)) {
      console.error("broken source"); process.exit(3) } ${SERVER}`;
    const flag = `${temporaryFolder()}/flag`;
    await using it = scene([podNamed("a"), podNamed("b")], {
      run: [run(node(program), { env: { FLAG: flag } })],
    });
    await it.until("both ready", () => it.ready("a") && it.ready("b"));
    writeFileSync(flag, "");
    expect(await it.runtime.restart()).toBe(false);
    expect(it.events.filter(({ type }) => type === "restart-failed")).toMatchObject([
      { pod: { name: "a" }, message: expect.stringContaining("exit code 3") },
    ]);
    expect(it.ready("a") && it.ready("b")).toBe(true);
    expect(it.pids().slice(0, 2).every(isAlive)).toBe(true);
  });
});
