import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Context } from "../../src/cli/command.ts";
import { cut, widthOf, wrap } from "../../src/cli/up/screen/cells.ts";
import { type LiveScreen, openLiveScreen } from "../../src/cli/up/screen/live-screen.ts";
import { LogPane } from "../../src/cli/up/screen/log-pane.ts";
import { RequestRate } from "../../src/cli/up/screen/request-rate.ts";
import { SERVICE_HEADER, serviceRows } from "../../src/cli/up/screen/services.ts";
import { TablePane } from "../../src/cli/up/screen/table-pane.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { Pod } from "../../src/objects/pod.ts";
import { PodLogs } from "../../src/runtime/pod-logs.ts";

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

describe("the table of Services", () => {
  const activity = {
    rate: (name: string) => (name === "shop/web" ? 12.34 : 0),
    lastEvent: (name: string) => (name === "shop/web" ? "GET / 200 by web-1" : undefined),
  };

  it("has a line for each, within the terminal", async () => {
    const engine = createEngine();
    await engine.load([service("web"), service("api"), pod] as never);
    const table = new TablePane(SERVICE_HEADER, () => serviceRows(engine.store, activity));
    expect(table.lines({ width: 80, height: 10 })).toEqual([
      "SERVICE    READY   REQ/S   LAST EVENT",
      "shop/api   0/0     -",
      "shop/web   1/1     12.3    GET / 200 by web-1",
    ]);
    const small = table.lines({ width: 20, height: 2 });
    expect(small).toEqual(["SERVICE   READY   R…", "2 below"]);
    await engine.close();
  });
});

describe("a table that is longer than the terminal", () => {
  let ids: string[];
  let table: TablePane;
  beforeEach(() => {
    ids = Array.from({ length: 10 }, (_, i) => `row-${i}`);
    table = new TablePane(["ID"], () => ids.map((id) => ({ id, cells: () => [id] })));
  });
  const shown = (height = 5) => {
    const lines = table.lines({ width: 40, height });
    return lines.map((line) => line.replace("\x1b[7m", ">").replace("\x1b[27m", ""));
  };
  const type = (text: string) => {
    for (const each of text) table.filter.press({ text: each });
  };

  it("shows its beginning, and how many rows are below", () => {
    expect(shown()).toEqual(["ID", "row-0", "row-1", "row-2", "7 below"]);
    expect(table.chosen).toBeUndefined();
  });

  it("follows the row that is chosen", () => {
    table.move(1);
    expect(shown()).toEqual(["ID", ">row-0", "row-1", "row-2", "7 below"]);
    table.page(1);
    expect(shown()).toEqual(["ID", "row-1", "row-2", ">row-3", "1 above, 6 below"]);
    table.move(Number.POSITIVE_INFINITY);
    expect(shown()).toEqual(["ID", "row-7", "row-8", ">row-9", "7 above"]);
    table.move(1);
    expect(table.chosen).toBe("row-9");
    table.move(Number.NEGATIVE_INFINITY);
    expect(shown()[1]).toBe(">row-0");
  });

  it("chooses the last row first, going up", () => {
    table.move(-1);
    expect(table.chosen).toBe("row-9");
  });

  it("chooses the neighbour of a row that is gone", () => {
    table.move(1);
    table.move(2);
    shown();
    ids = ids.filter((id) => id !== "row-2");
    expect(shown()[3]).toBe(">row-3");
    expect(table.chosen).toBe("row-3");
  });

  it("shows the rows alone that contain what is typed", () => {
    type("/W-3");
    expect(shown()).toEqual(["ID", "row-3"]);
    expect(table.filter.line).toBe("/W-3_   enter keeps it, esc clears it");
    table.filter.press({ name: "backspace" });
    expect(shown()).toHaveLength(5);
    type("7");
    table.filter.press({ name: "return" });
    expect(shown()).toEqual(["ID", "row-7"]);
    expect(table.filter.line).toBe("only lines with W-7   esc clears it");
    expect(table.filter.press({ text: "q" })).toBe(false);
    expect(table.filter.press({ name: "escape" })).toBe(true);
    expect(shown()).toHaveLength(5);
    expect(table.filter.press({ name: "escape" })).toBe(false);
  });

  it("shows none where nothing contains it", () => {
    type("/nowhere");
    table.move(1);
    expect(shown()).toEqual(["ID"]);
    expect(table.chosen).toBeUndefined();
  });
});

