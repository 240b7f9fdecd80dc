import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Context } from "../../src/cli/command.ts";
import { type LiveScreen, openLiveScreen } from "../../src/cli/up/live-screen.ts";
import { formatLiveTable } from "../../src/cli/up/live-table.ts";
import { RequestRate } from "../../src/cli/up/request-rate.ts";
import { createEngine } from "../../src/engine/engine.ts";

const service = (name: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "shop" },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-1", namespace: "shop", labels: { app: "web" } },
  spec: { containers: [{ name: "main", image: "a" }] },
  status: {
    phase: "Running",
    podIP: "10.244.0.5",
    conditions: [{ type: "Ready", status: "True" }],
  },
};

describe("the request rate", () => {
  it("is that of the last five seconds", () => {
    let now = 0;
    const rate = new RequestRate(() => now);
    for (let i = 0; i < 10; i++) rate.add("a");
    expect(rate.of("a")).toBe(2);
    expect(rate.of("b")).toBe(0);
    now = 4000;
    rate.add("a");
    now = 5000;
    expect(rate.of("a")).toBe(0.2);
    now = 9000;
    expect(rate.of("a")).toBe(0);
  });
});

describe("the live table", () => {
  const activity = {
    rate: (name: string) => (name === "shop/web" ? 12.34 : 0),
    lastEvent: (name: string) => (name === "shop/web" ? "GET / 200 by web-1" : undefined),
  };

  it("has a line for each Service, within the terminal", async () => {
    const engine = createEngine();
    await engine.load([service("web"), service("api"), pod] as never);
    expect(formatLiveTable(engine.store, activity, { width: 80, height: 10 })).toEqual([
      "SERVICE    READY   REQ/S   LAST EVENT",
      "shop/api   0/0     -",
      "shop/web   1/1     12.3    GET / 200 by web-1",
    ]);
    const small = formatLiveTable(engine.store, activity, { width: 20, height: 2 });
    expect(small).toEqual(["SERVICE   READY   R…", "and 2 more"]);
    await engine.close();
  });
});

describe("the live screen", () => {
  let screen: LiveScreen | undefined;
  afterEach(() => screen?.close());

  function open(tty: boolean, env: Context["env"] = {}) {
    const stdout = Object.assign(new PassThrough(), { isTTY: tty, columns: 60, rows: 20 });
    const modes: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), {
      isTTY: tty,
      setRawMode: (mode: boolean) => modes.push(mode),
    });
    const engine = createEngine();
    const keys: string[] = [];
    const context = { stdout, stdin, env } as unknown as Context;
    screen = openLiveScreen(context, engine, {
      onQuit: () => keys.push("quit"),
      onReload: () => keys.push("reload"),
    });
    return { engine, stdout, stdin, modes, keys, text: () => String(stdout.read() ?? "") };
  }

  it("is none where standard output is no terminal", () => {
    const { text } = open(false);
    expect(screen).toBeUndefined();
    expect(text()).toBe("");
  });

  it("is none on a terminal that can't draw anew", () => {
    const { text } = open(true, { TERM: "dumb" });
    expect(screen).toBeUndefined();
    expect(text()).toBe("");
  });

  it("draws nothing while nothing changes: what is marked with the mouse stays", async () => {
    vi.useFakeTimers();
    try {
      const { engine, text } = open(true);
      text();
      vi.advanceTimersByTime(2000);
      expect(text()).toBe("");
      await engine.load([service("web")] as never);
      vi.advanceTimersByTime(2000);
      expect(text()).toMatch(/^\x1b\[2A\x1b\[0JSERVICE .*\nshop\/web .*\nh help\n$/);
    } finally {
      vi.useRealTimers();
    }
  });

  it("prints above the table, and draws it again", () => {
    const { text } = open(true);
    expect(text()).toBe("SERVICE   READY   REQ/S   LAST EVENT\nh help\n");
    screen?.log.write("web-1: ready\n");
    expect(text()).toBe(
      "\x1b[2A\x1b[0Jweb-1: ready\nSERVICE   READY   REQ/S   LAST EVENT\nh help\n",
    );
  });

  it("shows what happens to requests", async () => {
    const { engine, text } = open(true);
    await engine.load([service("web")] as never);
    const key = {
      namespace: "shop",
      service: "web",
      port: "",
      protocol: "TCP",
      family: "IPv4",
    } as const;
    engine.emit("traffic", {
      kind: "request",
      protocol: "HTTP/1.1",
      client: "127.0.0.1",
      method: "GET",
      path: "/a",
      service: key,
      pod: "web-1",
      attempts: 1,
      status: 200,
      duration: 3,
    });
    screen?.log.write("x\n");
    expect(text()).toContain("shop/web   0/0     0.2     GET /a 200 by web-1\n");
  });

  it("listens to keys, and gives the terminal back", async () => {
    const { stdin, modes, keys, text } = open(true);
    stdin.write("hrq\x03x");
    await new Promise(setImmediate);
    expect(keys).toEqual(["reload", "quit", "quit"]);
    expect(text()).toContain("q quit");
    screen?.close();
    expect(modes).toEqual([true, false]);
    expect(text()).toMatch(/\x1b\[2A\x1b\[0J$/);
  });
});
