import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubelane } from "../support/terminal.ts";

const MANIFEST = `apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop, creationTimestamp: "2000-01-01T00:00:00Z" }
spec: { clusterIP: None, selector: { app: db }, ports: [{ name: sql, port: 5432 }] }
---
apiVersion: v1
kind: Service
metadata: { name: typo, namespace: shop }
spec: { clusterIP: 10.96.0.9, selector: { app: bd }, ports: [{ port: 80, nodePort: 30080 }], type: NodePort }
---
apiVersion: v1
kind: Service
metadata: { name: two, namespace: shop }
spec: { clusterIP: 10.96.0.10, selector: { app: db }, ports: [{ name: sql, port: 5432 }, { name: web, port: 80, targetPort: http }] }
---
apiVersion: v1
kind: Service
metadata: { name: round, namespace: shop }
spec: { type: ExternalName, externalName: round.shop.svc.cluster.local }
---
apiVersion: v1
kind: Pod
metadata: { name: db-0, namespace: shop, labels: { app: db } }
spec: { hostname: db-0, subdomain: db, nodeName: local, containers: [{ name: main, image: a }] }
status:
  phase: Running
  podIP: 10.244.0.7
  conditions: [{ type: Ready, status: "True" }]
---
apiVersion: v1
kind: Pod
metadata: { name: db-1, namespace: shop, labels: { app: db } }
spec: { hostname: db-1, subdomain: db, containers: [{ name: main, image: a }] }
status: { phase: Running, podIP: 10.244.0.8 }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: shop }
spec: { podSelector: { matchExpressions: [{ key: app, operator: In, values: [db] }] } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: one, namespace: shop }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: a }] }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-describe-"));
  writeFileSync(join(folder, "all.yaml"), MANIFEST);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const describeObject = (...words: string[]) =>
  kubelane(["describe", ...words, "-n", "shop", "-f", join(folder, "all.yaml")], { cwd: folder });

/** The lines below a heading. */
const section = (stdout: string, title: string) =>
  new RegExp(`^${title.replace(/[()]/g, "\\$&")}\n((?:  .*\n)*)`, "m")
    .exec(stdout)?.[1]
    ?.trimEnd()
    .split("\n")
    .map((line) => line.trim().replace(/ {2,}/g, " | "));

describe("kubelane describe", () => {
  it("shows a Service with its pods, endpoints and names", async () => {
    const { code, stdout } = await describeObject("svc/db");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Service shop\/db\n {2}type +ClusterIP\n/);
    expect(section(stdout, "pods (2)")).toEqual([
      "✓ | db-0 | 10.244.0.7 | ready",
      "✗ | db-1 | 10.244.0.8 | not ready: not ready",
    ]);
    expect(section(stdout, "endpoints")).toEqual([
      "✓ | 10.244.0.7 | sql 5432 | db-0",
      "✗ | 10.244.0.8 | sql 5432 | db-1",
    ]);
    expect(section(stdout, "names")).toEqual([
      "db.shop.svc.cluster.local → the addresses of its ready pods",
      "_sql._tcp.db.shop.svc.cluster.local (SRV)",
    ]);
    expect(section(stdout, "trouble")).toBeUndefined();
  });

  it("says of a Service without pods which come nearest, and what is wrong", async () => {
    const { stdout } = await describeObject("svc", "typo");
    expect(section(stdout, "ports")).toEqual(["- | 80/TCP | → 80 | node port 30080"]);
    expect(section(stdout, "near misses")?.slice(0, 2)).toEqual([
      "db-0 | app is db, mistyped for bd?",
      "db-1 | app is db, mistyped for bd?",
    ]);
    expect(section(stdout, "trouble")).toEqual([
      "shop/typo selects app=bd, and no Pod in shop has that",
    ]);
    expect(section(stdout, "next")).toEqual(["kubelane trace typo.shop"]);
  });

  it("tells of each port that leads to nobody, as connections there are refused", async () => {
    const { stdout } = await describeObject("svc/two");
    expect(section(stdout, "trouble")).toEqual([
      "shop/two has 2 pods, 1 ready, but no container of theirs names a port http",
    ]);
    expect(section(stdout, "names")).toEqual([
      "two.shop.svc.cluster.local → 10.96.0.10",
      "_sql._tcp.two.shop.svc.cluster.local (SRV)",
      "_web._tcp.two.shop.svc.cluster.local (SRV)",
    ]);
    const round = await describeObject("svc/round");
    expect(section(round.stdout, "trouble")).toEqual([
      "shop/round is an alias that leads back to itself",
    ]);
  });

  it("gives a pod that is not ready no name", async () => {
    const { stdout } = await describeObject("pod/db-1");
    expect(section(stdout, "names")).toBeUndefined();
  });

  it("says of a pod who selects it, and under which names it is found", async () => {
    const { stdout } = await describeObject("pod/db-0");
    expect(section(stdout, "selected by")).toEqual([
      "Service shop/db, spec.selector: app=db",
      "Service shop/two, spec.selector: app=db",
      "NetworkPolicy shop/closed, spec.podSelector: app in (db)",
    ]);
    expect(section(stdout, "names")).toEqual([
      "db-0.db.shop.svc.cluster.local, this pod alone",
      "db.shop.svc.cluster.local, among the pods of that Service",
      "two.shop.svc.cluster.local, among the pods of that Service",
    ]);
  });

  it("says of a workload what it selects, makes, and who takes its pods", async () => {
    const { stdout } = await describeObject("deploy/web");
    expect(section(stdout, "selects")?.[0]).toMatch(
      /^spec.selector \(app=web\) takes 2 pods: web-/,
    );
    expect(section(stdout, "pods (2)")).toHaveLength(2);
    expect(section(stdout, "its pods are selected by")).toEqual([
      "PodDisruptionBudget shop/one (app=web)",
    ]);
  });

  it("says of any other object what its selectors take", async () => {
    const { stdout } = await describeObject("netpol/closed");
    expect(section(stdout, "selects")).toEqual([
      "spec.podSelector (app in (db)) takes 2 pods: db-0, db-1",
    ]);
  });

  it("makes headings bold where colours are wanted", async () => {
    expect((await describeObject("svc/db", "--color", "always")).stdout).toContain(
      "\x1b[1mService shop/db\x1b[0m",
    );
  });

  it.each([
    [["svc/bd"], 1, "did you mean db?"],
    [["svc"], 2, "name an object"],
    [["svcs/db"], 2, "did you mean svc?"],
  ])("refuses %j with exit code %d", async (words, exitCode, message) => {
    const { code, stderr } = await describeObject(...words);
    expect(code).toBe(exitCode);
    expect(stderr).toContain(message);
  });
});
