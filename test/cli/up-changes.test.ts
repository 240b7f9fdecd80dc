import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { RunningUp } from "../support/up.ts";

const QUICK = ["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays"];

let folder: string;
let up: RunningUp | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-changes-"));
});
afterEach(async () => {
  await up?.stop();
  up = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, text: string) => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const service = (name: string, port: number | string = 80) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: ${port} }] }\n`;

async function start(args: readonly string[] = []): Promise<RunningUp> {
  up = new RunningUp([...QUICK, ...args], { cwd: folder });
  return up.ready();
}
const services = (of: RunningUp) => async () =>
  (await of.command("get", "svc", "-o", "name")).stdout
    .split("\n")
    .filter((line) => line !== "" && line !== "service/kubernetes")
    .join(" ");

describe("kubelane up while kubelane.yaml changes", () => {
  beforeEach(() => {
    write("one/web.yaml", service("web"));
    write("two/api.yaml", service("api"));
    write("kubelane.yaml", "manifests: [one]\n");
  });

  it("serves the manifests that it names now, and follows them", async () => {
    const running = await start();
    write("kubelane.yaml", "manifests: [two, three]\n");
    await running.until(({ stderr }) =>
      stderr.includes("kubelane.yaml: other manifests are served"),
    );
    expect(running.stderr).toContain("three:1:1: error: can't be read");
    expect(await services(running)()).toBe("service/api");
    write("three/late.yaml", service("late"));
    await expect.poll(services(running), { timeout: 120_000 }).toBe("service/api service/late");
  });

  it("goes on with the last ones when it names none, or breaks", async () => {
    const running = await start();
    write("kubelane.yaml", "manifests: []\n");
    await running.until(({ stderr }) => stderr.includes("it names no manifests"));
    write("kubelane.yaml", "manifests: [\n");
    await running.until(({ stderr }) => /kubelane\.yaml:\d+:\d+: error/.test(stderr));
    expect(await services(running)()).toBe("service/web");
  });

  it("keeps to those of the command line", async () => {
    const running = await start(["-f", "two"]);
    write("kubelane.yaml", "manifests: [one, two]\nbackOff: { base: 1 }\n");
    await running.until(({ stderr }) =>
      stderr.includes("another backOff.base takes effect after a restart"),
    );
    expect(running.stderr).not.toContain("other manifests");
    expect(await services(running)()).toBe("service/api");
  });
});

describe("kubelane up while manifests change", () => {
  it("says so when a file that was broken is whole again", async () => {
    write("k8s/web.yaml", service("web"));
    const running = await start(["-f", "k8s"]);
    write("k8s/web.yaml", service("web", "[80"));
    await running.until(({ stderr }) => /web\.yaml:\d+:\d+: error/.test(stderr));
    write("k8s/web.yaml", service("web"));
    await running.until(({ stderr }) => stderr.includes("k8s/web.yaml: no findings any more\n"));
  });
});

describe("kubelane up with little to serve", () => {
  it("says that there are no Services yet, and where they may come from", async () => {
    up = new RunningUp([...QUICK, "-f", "later", "--allow-missing"], { cwd: folder });
    const yet = "\nno Services yet: what comes into later is served\n";
    await up.until(({ stdout }) => stdout.includes(yet));
  });

  it("says how to run a first pod", async () => {
    const template =
      "{ metadata: { labels: { a: b } }, spec: { containers: [{ name: a, image: a }] } }";
    write(
      "k8s/web.yaml",
      `${service("web")}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: shop }\n` +
        `spec: { selector: { matchLabels: { a: b } }, template: ${template} }\n`,
    );
    const running = await start(["-f", "k8s"]);
    expect(running.stdout).toContain(
      "no pod runs here yet; say in kubelane.yaml what stands for an image, or in another terminal: kubelane run -n shop deploy/web -- COMMAND; with --stub '*' all of them answer\n",
    );
  });
});

describe("kubelane up with a pod that takes its time", () => {
  const pod = (name: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec: { containers: [{ name: a, image: a, ports: [{ containerPort: 80 }] }] }\n`;

  it("says what it waits for, at its start and at its end, and ends at once when told twice", async () => {
    const program =
      "process.on('SIGTERM', () => console.log('not yet')); setInterval(() => {}, 1e6)";
    write("k8s/slow.yaml", `${service("web")}---\n${pod("slow")}`);
    write(
      "kubelane.yaml",
      `manifests: [k8s]\nrun: { pod/slow: { command: ${JSON.stringify([process.execPath, "-e", program])} } }\n`,
    );
    up = new RunningUp(QUICK, { cwd: folder });
    await up.until(({ stderr }) => stderr.includes("waiting for slow to be ready, 10 s at most\n"));
    await up.until(({ stderr }) => stderr.includes("ready after"));
    up.process.kill("SIGINT");
    await up.until(({ stderr }) =>
      stderr.includes("waiting for slow to end; Ctrl-C again ends everything at once\n"),
    );
    expect(await up.stop()).toBe(130);
    expect(up.stderr).toContain("slow: stopped");
  });
});

describe("the addresses that kubelane up prints", () => {
  it("are those of the cluster, with where this machine reaches them", async () => {
    const port = await freePort();
    const labels = "labels: { app: web }";
    write(
      "k8s/web.yaml",
      `apiVersion: v1\nkind: Service\nmetadata: { name: web }\n` +
        `spec: { type: NodePort, clusterIP: 10.96.77.7, selector: { app: web }, ports: [{ port: ${port}, nodePort: 31777 }] }\n` +
        `---\napiVersion: v1\nkind: Pod\nmetadata: { name: web, ${labels} }\nspec: { containers: [{ name: a, ports: [{ containerPort: ${port} }] }] }\n`,
    );
    const server = "require('http').createServer((_, r) => r.end('hi')).listen(process.env.PORT)";
    const command = JSON.stringify([process.execPath, "-e", server]);
    write("kubelane.yaml", `manifests: [k8s]\nrun: { pod/web: { command: ${command} } }\n`);
    up = new RunningUp(["--dns", "off", "--gateway", "127.0.0.1:0"], { cwd: folder });
    await up.ready();
    expect(up.stdout).toMatch(
      new RegExp(
        `^default +web +10\\.96\\.77\\.7:${port} \\(127\\.0\\.0\\.1:31777\\) +1/1 ready$`,
        "m",
      ),
    );
    // Where this machine has all of 127.0.0.0/8.
    const relay = `relays   127.96.77.7:${port}, each ClusterIP with 127 in front\n`;
    if (process.platform === "linux") expect(up.stdout).toContain(relay);
    else expect(up.stdout.includes(relay)).toBe(!up.stderr.includes(`127.96.77.7:${port}`));
  });
});
