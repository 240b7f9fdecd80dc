import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { tellLiveServices } from "../../src/cli/up/live-services.ts";
import { lineToTry } from "../../src/cli/up/next-step.ts";
import { formatServices } from "../../src/cli/up/service-table.ts";
import { Talk } from "../../src/cli/up/talk.ts";
import { createEngine } from "../../src/engine/engine.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";

const pod = (ready: boolean) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-1", namespace: "shop", labels: { app: "web" } },
  spec: { containers: [{ name: "web" }] },
  status: {
    phase: "Running",
    podIP: "10.244.0.5",
    podIPs: [{ ip: "10.244.0.5" }],
    conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
  },
});

const service = (name: string, port: object = { port: 80 }, namespace = "shop") => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { selector: { app: name }, ports: [port] },
});

it("an event tells of a Service that loses its last live pod, and of one that has one again", async () => {
  const engine = createEngine();
  await engine.load([pod(true), service("web")] as KubernetesObject[]);
  const target = new PassThrough();
  tellLiveServices(engine, new Talk(target, "text"));
  await engine.load([pod(true), service("other")] as KubernetesObject[]);
  await engine.load([pod(false)] as KubernetesObject[]);
  await engine.load([pod(false)] as KubernetesObject[]);
  await engine.load([pod(true)] as KubernetesObject[]);
  expect(String(target.read()).split("\n")).toEqual([
    expect.stringMatching(/^no live pod: shop\/web has 1 pod, none ready: web-1 /),
    "shop/web: has a live pod",
    "",
  ]);
  await engine.close();
});

it("the first screen tells each reason once, and shows part of very many Services", async () => {
  const engine = createEngine();
  const many = Array.from({ length: 1_500 }, (_, i) => service(`s${i}`));
  await engine.load(many as KubernetesObject[]);
  const why = (each: { metadata: { name: string } }) =>
    `shop/${each.metadata.name} has 1 pod, none ready: ${each.metadata.name}-1 (no image)`;
  const lines = formatServices(engine.store, why, "127.0.0.1").trimEnd().split("\n");
  expect(lines.length).toBeLessThan(50);
  expect(lines).toContain("and 1460 more: kubelane get services -A");
  expect(lines.at(-1)).toBe(
    "  shop/s0, shop/s1, shop/s10 and 1497 more: each has 1 pod, none ready: (no image)",
  );
  await engine.close();
});

it.each([
  [[service("db", { port: 5432 }), service("web")], "web.shop"],
  [[service("cache", { name: "redis", port: 80 }), service("web", { port: 8080 })], "web.shop"],
  [[service("db", { name: "http", port: 5432 })], "db.shop"],
  [[service("db", { port: 5432 }), service("dns", { port: 80, protocol: "UDP" })], undefined],
])("the line to try names a Service that speaks HTTP (%#)", async (services, named) => {
  const engine = createEngine();
  await engine.load(services as KubernetesObject[]);
  const line = lineToTry(engine, { host: "127.0.0.1", port: 8080 }, "cluster.local");
  if (named === undefined) expect(line).toBeUndefined();
  else expect(line).toContain(`http://${named}.svc.cluster.local`);
  await engine.close();
});
