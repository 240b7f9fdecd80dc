import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { createEngine } from "../../src/engine/engine.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { request } from "../proxy/cluster.ts";
import { freePort } from "../support/free-port.ts";

const service = (name: string, spec: Record<string, unknown>, more = {}): KubernetesObject =>
  ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop", ...more },
    spec,
  }) as KubernetesObject;

const endpoints = (name: string, ready: boolean, port: number): KubernetesObject =>
  ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace: "shop", labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ port }],
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready } }],
  }) as unknown as KubernetesObject;

it("the page of an engine has its Services, links to those that speak HTTP, and what is wrong", async () => {
  const taken = await freePort();
  const holder = createServer().listen(taken, "127.96.79.1");
  await once(holder, "listening");
  await using engine = createEngine();
  await engine.load([
    service("web", { clusterIP: "10.96.79.1", ports: [{ port: taken }] }),
    endpoints("web", true, 1),
    service("db", { clusterIP: "10.96.79.2", ports: [{ port: 5432 }] }),
    endpoints("db", false, 1),
    service("api", {
      clusterIP: "10.96.79.3",
      ports: [
        { name: "http", port: 8080 },
        { name: "grpc", port: 9090 },
      ],
    }),
    service("two", {
      clusterIP: "10.96.79.4",
      ports: [
        { name: "a", port: 8080 },
        { name: "b", port: 9090 },
      ],
    }),
    service("alias", { type: "ExternalName", externalName: "example.com" }),
  ]);
  const { gateway } = await engine.listen({
    services: true,
    gateway: { listen: "127.0.0.1:0", page: { troubles: () => ["the log can't be written"] } },
  });
  const { port = 0 } = gateway ?? {};
  const headers = { host: `localhost:${port}`, accept: "application/json" };
  const { services, troubles } = JSON.parse((await request({ port, headers })).body);
  const link = (name: string) => `http://${name}.shop.localhost:${port}/`;
  expect(services).toEqual([
    { namespace: "shop", name: "alias", address: "alias of example.com", ready: 0, endpoints: 0 },
    {
      ...{ namespace: "shop", name: "api", url: link("api"), address: "10.96.79.3:8080,9090" },
      ...{ ready: 0, endpoints: 0, problem: expect.stringContaining("shop/api") },
    },
    {
      ...{ namespace: "shop", name: "db", address: "10.96.79.2:5432" },
      ...{ ready: 0, endpoints: 1, problem: expect.stringContaining("shop/db") },
    },
    {
      ...{ namespace: "shop", name: "two", address: "10.96.79.4:8080,9090" },
      ...{ ready: 0, endpoints: 0, problem: expect.stringContaining("shop/two") },
    },
    {
      ...{ namespace: "shop", name: "web", url: link("web"), address: `10.96.79.1:${taken}` },
      ...{ ready: 1, endpoints: 1 },
    },
  ]);
  expect(troubles).toEqual([
    expect.stringMatching(new RegExp(`^shop/web .* 127\\.96\\.79\\.1:${taken}: `)),
    "the log can't be written",
  ]);
  holder.close();
});

it("an engine's gateway has no page where that is off", async () => {
  await using engine = createEngine();
  const { gateway } = await engine.listen({ gateway: { listen: "127.0.0.1:0", page: false } });
  const { port = 0 } = gateway ?? {};
  expect((await request({ port, headers: { host: "localhost" } })).status).toBe(404);
});
