import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { PATIENCE, RunningUp } from "../support/up.ts";

const workload = (name: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers: [{ name: main, image: ${name}, ports: [{ containerPort: 8080 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: 8080 }] }
`;

describe("kubelane up with stubs", () => {
  let folder: string;
  let up: RunningUp;
  beforeEach(() => {
    folder = temporaryFolder();
    writeFileSync(join(folder, "all.yaml"), [workload("web"), workload("db")].join("---\n"));
  });
  afterEach(async () => {
    await up.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const QUICK = ["--dns", "off", "--gateway", "127.0.0.1:0", "--no-relays", "--network", "host"];

  it("--stub '*' has every Service answer, and says everywhere that nobody runs it", async () => {
    const api = ["--api", "127.0.0.1:0"];
    up = new RunningUp([...QUICK, ...api, "-f", "all.yaml", "--stub", "*"], { cwd: folder });
    await up.ready();
    expect(up.stderr).toMatch(/^web-\S+: ready, as a stub$/m);
    const { status, body } = await up.get("db.shop", "/x");
    const answer = JSON.parse(body);
    expect([status, answer.namespace, answer.pod.slice(0, 3)]).toEqual([200, "shop", "db-"]);

    const { stdout } = await up.command("get", "pods", "-n", "shop");
    expect(stdout.match(/ 1\/1 +Stub /g)).toHaveLength(4);
    const described = await up.command("describe", `pod/${answer.pod}`, "-n", "shop");
    expect(described.stdout).toContain("no program of this pod runs");
    await expect
      .poll(async () => (await up.command("get", "events", "-n", "shop")).stdout, PATIENCE)
      .toMatch(new RegExp(`Stub +pod/${answer.pod}`, "i"));
  });

  it("stub: in kubelane.yaml takes effect when it is saved, besides --stub", async () => {
    const config = (stub: string) =>
      writeFileSync(join(folder, "kubelane.yaml"), `manifests: [all.yaml]\nstub: ${stub}\n`);
    config("[]");
    up = new RunningUp([...QUICK, "--api", "off", "--stub", "deploy/web"], { cwd: folder });
    await up.ready();
    expect((await up.get("web.shop")).status).toBe(200);
    expect((await up.get("db.shop")).status).toBe(503);
    config("[deploy/db]");
    await expect.poll(async () => (await up.get("db.shop")).status, PATIENCE).toBe(200);
    expect((await up.get("web.shop")).status).toBe(200);
  });

  it("refuses a pattern that names nothing", async () => {
    up = new RunningUp([...QUICK, "-f", "all.yaml", "--stub", "web"], { cwd: folder });
    await expect(up.ready()).rejects.toThrow(
      /--stub "web" is no pattern of pods: "web" names no workload/,
    );
  });
});