describe("text in columns", () => {
  it.each([
    ["abc", 3],
    ["서비스", 6],
    ["\x1b[31mred\x1b[0m", 3],
    ["e\u0301", 1],
  ])("%j takes %i", (text, columns) => expect(widthOf(text)).toBe(columns));

  it("is cut and wrapped by what it takes, not by characters", () => {
    expect(cut("서비스", 6)).toBe("서비스");
    expect(cut("서비스", 5)).toBe("서비…");
    expect(cut("서비스", 4)).toBe("서…");
    expect(wrap("abcdef", 4)).toEqual(["abcd", "ef"]);
    expect(wrap("서비스", 4)).toEqual(["서비", "스"]);
    expect(wrap("", 4)).toEqual([""]);
  });
});

describe("the lines of a pod", () => {
  const key = { kind: "Pod", namespace: "shop", name: "web-1" } as const;
  let logs: PodLogs;
  let pane: LogPane;
  const write = (line: string, container = "main") =>
    logs.note({ type: "output", pod: key, container, pid: 1, stream: "stdout", line });
  const settle = () => new Promise(setImmediate);
  const rows = (height = 3, width = 20) => pane.rows({ width, height });
  function begin(...containers: string[]) {
    let now = 0;
    logs = new PodLogs(() => now++);
    for (const container of containers) {
      logs.note({ type: "started", pod: key, container, pid: 1, command: [], ports: {} });
    }
    const spec = { containers: containers.map((name) => ({ name, image: "a" })) };
    pane = new LogPane(logs, { ...pod, spec } as unknown as Pod);
  }
  afterEach(() => pane.close());

  it("are the last ones, as they come", async () => {
    begin("main");
    for (let i = 0; i < 5; i++) write(`line ${i}`);
    await settle();
    expect(rows()).toEqual(["line 2", "line 3", "line 4"]);
    write("line 5");
    await settle();
    expect(rows()).toEqual(["line 3", "line 4", "line 5"]);
    expect(pane.place).toBe("6 lines");
  });

  it("stay where they were scrolled to, while others come", async () => {
    begin("main");
    for (let i = 0; i < 9; i++) write(`line ${i}`);
    await settle();
    rows();
    pane.move(-1);
    pane.page(-1);
    expect(rows()).toEqual(["line 2", "line 3", "line 4"]);
    write("line 9");
    await settle();
    expect(rows()).toEqual(["line 2", "line 3", "line 4"]);
    expect(pane.place).toBe("10 lines, 5 below");
    pane.move(Number.NEGATIVE_INFINITY);
    expect(rows()).toEqual(["line 0", "line 1", "line 2"]);
    // Further up there is nothing, so that one step down is one line.
    pane.move(1);
    expect(rows()).toEqual(["line 1", "line 2", "line 3"]);
    pane.move(Number.POSITIVE_INFINITY);
    expect(rows()).toEqual(["line 7", "line 8", "line 9"]);
  });

  it("are wrapped, and harmless to a terminal", async () => {
    begin("main");
    write("\x1b]0;owned\x07\x1b[2J\ta\x1b[31mred");
    await settle();
    expect(rows(4, 30)).toEqual(["\\x1b]0;owned\\x07\\x1b[2J    are", "d"]);
  });

  it("are those that contain what is typed", async () => {
    begin("main");
    for (const word of ["one", "two", "three"]) write(word);
    await settle();
    for (const text of "/T") pane.filter.press({ text });
    expect(rows()).toEqual(["two", "three"]);
  });

  it("say whose they are where there are several containers, in the order of their times", async () => {
    begin("main", "proxy");
    write("a");
    write("b", "proxy");
    write("c");
    await settle();
    expect(rows()).toEqual(["main | a", "proxy | b", "main | c"]);
  });

  it("are ten thousand at most", async () => {
    begin("main");
    for (let i = 0; i < 10_050; i++) write(`line ${i}`);
    await settle();
    write("last");
    await settle();
    expect(pane.place).toBe("10000 lines");
    expect(rows(1)).toEqual(["last"]);
  });
});

