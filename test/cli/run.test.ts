import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deployment } from "../support/deployment.ts";
import { said } from "../support/said.ts";
import { kubelane } from "../support/terminal.ts";
import { get, PATIENCE, RunningUp } from "../support/up.ts";

const MANIFEST = `apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
${deployment("web", "ports: [{ containerPort: 8080 }], env: [{ name: MOOD, value: good }]")}`;

const SERVER = `import { createServer } from "node:http";
createServer((request, response) => {
  response.end(process.env.POD_NAME + " " + process.env.MOOD);
  if (["/end", "/end/" + process.env.POD_NAME].includes(request.url)) process.exit(7);
}).listen(process.env.PORT, () => console.log("listening"));
`;

/** Nobody may run a folder. */
const FOLDER = import.meta.dirname;

let folder: string;
let up: RunningUp;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-run-"));
  writeFileSync(join(folder, "web.yaml"), MANIFEST);
  writeFileSync(join(folder, "server.mjs"), SERVER);
  up = new RunningUp(["-f", folder, "--dns", "127.0.0.1:0", "--gateway", "127.0.0.1:0"]);
  await up.ready();
}, 180_000);

afterEach(async () => {
  await up.stop();
  rmSync(folder, { recursive: true, force: true });
});

const server = () => ["--", process.execPath, join(folder, "server.mjs")];
const ready = (times: number) =>
  up.until(({ stderr }) => (stderr.match(/: ready$/gm)?.length ?? 0) >= times);

