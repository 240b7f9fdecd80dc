import { Resolver } from "node:dns/promises";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive } from "../support/is-alive.ts";
import { describeWith, SHARED } from "../support/tools.ts";
import { get, PATIENCE, RunningUp } from "../support/up.ts";

const PULSE = resolve(import.meta.dirname, "../../examples/pulse");
const FREE = ["--dns", "127.0.0.1:0", "--gateway", "127.0.0.1:0"];

let running: RunningUp[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-manifests-"));
});

afterEach(async () => {
  await Promise.all(running.map((up) => up.stop("SIGTERM")));
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

function start(args: readonly string[], options: { readonly cwd?: string } = {}): RunningUp {
  const up = new RunningUp([...FREE, ...args], options);
  running.push(up);
  return up;
}

const PODS = ["pulse1", "pulse2", "pulse3"];

/** How often each pod answered. */
async function spread(requests: number, ask: () => Promise<{ body: string }>) {
  const counts = new Map<string, number>();
  for (let i = 0; i < requests; i++) {
    const pod = (await ask()).body.trim();
    counts.set(pod, (counts.get(pod) ?? 0) + 1);
  }
  return counts;
}

function pidOf(up: RunningUp, pod: string): number {
  const pids = [...up.stderr.matchAll(new RegExp(`^${pod}: started, pid (\\d+)`, "gm"))];
  return Number(pids.at(-1)?.[1]);
}

describe("kubelane up on the pulse example", () => {
  it("prints its Services, where it listens and a line to try", async () => {
    const up = await start(["-f", PULSE]).ready();
    expect(up.stdout).toMatch(/^NAMESPACE {3}SERVICE {9}ADDRESS\s+ENDPOINTS$/m);
    expect(up.stdout).toMatch(/^default {5}pulse-service {3}10\.\d+\.\d+\.\d+:80\s+3\/3 ready$/m);
    expect(up.stdout).toMatch(/^DNS {6}127\.0\.0\.1:\d+ \(UDP and TCP\)$/m);
    expect(up.stdout).toMatch(/^gateway {2}http:\/\/127\.0\.0\.1:\d+$/m);
    expect(up.stdout).toMatch(
      /^try: curl -x http:\/\/127\.0\.0\.1:\d+ http:\/\/pulse-service\.default\.svc\.cluster\.local\/$/m,
    );
  });

  it("answers by Host, by .localhost name and as a forward proxy, from every pod", async () => {
    const up = await start(["-f", PULSE]).ready();
    const ways: Record<string, () => Promise<{ body: string }>> = {
      host: () => up.get("pulse-service"),
      localhost: () => up.get(`pulse-service.localhost:${up.gatewayPort}`),
      proxy: () => up.get("x", "http://pulse-service.default.svc.cluster.local/"),
    };
    for (const [way, ask] of Object.entries(ways)) {
      const counts = await spread(60, ask);
      expect([way, [...counts.keys()].sort()]).toEqual([way, PODS]);
    }
  });

  it("spreads 300 requests evenly, with and without keep-alive", async () => {
    const up = await start(["-f", PULSE]).ready();
    for (const keepAlive of [true, false]) {
      const agent = new Agent({ keepAlive, maxSockets: 1 });
      const ask = () =>
        new Promise<{ body: string }>((done, reject) => {
          const options = { agent, port: up.gatewayPort, headers: { host: "pulse-service" } };
          request({ host: "127.0.0.1", ...options }, (response) => {
            let body = "";
            response.on("data", (chunk) => (body += chunk));
            response.on("end", () => done({ body }));
          })
            .on("error", reject)
            .end();
        });
      const counts = await spread(300, ask);
      agent.destroy();
      // Each share is binomial(300, 1/3): 20 % and 47 % are five deviations away.
      for (const pod of PODS) {
        expect(counts.get(pod)).toBeGreaterThan(60);
        expect(counts.get(pod)).toBeLessThan(141);
      }
    }
  });

  it("answers DNS with an address that this machine reaches", async () => {
    const up = await start(["-f", PULSE]).ready();
    const resolver = new Resolver();
    resolver.setServers([`127.0.0.1:${up.dnsPort}`]);
    const [address] = await resolver.resolve4("pulse-service.default.svc.cluster.local");
    expect(address).toMatch(/^127\.\d+\./);
  });

  it("loses no request to a pod that is killed but those in flight on it, and starts it again", async () => {
    const up = await start(["-f", PULSE, "--quiet"]).ready();
    const victim = pidOf(up, "pulse2");
    const total = 10_000;
    let sent = 0;
    const failures: string[] = [];
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const ask = () =>
      new Promise<void>((done) => {
        const options = { agent, port: up.gatewayPort, headers: { host: "pulse-service" } };
        const call = request({ host: "127.0.0.1", ...options }, (response) => {
          if (response.statusCode !== 200) failures.push(String(response.statusCode));
          response
            .resume()
            .on("end", done)
            .on("error", () => done());
        });
        call.on("error", (error) => {
          failures.push(error.message);
          done();
        });
        call.end();
      });
    const worker = async () => {
      while (sent < total) {
        if (++sent === total / 2) process.kill(victim, "SIGKILL");
        await ask();
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    agent.destroy();
    // At most the 16 that were under way, of which a third was there.
    expect(failures.length).toBeLessThanOrEqual(16);
    await up.until(({ stderr }) => stderr.split("pulse2: ready").length >= 3);
    const counts = await spread(60, () => up.get("pulse-service"));
    expect([...counts.keys()].sort()).toEqual(PODS);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends on %s with code %d and leaves no process", async (signal, code) => {
    const up = await start(["-f", PULSE]).ready();
    const pids = PODS.map((pod) => pidOf(up, pod));
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    expect(await up.stop(signal)).toBe(code);
    expect(pids.map(isAlive)).toEqual([false, false, false]);
  });

  it("tells events as JSON lines with --log json", async () => {
    const up = await start(["-f", PULSE, "--log", "json", "--access-log", "json"]).ready();
    await up.get("pulse-service");
    await up.until(({ stderr }) => stderr.includes('"status":200'));
    const lines = up.stderr.trimEnd().split("\n");
    const records = lines.map((line) => JSON.parse(line));
    const ready = records.filter(({ type }) => type === "pod-ready").map(({ pod }) => pod.name);
    expect(ready.sort()).toEqual(PODS);
    expect(records).toContainEqual(
      expect.objectContaining({ type: "note", message: expect.stringMatching(/^ready after/) }),
    );
  });

  it("is seen by other commands", async () => {
    const up = await start(["-f", PULSE]).ready();
    await up.until(({ stderr }) => stderr.includes("ready after"));
    const listed = await up.command("get", "pods", "-l", "app=pulse-api", "-o", "json");
    const { items } = JSON.parse(listed.stdout);
    const phases = items.map((pod: { status: { phase: string } }) => pod.status.phase);
    expect(phases).toEqual(["Running", "Running", "Running"]);
    const table = await up.command("get", "pods");
    expect(table.stdout).toMatch(
      /^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\npulse1\s+1\/1\s+Running\s+0/,
    );
    const resolved = await up.command("resolve", "pulse-service.default");
    expect(resolved.stdout).toMatch(
      /^pulse-service\.default\.svc\.cluster\.local\. \d+ IN A 10\.\d+\.\d+\.\d+\n$/,
    );
  });
});

const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

describe("kubelane up while manifests change", () => {
  it("follows an edit, reports a broken one with its place, and keeps the last good state", async () => {
    const file = join(folder, "web.yaml");
    writeFileSync(file, SERVICE);
    const up = await start(["-f", folder]).ready();
    const services = async () =>
      (await up.command("get", "svc", "-o", "name")).stdout.replace("service/kubernetes\n", "");
    expect(await services()).toBe("service/web\n");

    writeFileSync(file, SERVICE.replace("name: web", "name: shop"));
    await expect.poll(services, PATIENCE).toBe("service/shop\n");

    writeFileSync(file, SERVICE.replace("port: 80", "port: [80"));
    await up.until(({ stderr }) => /web\.yaml:4:\d+: error:/.test(stderr));
    expect(await services()).toBe("service/shop\n");

    writeFileSync(file, SERVICE);
    await expect.poll(services, PATIENCE).toBe("service/web\n");
  });

  it("says why a Service has no live pod, in the table and in the answer", async () => {
    writeFileSync(join(folder, "web.yaml"), SERVICE);
    const up = await start(["-f", folder]).ready();
    expect(up.stdout).toContain("default/web selects app=web, and no Pod in default has that");
    const { status, body } = await up.get("web");
    expect(status).toBe(503);
    expect(body).toContain("no Pod in default has that");
  });
});

describe("kubelane up --watch-restart", () => {
  it("restarts pods one at a time when their program changes, and loses no request", async () => {
    cpSync(PULSE, folder, { recursive: true });
    const server = join(folder, "server.mjs");
    const up = await start(["-f", folder, "--watch-restart", server]).ready();
    const answers: { status: number; body: string }[] = [];
    let done = false;
    const load = (async () => {
      while (!done) answers.push(await up.get("pulse-service"));
    })();
    writeFileSync(server, readFileSync(server, "utf8").replace(/\$\{pod\}/, "$&, new"));
    await up.until(({ stderr }) => stderr.match(/: restarted$/gm)?.length === PODS.length);
    // The old ones finish what they have begun, and may be asked until they are gone.
    await up.until(({ stderr }) => (stderr.match(/: exited with/gm)?.length ?? 0) >= PODS.length);
    done = true;
    await load;
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const counts = await spread(60, () => up.get("pulse-service"));
    expect([...counts.keys()].sort()).toEqual(PODS.map((pod) => `${pod}, new`));
  });
});

describe("kubelane up with bad input", () => {
  it("ends with 4 when an address that was asked for is taken", async () => {
    const holder = createTcpServer().listen(0, "127.0.0.1");
    await new Promise((done) => holder.once("listening", done));
    const { port } = holder.address() as AddressInfo;
    const up = new RunningUp(["-f", PULSE, "--dns", "off", "--gateway", `127.0.0.1:${port}`]);
    running.push(up);
    await new Promise((done) => up.process.once("close", done));
    holder.close();
    expect(up.process.exitCode).toBe(4);
    expect(up.stderr).toContain(`cannot listen on 127.0.0.1:${port} for gateway`);
    expect(up.stderr).toContain("--gateway");
  });

  it("loads what is good around what is broken or can't be read", async () => {
    const broken = `${SERVICE}---\nkind: Service\n  metadata: {\n---\n${SERVICE.replace("name: web", "name: api")}`;
    writeFileSync(join(folder, "a.yaml"), broken);
    const absent = join(folder, "absent.yaml");
    const up = await start(["-f", folder, "-f", absent, "--allow-missing"]).ready();
    expect(up.stdout).toMatch(/^default\s+api\s/m);
    expect(up.stdout).toMatch(/^default\s+web\s/m);
    expect(up.stderr).toMatch(/a\.yaml:\d+:\d+: error/);
    expect(up.stderr).toMatch(/absent\.yaml/);
  });

  it("says so when there is nothing to serve", async () => {
    const up = new RunningUp([], { cwd: folder });
    running.push(up);
    await new Promise((done) => up.process.once("close", done));
    expect(up.process.exitCode).toBe(3);
    expect(up.stderr).toContain("kubelane up -f");
  });
});

describeWith(["shared"], "kubelane up on real manifests", () => {
  it.each([
    ["online-boutique.yaml", 12],
    ["sock-shop.yaml", 14],
  ])(
    "lists every Service of %s with its address and why it has no live pod",
    async (name, services) => {
      const up = await start(["-f", join(SHARED, "manifests", name)]).ready();
      const rows = up.stdout
        .split("\n")
        .filter((line) => /\s(10\.\d+\.\d+\.\d+:|headless)/.test(line));
      expect(rows.length).toBe(services);
      for (const row of rows) expect(row).toMatch(/0\/\d+ ready$/);
      const [, service] = rows[0]!.split(/\s+/);
      const reason = new RegExp(`^ {2}.*/${service}\\b.*has 1 pod, none ready`, "m");
      expect(up.stdout).toMatch(reason);
    },
  );

  it("answers by name for a Deployment attached to a server that runs already", async () => {
    const server = createServer((_, response) => response.end("attached")).listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const { port } = server.address() as AddressInfo;
    cpSync(join(SHARED, "manifests/online-boutique.yaml"), join(folder, "online-boutique.yaml"));
    writeFileSync(
      join(folder, "kubelane.yaml"),
      `manifests: [online-boutique.yaml]\nattach:\n  deploy/frontend: ["127.0.0.1:${port}"]\n`,
    );
    const up = await start([], { cwd: folder }).ready();
    expect(up.stdout).toMatch(/^default\s+frontend\s.*1\/1 ready$/m);
    expect(await up.get("frontend")).toEqual({ status: 200, body: "attached" });
    server.close();
  });

  it("names each mistake of the founding document's fragments and crashes on none", async () => {
    const files = readFileSync; // The fragments are read where they lie.
    expect(files(join(SHARED, "manifests/seed-pulse-pods.yaml"), "utf8")).toContain(
      "app: pulse-api",
    );
    const fragments = [
      "pulse-pods",
      "pulse-service",
      "label-fragment",
      "nginx-deployment",
      "nginx-pod",
    ];
    const args = fragments.flatMap((name) => ["-f", join(SHARED, `manifests/seed-${name}.yaml`)]);
    const up = await start(args).ready();
    expect(up.stderr).toMatch(/metadata\.labels/);
    expect(up.stderr).toMatch(/name/);
    expect(up.stderr).toMatch(/stable,/);
    expect(up.stdout).toMatch(/^default\s+pulse-service\s/m);
  });
});

describe("the default ports", () => {
  it("move to the next free one, and up says so", async () => {
    const first = new RunningUp(["-f", PULSE, "--dns", "off"]);
    running.push(first);
    await first.ready();
    const second = new RunningUp(["-f", PULSE, "--dns", "off"]);
    running.push(second);
    await second.ready();
    expect(second.gatewayPort).not.toBe(first.gatewayPort);
    expect(second.stderr).toContain("is taken");
    expect(
      (await get({ port: second.gatewayPort, headers: { host: "pulse-service" } })).status,
    ).toBe(200);
  });
});
