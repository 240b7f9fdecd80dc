import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leftOf } from "../shell/inside.ts";
import { builtPackage } from "../support/built-package.ts";

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

describe("the agent inside", () => {
  let folder: string;
  beforeAll(() => {
    folder = builtPackage();
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