describe("kubelane run beside a running up", () => {
  it("stands for a pod of a workload, with its environment, until it ends", async () => {
    expect((await up.get("web")).status).toBe(503);
    const running = up.command("run", "deploy/web", ...server());
    await ready(1);
    const { status, body } = await up.get("web");
    expect(status).toBe(200);
    expect(body).toMatch(/^web-[a-z0-9]+-[a-z0-9]{5} good$/);

    await up.get("web", "/end").catch(() => undefined);
    const { code, stdout } = await running;
    expect({ code, stdout }).toEqual({ code: 7, stdout: "listening\n" });
    await expect.poll(async () => (await up.get("web")).status, PATIENCE).toBe(503);
  });

  it("stands for as many pods as it is told, each line with its pod's name", async () => {
    const running = up.command("run", "deploy/web", "--replicas", "3", ...server());
    await ready(3);
    const pods = new Set<string>();
    for (let i = 0; i < 60; i++) pods.add((await up.get("web")).body);
    expect(pods.size).toBe(3);
    const listed = JSON.parse((await up.command("get", "pods", "-o", "json")).stdout);
    expect(listed.items).toHaveLength(3);
    // Each answers /end once and takes its process with it.
    let ended = false;
    void running.then(() => {
      ended = true;
    });
    while (!ended) await up.get("web", "/end").catch(() => undefined);
    const { code, stdout } = await running;
    expect(code).toBe(7);
    expect(stdout).toMatch(/^web-\S+ \| listening$/m);
  });

  it("stands beside another run for the same workload, each for pods of its own", async () => {
    const first = up.command("run", "deploy/web", ...server());
    await ready(1);
    const before = (await up.get("web")).body;
    const second = up.command("run", "deploy/web", "--replicas", "2", ...server());
    await ready(3);
    const pods = new Set<string>();
    for (let i = 0; i < 60; i++) pods.add((await up.get("web")).body);
    expect(pods.size).toBe(3);
    expect(pods).toContain(before);

    let ended = false;
    void first.then(() => {
      ended = true;
    });
    while (!ended) {
      await up.get("web", `/end/${before.split(" ")[0]}`).catch(() => undefined);
    }
    expect((await first).code).toBe(7);
    const names = async () => (await up.command("get", "pods", "-o", "name")).stdout;
    const others = [...pods].filter((each) => each !== before);
    await expect.poll(names, PATIENCE).not.toContain(before.split(" ")[0]);
    for (const each of others) expect(await names()).toContain(each.split(" ")[0]);
    while ((await up.get("web")).status === 200) await up.get("web", "/end").catch(() => undefined);
    expect((await second).code).toBe(7);
  });

  it("gets a pod that stays when it follows on a larger run at once", async () => {
    const first = up.command("run", "deploy/web", "--replicas", "3", ...server());
    await ready(3);
    while ((await up.get("web")).status === 200) await up.get("web", "/end").catch(() => undefined);
    await first;
    const second = up.command("run", "deploy/web", ...server());
    await ready(4);
    expect((await up.get("web")).status).toBe(200);
    await up.get("web", "/end").catch(() => undefined);
    expect((await second).stderr).toMatch(/^web-\S+: to answer on /);
  });

  it("is an error where no pod is left to stand for", async () => {
    writeFileSync(
      join(folder, "lone.yaml"),
      "{ apiVersion: v1, kind: Pod, metadata: { name: lone }, spec: { containers: [{ name: main, ports: [{ containerPort: 80 }] }] } }",
    );
    const pods = async () => (await up.command("get", "pods", "-o", "name")).stdout;
    await expect.poll(pods, PATIENCE).toContain("pod/lone");
    const first = up.command("run", "pod/lone", ...server());
    await ready(1);
    const { code, stderr } = await up.command("run", "pod/lone", "--", "true");
    expect(stderr).toContain("has no pod left for Pod lone");
    expect(code).toBe(1);
    await up.stop();
    await first;
  });

  it("goes on when the up has ended, and ends with its program", async () => {
    const running = up.start("run", "deploy/web", ...server());
    await ready(1);
    const lost = said(running, "stderr", /the running up has ended; the command goes on/);
    up.process.kill("SIGKILL");
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(await lost) ?? [];
    expect((await get({ port: Number(port) })).status).toBe(200);
    running.kill("SIGTERM");
    expect(await once(running, "close")).toEqual([143, null]);
  });

  it("makes a bare Pod with labels, and takes it away again", async () => {
    const running = up.command("run", "-l", "app=web,tier=x", "--port", "8080", ...server());
    await ready(1);
    const pods = (await up.command("get", "pods", "-l", "tier=x", "-o", "name")).stdout;
    expect(pods).toMatch(/^pod\/run-\d+-0\n$/);
    expect((await up.get("web")).body).toMatch(/^run-\d+-0 undefined$/);
    await up.get("web", "/end").catch(() => undefined);
    expect((await running).code).toBe(7);
    const left = async () => (await up.command("get", "pods", "-l", "tier=x", "-o", "name")).stdout;
    await expect.poll(left, PATIENCE).toBe("");
  });

  it.each([
    [["deploy/wep", "--", "true"], 1, "did you mean web?"],
    [["web", "--", "true"], 2, '"web" names no workload'],
    [["deploy/web"], 2, "what should deploy/web run?"],
    [["deploy/web", "--replicas", "0", "--", "true"], 2, "--replicas 0"],
    [
      ["pod/x", "--replicas", "2", "--", "true"],
      2,
      "pod/x is one pod, and --replicas 2 asks for several",
    ],
    [["deploy/web", "--", "no-such-program"], 127, "no-such-program: there is no such program"],
    [["deploy/web", "--shell", "--", "no-such-program"], 127, "there is no such program"],
    [["deploy/web", "--", FOLDER], 126, ": may not be run"],
    [["deploy/web", "--shell", "--", FOLDER], 126, ": may not be run"],
  ])("refuses %j with exit code %d", async (words, exitCode, message) => {
    const { code, stderr } = await up.command("run", ...words);
    expect(stderr).toContain(message);
    expect(code).toBe(exitCode);
  });
});

it("says that an up of the folder runs already", async () => {
  const sockets = up.env["KUBELANE_RUNTIME_DIR"] ?? "";
  const options = ["--dns", "off", "--gateway", "off", "--no-relays"];
  const second = up.command("up", "-f", folder, ...options);
  const count = () => readdirSync(sockets).filter((name) => name.endsWith(".sock")).length;
  await expect.poll(count, PATIENCE).toBe(2);
  await up.stop();
  const { stderr } = await second;
  expect(stderr).toContain(`an up of this folder runs already (pid ${up.process.pid})`);
});

describe("kubelane run alone", () => {
  it("says what to start first", async () => {
    const env = { KUBELANE_RUNTIME_DIR: join(folder, "none") };
    const { code, stderr } = await kubelane(["run", "deploy/web", "--", "true"], {
      cwd: folder,
      env,
    });
    expect(code).toBe(3);
    expect(stderr).toContain("kubelane up -f k8s/");
  });
});
