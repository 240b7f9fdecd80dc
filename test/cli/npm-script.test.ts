import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";

const MAIN = resolve(import.meta.dirname, "../../dist/bin/kubelane.cjs");

it.skipIf(process.platform === "win32")(
  "up ends when the npm that started it is told to end, though npm's shell passes nothing on",
  { timeout: 240_000 },
  async () => {
    const folder = temporaryFolder();
    const sockets = join(folder, "run");
    writeFileSync(
      join(folder, "a.yaml"),
      "{ apiVersion: v1, kind: Service, metadata: { name: web }, spec: { ports: [{ port: 80 }] } }",
    );
    // Two commands, so that no shell takes the place of itself by the last one.
    const start = `"${process.execPath}" "${MAIN}" up -f a.yaml --dns off --gateway off --no-relays; true`;
    writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { start } }));
    const npm = spawn("npm", ["start"], {
      cwd: folder,
      env: { ...process.env, KUBELANE_RUNTIME_DIR: sockets },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(npm, "exit");
    for await (const line of createInterface({ input: npm.stderr })) {
      if (line.includes("ready after")) break;
    }
    const serving = () => readdirSync(sockets).filter((name) => name.endsWith(".sock"));
    expect(serving()).toHaveLength(1);
    npm.kill("SIGTERM");
    await ended;
    await expect.poll(serving, { timeout: 120_000 }).toEqual([]);
  },
);
