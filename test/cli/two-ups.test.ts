import { Resolver } from "node:dns/promises";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimMirror } from "../../src/engine/mirror-claim.ts";
import { freePort } from "../support/free-port.ts";
import { get, RunningUp } from "../support/up.ts";

const NAME = "web.shop.svc.cluster.local";
const FREE = ["--dns", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--api", "off"];

let folder: string;
let ups: RunningUp[];
let port: number;
let nodePort: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-two-"));
  ups = [];
  port = await freePort();
  nodePort = 30_000 + (port % 2_700);
});

afterEach(async () => {
  await Promise.all(ups.map((up) => up.stop("SIGTERM")));
  rmSync(folder, { recursive: true, force: true });
});

/** A checkout of the same project, whose pods say which it is. */
async function checkout(name: string, args: readonly string[]): Promise<RunningUp> {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(
    join(cwd, "pod.cjs"),
    `require("node:http").createServer((_, answer) => answer.end("${name}")).listen(process.env.PORT);`,
  );
  writeFileSync(
    join(cwd, "kubelane.yaml"),
    "manifests: [web.yaml]\nrun: { shop/deploy/web: [node, pod.cjs] }\n",
  );
  writeFileSync(join(cwd, "web.yaml"), MANIFESTS(port, nodePort));
  const up = new RunningUp([...FREE, ...args], { cwd });
  ups.push(up);
  return up.ready();
}

const MANIFESTS = (port: number, nodePort: number) => `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  type: NodePort
  clusterIP: 10.96.78.1
  selector: { app: web }
  ports: [{ port: ${port}, targetPort: 8000, nodePort: ${nodePort} }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: none, ports: [{ containerPort: 8000 }] }] }
`;

async function addressOf(up: RunningUp): Promise<string[]> {
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${up.dnsPort}`]);
  return resolver.resolve4(NAME);
}

const bodyAt = async (host: string, at: number) => (await get({ host, port: at })).body;

describe.runIf(process.platform === "linux")("two checkouts on one machine", () => {
  it("each answer their own clients, by name, address and NodePort", async () => {
    const a = await checkout("a", ["--mirror", "auto"]);
    const b = await checkout("b", ["--mirror", "auto"]);
    const places: string[] = [];
    for (const [up, name] of [
      [a, "a"],
      [b, "b"],
    ] as const) {
      const [address = ""] = await addressOf(up);
      places.push(address);
      expect(await bodyAt(address, port)).toBe(name);
      const [, host = "", at] = /\((127[\d.]+):(\d+)\)/.exec(up.stdout) ?? [];
      expect(await bodyAt(host, Number(at))).toBe(name);
      const traced = await up.command("trace", `${host}:${at}`, "-n", "shop");
      expect(traced.stdout).toContain("fine: shop/web");
    }
    expect(new Set(places).size).toBe(2);
    // Whichever came second: an up of another test may have had the first mirror meanwhile.
    expect(a.stderr + b.stderr).toMatch(
      /^note: .*this one has addresses of its own: 10\.96\.0\.1 is 127\./m,
    );
  });

  it("that share a mirror don't lead clients of one to pods of the other, and say who has the address", async () => {
    const a = await checkout("a", []);
    const b = await checkout("b", []);
    const pid = a.process.pid;
    expect(await addressOf(a)).toEqual(["127.96.78.1"]);
    await expect(addressOf(b)).rejects.toMatchObject({ code: "ENODATA" });
    expect(b.stderr).toMatch(
      new RegExp(`127\\.96\\.78\\.1:${port}.* kubelane\\.cjs up .*\\(pid ${pid}\\) listens there`),
    );
    const traced = await b.command("trace", `web:${port}`, "-n", "shop");
    expect(traced.code).toBe(1);
    expect(traced.stdout).toMatch(new RegExp(`^wrong: .*\\(pid ${pid}\\), not shop/web`, "m"));
    const listed = await b.command("get", "services", "-n", "shop");
    expect(listed.stderr).toMatch(
      new RegExp(
        `^note: .*\\(pid ${pid}\\) listens at 127\\.96\\.78\\.1:${port} \\(shop/web\\)`,
        "m",
      ),
    );

    await a.stop();
    await b.until(({ stderr }) => /free now, and served/.test(stderr));
    expect(await addressOf(b)).toEqual(["127.96.78.1"]);
    expect(await bodyAt("127.96.78.1", port)).toBe("b");
    expect((await b.command("trace", `web:${port}`, "-n", "shop")).code).toBe(0);
    ups = [b];
  });

  it("shares the first mirror where no claim can be made, as on macOS and Windows", async () => {
    const claims = await Promise.all([claimMirror("darwin"), claimMirror("win32")]);
    expect(claims.map((claim) => claim?.mirror.number)).toEqual([0, 0]);
  });

  it("have a mirror each, which is free again when it is given up", async () => {
    const [first, second] = [await claimMirror(), await claimMirror()];
    expect(second?.mirror).not.toBe(first?.mirror);
    first?.release();
    // Others may have taken it, but not all of what was free.
    const third = await claimMirror();
    expect(third?.mirror).toBeDefined();
    expect(third?.mirror).not.toBe(second?.mirror);
    second?.release();
    third?.release();
  });
});
