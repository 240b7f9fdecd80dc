import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../src/network/agent-orders.ts";
import { leftOf } from "../shell/inside.ts";
import { builtPackage } from "../support/built-package.ts";
import { freePort } from "../support/free-port.ts";

/** Asks for many sockets and is killed when the first has come: the next is on its way. */
const OUTSIDE = `
import { fork } from "node:child_process";
const agent = fork(process.argv[1], { execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"] });
agent.on("message", ({ type }) => {
  if (type === "socket") process.kill(process.pid, "SIGKILL");
  if (type !== "up") return;
  const place = { host: "127.0.0.1", port: 0, protocol: process.argv[2] };
  process.stdout.write(String(agent.pid), () =>
    agent.send({ type: "open", sockets: Array.from({ length: 50 }, (_, id) => ({ id, ...place })) }),
  );
});
`;

/**
 * Asks for three sockets and is held up when the first has come: the others wait inside, one of them to be passed.
 * Meanwhile a client connects to the last one, until it is answered.
 */
const SLOW = `
import { fork, spawn } from "node:child_process";
import { createServer } from "node:net";
const [, agentFile, port] = process.argv;
const agent = fork(agentFile, { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
const client = 'const ask = () => require("net").connect(' + port + ', "127.0.0.1").on("error", () => setTimeout(ask, 5))' +
  '.on("data", (text) => { console.log(String(text)); process.exit(); }); ask()';
agent.on("message", ({ type, id, error }, handle) => {
  if (type === "up") {
    const place = { host: "127.0.0.1", protocol: "TCP" };
    const sockets = [0, 1, 2].map((id) => ({ ...place, id, port: id === 2 ? Number(port) : 0 }));
    agent.send({ type: "open", sockets });
  }
  if (type !== "socket") return;
  if (error) throw new Error(error.message);
  if (id === 0) {
    spawn(process.execPath, ["-e", client], { stdio: ["ignore", "inherit", "inherit"] }).on("exit", () => process.exit());
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  }
  createServer((socket) => socket.end("answered")).listen(handle);
});
`;

describe("the agent inside", () => {
  let folder: string;
  beforeAll(() => {
    folder = builtPackage();
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("accepts no connection of a server that waits to be passed", async () => {
    const port = await freePort();
    const words = [
      "--input-type=module",
      "-e",
      SLOW,
      join(folder, "dist/network/agent.js"),
      `${port}`,
    ];
    const outside = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    for await (const text of outside.stdout) said += text;
    expect(said).toBe("answered\n");
  });

  it("says who can't have an address that it is taken", async () => {
    const port = await freePort();
    const taker = createServer().listen(port, "127.0.0.1");
    await once(taker, "listening");
    const agent = fork(join(folder, "dist/network/agent.js"), {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const place = { id: 1, protocol: "TCP", port } as const;
    const error = await new Promise((resolve) => {
      agent.on("message", (report: Report) => {
        if (report.type === "up")
          agent.send({ type: "open", sockets: [{ ...place, host: "127.0.0.1" }] });
        if (report.type === "socket") resolve(report.error);
      });
    });
    expect(error).toEqual({ code: "EADDRINUSE", message: `bind EADDRINUSE 127.0.0.1:${port}` });
    agent.disconnect();
    taker.close();
  });

  it.each(["TCP", "UDP"])(
    "ends when the process outside is killed while %s sockets are passed",
    async (protocol) => {
      const agent = join(folder, "dist/network/agent.js");
      for (let round = 0; round < 5; round++) {
        const words = ["--input-type=module", "-e", OUTSIDE, agent, protocol];
        const outside = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
        let pid = "";
        for await (const text of outside.stdout) pid += text;
        expect(pid).toMatch(/^\d+$/);
        expect(await leftOf({ pids: [Number(pid)], namespaces: [] })).toMatchObject({ pids: [] });
      }
    },
  );
});
