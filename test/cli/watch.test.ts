import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { runProgram } from "../../src/cli/program.ts";
import { serveControl } from "../../src/control/server.ts";
import { Store } from "../../src/store/store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-watch-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A command that goes on until it is told to stop. */
class Going {
  readonly code: Promise<number>;
  text = "";
  #stop = (_: NodeJS.Signals) => {};
  #watchers = new Set<() => void>();

  constructor(argv: readonly string[]) {
    const stdout = new PassThrough();
    const signal = new Promise<NodeJS.Signals>((resolve) => {
      this.#stop = resolve;
    });
    stdout.on("data", (chunk) => {
      this.text += chunk;
      for (const watcher of this.#watchers) watcher();
    });
    this.code = runProgram(COMMANDS, "0.0.0", argv, {
      stdout,
      stderr: new PassThrough(),
      stdin: new PassThrough(),
      env: { KUBELANE_RUNTIME_DIR: join(folder, "run") },
      cwd: folder,
      color: false,
      signal: () => signal,
    });
  }

  until(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!pattern.test(this.text)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  stop(signal: NodeJS.Signals = "SIGINT"): Promise<number> {
    this.#stop(signal);
    return this.code;
  }
}

const configMap = (name: string, data: string, label = "a") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, labels: { app: ${label} } }\ndata: { ${data} }\n`;

describe("kubelane get -w", () => {
  it("prints files' objects, then each that changes, goes, or is not selected any more", async () => {
    const file = join(folder, "all.yaml");
    writeFileSync(file, `${configMap("one", "x: a")}---\n${configMap("two", "x: a")}`);
    const going = new Going(["get", "cm", "-w", "-l", "app=a", "-f", file]);
    await going.until(/^one +1 .*\ntwo +1 .*\n$/m);
    writeFileSync(file, `${configMap("one", "x: a, y: b")}---\n${configMap("two", "x: a")}`);
    await going.until(/^one +2 /m);
    writeFileSync(file, configMap("one", "x: a, y: b, z: c", "b"));
    await going.until(/^one +3 .*\ntwo +1 .*\n$/m);
    expect(await going.stop()).toBe(130);
    expect(going.text.match(/^NAME/gm)).toHaveLength(1);
    expect(going.text.match(/^(one|two)/gm)).toHaveLength(5);
  });

  it("follows the running engine, and ends with it", async () => {
    const store = new Store();
    const put = (name: string) =>
      store.apply([
        { op: "put", object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name } } },
      ]);
    put("one");
    const info = { version: "1", pid: process.pid, folder, clusterDomain: "cluster.local" };
    const server = await serveControl(
      { info: () => info, store, localAddressOf: () => undefined },
      join(folder, "run"),
    );
    const going = new Going(["get", "cm", "-w", "-o", "name"]);
    await going.until(/^configmap\/one\n$/);
    put("two");
    await going.until(/^configmap\/two\n$/m);
    await server.close();
    expect(await going.code).toBe(0);
    expect(going.text).toBe("configmap/one\nconfigmap/two\n");
  });

  it("exits with 143 on SIGTERM", async () => {
    writeFileSync(join(folder, "a.yaml"), configMap("one", "x: a"));
    const going = new Going(["get", "cm", "-w", "-f", join(folder, "a.yaml"), "-o", "json"]);
    await going.until(/"name": "one"/);
    expect(await going.stop("SIGTERM")).toBe(143);
  });
});
