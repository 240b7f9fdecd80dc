import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readlinkSync, rmSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Commands, familyOf, leftOf } from "../shell/inside.ts";
import { mayUnshare, publicPackage, USERS, type User } from "../shell/users.ts";
import { said } from "../support/said.ts";
import { describeWith } from "../support/tools.ts";

/** Reaches a host of another network, and the machine, when it is asked to. */
const POD = `
const { createServer, get } = require("node:http");
const ask = (url) => new Promise((resolve) => {
  const started = Date.now();
  get(url, { timeout: 20_000 }, (response) => {
    response.on("data", (text) => resolve(String(text)));
  }).on("error", ({ code }) => resolve(code + (Date.now() - started < 5_000 ? " at once" : "")));
});
(async () => {
  console.log("world:", await ask("http://192.0.2.1:8099/"));
  console.log("machine:", await ask("http://host.kubelane.internal:8098/"));
  createServer((_, response) => response.end("ok")).listen(8080);
})();
`;

const serverSaying = (host: string, port: number, text: string) =>
  `require("node:http").createServer((q, r) => r.end("${text} " + q.socket.remoteAddress)).listen(${port}, "${host}", () => console.log("listening"))`;

const MANIFESTS = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, ports: [{ containerPort: 8080 }] }] }
`;

/** Networks of this machine are made for it, and pasta needs its device: root's. */
const isRoot = process.getuid?.() === 0;
const TOOLS = ["unshare", "nsenter", "ip", "setpriv", "mount", "pasta", "nft"];

describeWith(TOOLS, "the way out of the network of pods", () => {
  const started: ChildProcess[] = [];
  let installed: ReturnType<typeof publicPackage>;
  let machine = 0;
  let modeBefore = 0;

  /** A process that keeps a network namespace. */
  async function keepNetwork(): Promise<number> {
    const words = ["unshare", "--net", "sh", "-c", "ip link set lo up; echo up; exec sleep 900"];
    const [program = "", ...args] = words;
    const child = spawn(program, args);
    started.push(child);
    await said(child, "stdout", /up/);
    return child.pid ?? 0;
  }

  const inNetwork = (pid: number) => ["nsenter", `--net=/proc/${pid}/ns/net`];

  function run(words: readonly string[]): void {
    const [program = "", ...args] = words;
    const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
  }

  async function serve(network: number, host: string, port: number, text: string): Promise<void> {
    const [program = "", ...args] = inNetwork(network);
    const child = spawn(program, [...args, process.execPath, "-e", serverSaying(host, port, text)]);
    started.push(child);
    await said(child, "stdout", /listening/);
  }

  beforeAll(async () => {
    if (!isRoot) return;
    installed = publicPackage();
    const world = await keepNetwork();
    machine = await keepNetwork();
    run([
      "ip",
      "link",
      "add",
      "kl-out",
      "netns",
      String(machine),
      "type",
      "veth",
      "peer",
      "name",
      "kl-world",
      "netns",
      String(world),
    ]);
    for (const [network, device, address] of [
      [world, "kl-world", "192.0.2.1/24"],
      [machine, "kl-out", "192.0.2.2/24"],
    ] as const) {
      run([...inNetwork(network), "ip", "addr", "add", address, "dev", device]);
      run([...inNetwork(network), "ip", "link", "set", device, "up"]);
    }
    run([...inNetwork(machine), "ip", "route", "add", "default", "via", "192.0.2.1"]);
    await serve(world, "192.0.2.1", 8099, "world");
    await serve(machine, "127.0.0.1", 8098, "machine");
    // Ordinary systems give it to everybody.
    modeBefore = statSync("/dev/net/tun").mode & 0o777;
    chmodSync("/dev/net/tun", 0o666);
  }, 180_000);
  afterAll(() => {
    if (!isRoot) return;
    chmodSync("/dev/net/tun", modeBefore);
    for (const child of started) child.kill("SIGKILL");
    rmSync(installed.folder, { recursive: true, force: true });
  });

  async function up(user: User, ...args: readonly string[]) {
    const commands = new Commands(
      installed,
      { ...user, prefix: [...inNetwork(machine), ...user.prefix] },
      {
        "all.yaml": MANIFESTS,
        "pod.cjs": POD,
        "kubelane.yaml": `manifests: [all.yaml]\nrun: { deploy/web: [${installed.node}, pod.cjs] }\n`,
      },
    );
    const free = ["--dns", "off", "--gateway", "off", "--no-relays", "--api", "off"];
    const child = commands.start("up", ...free, "--network", "pods", ...args);
    let text = "";
    child.stderr?.on("data", (chunk) => (text += chunk));
    await said(child, "stderr", /ready after/);
    const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
      child.kill(signal);
      await once(child, "close");
    };
    return { child, stop, output: () => text };
  }

  describe.each(USERS.filter(mayUnshare))("as $name", (user) => {
    it.skipIf(!isRoot)(
      "leads to hosts outside and to the machine itself, as from the machine",
      async () => {
        const running = await up(user);
        try {
          const output = running.output();
          expect(output.match(/world: .*/g)).toEqual([
            "world: world 192.0.2.2",
            "world: world 192.0.2.2",
          ]);
          expect(output).toContain("machine: machine 127.0.0.1");
          expect(output).toContain("local pods have a network of their own (--network pods)\n");
        } finally {
          await running.stop();
        }
      },
      120_000,
    );

    it.skipIf(!isRoot)(
      "is closed with --offline: refused at once",
      async () => {
        const running = await up(user, "--offline");
        try {
          expect(running.output()).toContain("world: ENETUNREACH at once");
        } finally {
          await running.stop();
        }
      },
      120_000,
    );

    it.skipIf(!isRoot)(
      "leaves nothing behind when `up` is killed",
      async () => {
        const running = await up(user);
        const { pids, namespaces } = familyOf(running.child.pid ?? 0);
        // The machine's own stays: the test made it.
        const machines = readlinkSync(`/proc/${machine}/ns/net`);
        const family = { pids, namespaces: namespaces.filter((name) => name !== machines) };
        await running.stop("SIGKILL");
        expect(await leftOf(family)).toEqual({ pids: [], namespaces: [] });
      },
      120_000,
    );
  });
});
