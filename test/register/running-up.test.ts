import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveControl } from "../../src/control/server.ts";
import { type TestCluster, testCluster } from "../../src/testing/index.ts";
import { apiManifests } from "../support/api-manifests.ts";
import { builtPackage } from "../support/built-package.ts";

const MANIFESTS = apiManifests(3);
const OPTIONS = { namespace: "shop", hook: false };

let folder: string;
let sockets: string;

beforeAll(() => {
  folder = builtPackage();
  sockets = join(folder, "run");
  mkdirSync(sockets, { mode: 0o700 });
  writeFileSync(
    join(folder, "ask.mjs"),
    `import { lookup } from "node:dns/promises";
    import { createInterface } from "node:readline";
    const url = "http://api.shop.svc.cluster.local/";
    const ask = () => fetch(url).then((response) => response.text(), ({ cause }) => cause.code);
    for await (const line of createInterface({ input: process.stdin })) {
      if (line === "names") console.log(JSON.stringify(await lookup("api.shop.svc.cluster.local")));
      else if (line === "why") console.log(await fetch(url).catch(({ cause }) => cause.cause.message));
      else {
        const seen = new Set();
        for (let i = 0; i < Number(line); i++) seen.add(await ask());
        console.log([...seen].sort().join(" "));
      }
    }`,
  );
  writeFileSync(join(folder, "idle.mjs"), "console.log(process.env.NODE_OPTIONS);");
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What `up` does with its engine: it shows it on a socket. */
function show(cluster: TestCluster, name: string) {
  const { engine } = cluster;
  const info = { version: "0", pid: process.pid, folder, clusterDomain: "cluster.local", name };
  const localAddressOf = (address: string, port: number) => engine.localAddressOf(address, port);
  return serveControl({ store: engine.store, info: () => info, localAddressOf }, sockets);
}

/** A registered program that answers one line with another. */
class Program {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(script = "ask.mjs") {
    this.process = spawn(process.execPath, ["--import", "kubelane/register", script], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: "", KUBELANE: "", KUBELANE_RUNTIME_DIR: sockets },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const output = createInterface({ input: this.process.stdout as NodeJS.ReadableStream });
    this.#lines = output[Symbol.asyncIterator]();
  }

  async ask(line: string): Promise<string> {
    this.process.stdin?.write(`${line}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`the program ended when it was asked for ${line}`);
    return value;
  }

  /** Asks until the answer is the one: what happens in another process takes its time. */
  async until(line: string, answer: (text: string) => boolean): Promise<string> {
    for (;;) {
      const text = await this.ask(line);
      if (answer(text)) return text;
    }
  }

  /** Its input ends; it ends by itself if nothing keeps it. */
  async end(): Promise<number | null> {
    this.process.stdin?.end();
    if (this.process.exitCode === null) await once(this.process, "exit");
    return this.process.exitCode;
  }
}

describe.skipIf(process.platform === "win32")("a program beside a running up", () => {
  it("reaches local pods and follows their readiness, number and end", async () => {
    await using cluster = await testCluster(
      MANIFESTS,
      { "deploy/api": (_request, response, pod) => response.end(pod.name) },
      OPTIONS,
    );
    let control = await show(cluster, "first");
    const program = new Program();
    const names = () => cluster.pods().map(({ name }) => name);
    const all = (text: string) => text === names().sort().join(" ");
    await program.until("60", all);

    const [first] = cluster.pods();
    first!.setReady(false);
    const rest = names().filter((name) => name !== first!.name);
    await program.until("60", (text) => text === rest.sort().join(" "));
    for (const pod of cluster.pods()) pod.setReady(false, "warming up");
    await program.until("1", (text) => text === "ECONNREFUSED");
    expect(await program.ask("why")).toMatch(/3 pods, none ready: .*warming up/);
    for (const pod of cluster.pods()) pod.setReady(true);
    await program.until("60", all);
    await cluster.scale("deploy/api", 5);
    await program.until("100", all);

    // The `up` ends, and the program hears of it; a new one is found by itself.
    await control.close();
    await program.until("1", (text) => text === "ENOTFOUND");
    expect(await program.ask("why")).toMatch(/the kubelane up of .* has ended/);
    control = await show(cluster, "second");
    await program.until("100", all);

    expect(await program.end()).toBe(0);
    await control.close();
  }, 180_000);

  it("answers names as the server of up does: with addresses of this machine", async () => {
    await using cluster = await testCluster(
      MANIFESTS,
      { "deploy/api": (_request, response) => response.end() },
      OPTIONS,
    );
    await using _control = await show(cluster, "up");
    const program = new Program();
    const { address } = JSON.parse(await program.ask("names"));
    const [record] = cluster.engine.resolve("api.shop.svc.cluster.local").answers;
    expect(address).toBe(String(record?.data).replace(/^\d+/, "127"));
    expect(await program.end()).toBe(0);
  });

  it("is not kept alive by what it follows", async () => {
    await using cluster = await testCluster(MANIFESTS, {}, OPTIONS);
    await using _control = await show(cluster, "up");
    const program = new Program("idle.mjs");
    expect(await program.end()).toBe(0);
  });

  it("finds an up that is started after it", async () => {
    const program = new Program();
    expect(await program.ask("1")).toBe("ENOTFOUND");
    await using cluster = await testCluster(
      MANIFESTS,
      { "deploy/api": (_request, response) => response.end("there") },
      OPTIONS,
    );
    await using _control = await show(cluster, "late");
    await program.until("1", (text) => text === "there");
    expect(await program.end()).toBe(0);
  });
});
