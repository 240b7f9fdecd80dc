import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PATIENCE, RunningUp } from "../support/up.ts";

const SERVER = `
const { env } = process;
console.log("hello of " + env.HOSTNAME);
require("node:http").createServer((request, response) => {
  if (request.url === "/crash") process.exit(3);
  console.log("asked for " + request.url);
  response.end(env.HOSTNAME + " " + process.pid);
}).listen(env.PORT);
`;

const MANIFESTS = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1", ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: other, labels: { app: other } }
spec: { containers: [{ name: a, image: "other:1", ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: other }
spec: { selector: { app: other }, ports: [{ port: 80 }] }
`;

const FREE = ["--dns", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--api", "127.0.0.1:0"];

let folder: string;
let up: RunningUp;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-verbs-"));
  mkdirSync(join(folder, "k8s"));
  writeFileSync(join(folder, "k8s/all.yaml"), MANIFESTS);
  writeFileSync(join(folder, "server.cjs"), SERVER);
  writeFileSync(
    join(folder, "kubelane.yaml"),
    "manifests: k8s/\nrun:\n  deploy/web: { command: [node, server.cjs] }\nbackOff: { base: 0.1 }\n",
  );
  up = await new RunningUp([...FREE, "--https", "off"], { cwd: folder }).ready();
});

afterAll(async () => {
  await up.stop();
  rmSync(folder, { recursive: true, force: true });
});

const podNames = async (): Promise<string[]> => {
  const { stdout } = await up.command("get", "pods", "-l", "app=web", "-o", "name");
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.replace("pod/", ""));
};

describe("logs", () => {
  it("prints what all pods of a workload wrote, each line with its pod", async () => {
    const pods = await podNames();
    const { code, stdout } = await up.command("logs", "deploy/web");
    expect(code).toBe(0);
    const said = stdout.trim().split("\n").sort();
    expect(said).toEqual(pods.map((pod) => `${pod} | hello of ${pod}`).sort());
  });

  it.each([
    [["logs", "svc/web", "--tail", "0"], ""],
    [["logs", "web", "--since", "0s", "--tail", "0", "-o", "json"], ""],
  ])("%j takes kubectl's options", async (words, expected) => {
    expect(await up.command(...words)).toMatchObject({ code: 0, stdout: expected });
  });

  it("prints data with -o json", async () => {
    const [pod = ""] = await podNames();
    const { stdout } = await up.command("logs", pod, "-o", "json");
    expect(JSON.parse(stdout.split("\n")[0]!)).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      namespace: "default",
      pod,
      container: "web",
      line: `hello of ${pod}`,
    });
  });

  it("ends where there is no run before, and has it after a restart", async () => {
    const [pod = ""] = await podNames();
    const none = await up.command("logs", pod, "--previous");
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("previous terminated container");
    expect((await up.command("restart", pod)).code).toBe(0);
    for (const option of [[], ["--previous"]]) {
      expect((await up.command("logs", pod, ...option)).stdout).toContain(`hello of ${pod}`);
    }
  });

  it("follows over a restart, and knows the run before it", async () => {
    const [pod = ""] = await podNames();
    const following = up.start("logs", "-f", "deploy/web");
    let text = "";
    following.stdout.setEncoding("utf8").on("data", (data) => (text += data));
    await expect.poll(() => text, PATIENCE).toContain(`${pod} | hello of ${pod}`);
    const times = () => text.split(`${pod} | hello of ${pod}`).length - 1;
    // From within: where pods have networks of their own, their ports are not this machine's.
    const crash = 'fetch("http://127.0.0.1:" + process.env.PORT + "/crash").catch(() => 0)';
    await up.command("exec", pod, "--", "node", "-e", crash);
    await expect.poll(times, PATIENCE).toBe(2);
    following.kill("SIGINT");
    expect((await up.command("logs", pod, "--previous")).stdout).toContain(`hello of ${pod}`);
  });

  it("says what there is for a name that is not there", async () => {
    const { code, stderr } = await up.command("logs", "deploy/wep");
    expect(code).toBe(1);
    expect(stderr).toContain("did you mean web?");
  });
});

describe("exec", () => {
  it("runs a program beside a pod's process, with its environment and exit code", async () => {
    const ran = await up.command("exec", "deploy/web", "--", "sh", "-c", "echo $HOSTNAME; exit 7");
    expect(ran.code).toBe(7);
    expect(await podNames()).toContain(ran.stdout.trim());
  });

  it("passes standard input on", async () => {
    const child = up.start("exec", "-i", "deploy/web", "--", "cat");
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (data) => (text += data));
    child.stdin.end("from here\n");
    await expect.poll(() => text, PATIENCE).toBe("from here\n");
  });

  it("says of a pod that runs nowhere that it does", async () => {
    const { code, stderr } = await up.command("exec", "other", "--", "true");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^kubelane: other: /);
  });
});

it("restart starts the pods of a workload again, one after another", async () => {
  const pids = async () =>
    Promise.all([1, 2, 3, 4, 5, 6].map(async () => (await up.get("web")).body));
  const before = new Set(await pids());
  const { code, stderr } = await up.command("restart", "deploy/web");
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toMatch(/^deploy\/web: web-.*, web-.* started again$/m);
  for (const answer of await pids()) expect(before).not.toContain(answer);
  expect((await up.command("restart", "other")).stderr).toContain("no pod of other runs");
});

it("scale changes the number of pods, and wait waits for them", async () => {
  expect(await up.command("scale", "deploy/web", "--replicas", "3")).toMatchObject({ code: 0 });
  const path = "jsonpath={.status.readyReplicas}=3";
  const waited = await up.command("wait", "deploy/web", "--for", path, "--timeout", "2m");
  expect(waited).toMatchObject({ code: 0, stdout: "deployment.apps/web condition met\n" });
  expect(await podNames()).toHaveLength(3);
  await up.command("scale", "deploy/web", "--replicas", "2");
  const refused = await up.command("scale", "svc/web", "--replicas", "3");
  expect(refused).toMatchObject({ code: 2 });
});

it.each([
  [["wait", "pod/other", "--timeout", "1s"], 1, "pod/other: condition=Ready does not hold"],
  [["wait", "pod/nobody"], 1, 'there is no Pod "nobody"'],
  [["wait", "pod/nobody", "--for", "delete"], 0, ""],
  [["wait", "pod/other", "--for", "tea"], 2, "nothing that can be waited for"],
])("%j ends with %i", async (words, code, said) => {
  const ended = await up.command(...words);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(said);
});

it("attach lets a process that runs already be a pod, until it ends", async () => {
  const server = createServer((_, response) => response.end("from an IDE"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const attached = up.start("attach", "pod/other", `${port}`);
  await expect.poll(async () => (await up.get("other")).body, PATIENCE).toBe("from an IDE");
  attached.kill("SIGINT");
  await expect.poll(async () => (await up.get("other")).status, PATIENCE).toBe(503);
  server.close();
});

describe("an up of its own", () => {
  const run = async (...words: readonly string[]) => {
    const args = words.flatMap((word) => (word === "FREE" ? [...FREE, "--https", "off"] : [word]));
    return up.command(...args);
  };

  it("runs a program once pods are ready, and ends with its exit code", async () => {
    const script = `${folder}/client.cjs`;
    writeFileSync(
      script,
      `const url = new URL(process.env.HTTP_PROXY); require("node:http").get({ host: url.hostname, port: url.port, path: "http://web/" }, (r) => r.on("data", (d) => console.log(String(d))).on("end", () => process.exit(5)))`,
    );
    const config = join(folder, "kubelane.yaml");
    const ran = await run("up", "FREE", "-c", config, "--mirror", "1", "--", "node", script);
    expect(ran.code).toBe(5);
    expect(ran.stdout).toMatch(/^web-\S+ \d+\n$/);
  });

  it("goes on in the background until down, and its pods' words are there afterwards", async () => {
    const other = mkdtempSync(join(tmpdir(), "kubelane-background-"));
    writeFileSync(join(other, "all.yaml"), MANIFESTS);
    writeFileSync(join(other, "server.cjs"), SERVER);
    writeFileSync(
      join(other, "kubelane.yaml"),
      "manifests: all.yaml\nrun: { pod/other: { command: [node, server.cjs] } }\n",
    );
    const config = join(other, "kubelane.yaml");
    const started = await run("up", "FREE", "-c", config, "--mirror", "1", "--wait");
    expect(started).toMatchObject({ code: 0 });
    expect(started.stdout).toMatch(/^gateway {2}http:/m);
    const [, pid] = /in the background, pid (\d+)/.exec(started.stderr) ?? [];
    expect(await up.command("logs", "other", "--up", pid!)).toMatchObject({
      stdout: "hello of other\n",
    });
    expect(await up.command("down", "--up", pid!)).toMatchObject({ code: 0 });
    expect(() => process.kill(Number(pid), 0)).toThrow();
    rmSync(other, { recursive: true, force: true });
  });

  it.each([
    [["up", "-f", "a", "b"], "-f takes one path"],
    [["logs"], "say whose logs"],
    [["exec", "web"], "what should run in web?"],
    [["scale", "deploy/web"], "say how many"],
  ])("%j is refused with the next step", async (words, said) => {
    const { code, stderr } = await up.command(...words);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
