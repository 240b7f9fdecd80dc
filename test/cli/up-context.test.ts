import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RunningUp } from "../support/up.ts";

const SERVER =
  "require('http').createServer((q, a) => a.end('from ' + process.env.HOSTNAME)).listen(process.env.PORT, '127.0.0.1')";

const MANIFEST = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web, ports: [{ containerPort: 8080 }] }] }
`;

let folder: string;
let cluster: RunningUp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-context-"));
  writeFileSync(join(folder, "all.yaml"), MANIFEST);
  const run = { "shop/deploy/web": { command: [process.execPath, "-e", SERVER] } };
  writeFileSync(join(folder, "kubelane.yaml"), JSON.stringify({ manifests: ["all.yaml"], run }));
  cluster = new RunningUp(
    ["--dns", "off", "--gateway", "off", "--no-relays", "--api", "127.0.0.1:0"],
    {
      cwd: folder,
    },
  );
  await cluster.until(({ stderr }) => stderr.includes("ready after"));
  const { stdout } = await cluster.command("kubeconfig", "-n", "shop");
  writeFileSync(join(folder, "config"), stdout);
}, 180_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

const CONTEXT = () => ["--context", "kubelane", "--kubeconfig", join(folder, "config")];

it("up --context serves the cluster's names, balanced over its pods, and follows it", async () => {
  const up = new RunningUp([
    "--dns",
    "off",
    "--gateway",
    "127.0.0.1:0",
    "--no-relays",
    ...CONTEXT(),
  ]);
  try {
    await up.ready();
    expect(up.stderr).toContain("nothing is changed there");
    const bodies = new Set<string>();
    for (let i = 0; i < 30; i++) bodies.add((await up.get("web.shop")).body);
    expect(bodies.size).toBe(2);
    writeFileSync(
      join(folder, "all.yaml"),
      MANIFEST.replace(
        "name: web, namespace: shop }\nspec: { selector",
        "name: front, namespace: shop }\nspec: { selector",
      ),
    );
    await expect
      .poll(async () => (await up.get("front.shop")).status, { timeout: 120_000 })
      .toBe(200);
  } finally {
    await up.stop();
  }
});

it("trace --context looks at the cluster without an up", async () => {
  const { code, stdout } = await cluster.command("trace", "nothing.shop", ...CONTEXT());
  expect(stdout).toContain("there is no Service shop/nothing");
  expect(code).toBe(1);
});

it("up --context takes no files beside the cluster, and says which contexts there are", async () => {
  const both = await cluster.command("up", "-f", "all.yaml", ...CONTEXT());
  expect([both.code, both.stderr]).toEqual([
    2,
    expect.stringContaining("leave out one of the two"),
  ]);
  const other = await cluster.command(
    "up",
    "--context",
    "prod",
    "--kubeconfig",
    join(folder, "config"),
  );
  expect([other.code, other.stderr]).toEqual([3, expect.stringContaining("there are kubelane")]);
});