describe("the live screen", () => {
  let screen: LiveScreen | undefined;
  let engine: Engine;
  afterEach(async () => {
    screen?.close();
    await engine.close();
  });

  function open(tty: boolean, env: Context["env"] = {}) {
    const stdout = Object.assign(new PassThrough(), { isTTY: tty, columns: 60, rows: 20 });
    const modes: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), {
      isTTY: tty,
      setRawMode: (mode: boolean) => modes.push(mode),
    });
    engine = createEngine();
    const keys: string[] = [];
    const context = { stdout, stdin, env } as unknown as Context;
    screen = openLiveScreen(context, engine, {
      onQuit: () => keys.push("quit"),
      onReload: () => keys.push("reload"),
      onRestart: ({ metadata }) => keys.push(`restart ${metadata.name}`),
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
    stdin.write("hrqRx\x03");
    await new Promise(setImmediate);
    expect(keys).toEqual(["reload", "quit", "quit"]);
    expect(text()).toContain("q quit");
    screen?.close();
    expect(modes).toEqual([true, false]);
    expect(text()).toMatch(/\x1b\[\dA\x1b\[0J$/);
  });

  it("says what keys do, within the terminal", async () => {
    const { stdin, text } = open(true);
    text();
    stdin.write("h");
    await new Promise(setImmediate);
    expect(text().split("\n").slice(1)).toEqual([
      "h help   tab Services or Pods   arrows choose",
      "enter pods of a Service, lines of a pod   / filter",
      "R restart the pod   r read the files again   q quit",
      "",
    ]);
  });

  const DOWN = "\x1b[B";
  async function press(stdin: PassThrough, ...keys: string[]) {
    for (const key of keys) {
      stdin.write(key);
      await new Promise(setImmediate);
    }
  }

  it("shows the pods of a Service, restarts one, and goes back", async () => {
    const { stdin, keys, text } = open(true);
    const other = { ...pod, metadata: { ...pod.metadata, name: "api-1", labels: { app: "api" } } };
    await engine.load([service("web"), service("api"), pod, other] as never);
    await press(stdin, DOWN, DOWN);
    text();
    await press(stdin, "\r");
    expect(text()).toContain("\nshop/web-1   0/1");
    await press(stdin, DOWN, "R");
    expect(keys).toEqual(["restart web-1"]);
    await press(stdin, "\t");
    text();
    await press(stdin, "\t");
    const all = text();
    expect(all).toContain("shop/api-1");
    expect(all).toContain("shop/web-1");
  });

  it("takes the whole terminal for the lines of a pod, and holds back what is printed meanwhile", async () => {
    const { stdin, text } = open(true);
    await engine.load([service("web"), pod] as never);
    await press(stdin, "\t", DOWN);
    text();
    await press(stdin, "\r");
    const lines = text();
    expect(lines).toContain("\x1b[?1049h");
    expect(lines).toContain("shop/web-1: Running; it does not run here");
    screen?.log.write("one\n");
    screen?.log.write("two\n");
    expect(text()).toBe("");
    expect(screen?.log.writableLength).toBe(8);
    await press(stdin, "q");
    await new Promise(setImmediate);
    const after = text();
    expect(after.startsWith("\x1b[?1049l")).toBe(true);
    expect(after).toMatch(/one\n[\s\S]*two\n[\s\S]*POD /);
    expect(screen?.log.writableLength).toBe(0);
  });

  it("gives the terminal back from the lines of a pod, with what was held back", async () => {
    const { stdin, text } = open(true);
    await engine.load([pod] as never);
    await press(stdin, "\t", DOWN, "\r");
    screen?.log.write("one\n");
    text();
    screen?.close();
    expect(text()).toMatch(/^\x1b\[\?1049l[\s\S]*one\n/);
  });

  it("takes away as many lines as there are when the terminal became narrower", async () => {
    const { stdout, text } = open(true);
    text();
    // The header takes two of 20 columns now.
    stdout.columns = 20;
    stdout.emit("resize");
    expect(text()).toMatch(/^\x1b\[3A\x1b\[0J/);
  });
});
