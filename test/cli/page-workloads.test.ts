import { expect, test } from "vitest";
import { workloadNamed, workloadsOf } from "../../src/cli/up/page-workloads.ts";
import type { Service } from "../../src/objects/service.ts";
import { Store } from "../../src/store/store.ts";

const workload = (kind: string, name: string, labels: object, rest: object = {}) => ({
  apiVersion: kind === "ReplicationController" ? "v1" : "apps/v1",
  kind,
  metadata: { namespace: "shop", name, ...rest },
  spec: { replicas: 2, template: { metadata: { labels }, spec: { containers: [] } } },
});
const service = (selector?: Record<string, string>): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "shop", name: "web" },
  spec: { ...(selector && { selector }), ports: [{ port: 80 }] },
});
const owner = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  name: "web",
  uid: "1",
  controller: true,
};

const store = new Store();
store.apply(
  [
    workload("Deployment", "web", { app: "web", tier: "front" }),
    workload("ReplicaSet", "web-1", { app: "web" }, { ownerReferences: [owner] }),
    workload("StatefulSet", "db", { app: "db" }),
    workload("ReplicationController", "old", { app: "web" }),
  ].map((object) => ({ op: "put", object })),
);

test("the workloads of a Service are those whose pods it selects, without what they own", () => {
  expect(workloadsOf(store, service({ app: "web" }))).toEqual([
    { kind: "ReplicationController", name: "old", replicas: 2 },
    { kind: "Deployment", name: "web", replicas: 2 },
  ]);
  expect(workloadsOf(store, service({ app: "none" }))).toEqual([]);
});

test("a Service without a selector has none", () => {
  expect(workloadsOf(store, service())).toEqual([]);
  expect(workloadsOf(store, service({}))).toEqual([]);
});

test("a workload is found by what the page calls it, and nothing else is", () => {
  const named = (kind: string, name: string) =>
    workloadNamed(store, { kind, namespace: "shop", name })?.metadata.name;
  expect(named("StatefulSet", "db")).toBe("db");
  expect(named("Deployment", "db")).toBeUndefined();
  expect(named("Service", "web")).toBeUndefined();
});
