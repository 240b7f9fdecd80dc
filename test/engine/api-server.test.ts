import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { ApiServerAddressError } from "../../src/engine/api-server.ts";
import { createEngine, type KubernetesObject } from "../../src/index.ts";

const SLICE = "EndpointSlice.discovery.k8s.io";
const key = (kind: string, name = "kubernetes") => ({ kind, namespace: "default", name });

const service = (spec: object): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "kubernetes", namespace: "default" },
  spec: { ports: [{ name: "https", port: 443, targetPort: 6443 }], ...spec },
});

const endpoints = (ip: string): KubernetesObject =>
  ({
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "kubernetes", namespace: "default" },
    subsets: [{ addresses: [{ ip }], ports: [{ name: "https", port: 6443 }] }],
  }) as KubernetesObject;

function addressesOf(engine: ReturnType<typeof createEngine>): string[] {
  return engine.store
    .list(SLICE, { namespace: "default" })
    .flatMap((slice) => slice.endpoints)
    .flatMap((endpoint) => endpoint.addresses);
}

describe("an engine that knows where an API server runs", () => {
  it("publishes it as a cluster's would itself, from the start", async () => {
    await using engine = createEngine({ apiServer: "127.0.0.1:6443" });
    const { store } = engine;
    const found = store.get("Service", "default", "kubernetes");
    expect(found?.metadata.labels).toEqual({ component: "apiserver", provider: "kubernetes" });
    expect(found?.spec).toEqual({
      type: "ClusterIP",
      clusterIP: "10.96.0.1",
      clusterIPs: ["10.96.0.1"],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
      sessionAffinity: "None",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
    });
    const ports = [{ name: "https", port: 6443, protocol: "TCP" }];
    expect(store.get("Endpoints", "default", "kubernetes")).toMatchObject({
      metadata: { labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
      subsets: [{ addresses: [{ ip: "127.0.0.1" }], ports }],
    });
    expect(store.list(SLICE)).toMatchObject([
      {
        metadata: { name: "kubernetes", labels: { "kubernetes.io/service-name": "kubernetes" } },
        addressType: "IPv4",
        endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
        ports,
      },
    ]);
    const { answers } = engine.resolve("kubernetes.default.svc.cluster.local");
    expect(answers).toMatchObject([{ data: "10.96.0.1" }]);
  });

  it("leads there", async () => {
    const server = createServer((_, response) => response.end("v1.36.0")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await using engine = createEngine({ apiServer: `localhost:${port}` });
    const asked = request("http://kubernetes.default:443/version", { agent: engine.agent() });
    asked.end();
    const [response] = await once(asked, "response");
    let body = "";
    for await (const chunk of response) body += chunk;
    expect(body).toBe("v1.36.0");
    server.close();
  });

  it("has it under the first IPv6 address when it is reached by one", async () => {
    await using engine = createEngine({
      apiServer: "[fd00::5]:6443",
      serviceRanges: ["10.96.0.0/12", "fd00:10:96::/112"],
    });
    const { answers } = engine.resolve("kubernetes.default.svc.cluster.local", "AAAA");
    expect(answers).toMatchObject([{ data: "fd00:10:96::1" }]);
    expect(addressesOf(engine)).toEqual(["fd00::5"]);
  });

  it("brings back what is deleted, as an API server does", async () => {
    await using engine = createEngine({ apiServer: "127.0.0.1:6443" });
    for (const kind of ["Service", "Endpoints", SLICE]) {
      engine.store.apply([{ op: "delete", key: key(kind) }]);
      expect(engine.store.get(kind, "default", "kubernetes")).toBeDefined();
    }
    expect(engine.store.get("Service", "default", "kubernetes")?.spec.clusterIP).toBe("10.96.0.1");
  });

  const slice = (name: string, ip: string): KubernetesObject =>
    ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name,
        namespace: "default",
        labels: { "kubernetes.io/service-name": "kubernetes" },
      },
      addressType: "IPv4",
      endpoints: [{ addresses: [ip] }],
      ports: [{ name: "https", port: 6443, protocol: "TCP" }],
    }) as KubernetesObject;

  it.each([
    ["Endpoints", "Endpoints", "kubernetes", endpoints("192.0.2.7"), ["192.0.2.7"]],
    ["an EndpointSlice", SLICE, "kubernetes", slice("kubernetes", "192.0.2.7"), ["192.0.2.7"]],
    ["a slice of another name", SLICE, "mine", slice("mine", "192.0.2.7"), ["192.0.2.7"]],
    ["a selector", "Service", "kubernetes", service({ selector: { app: "api" } }), []],
  ])("gives way to %s of the manifests, and comes back after", async (_, kind, name, own, ips) => {
    await using engine = createEngine({ apiServer: "127.0.0.1:6443" });
    await engine.load(own);
    expect(addressesOf(engine)).toEqual(ips);
    engine.store.apply([{ op: "delete", key: key(kind, name) }]);
    expect(addressesOf(engine)).toEqual(["127.0.0.1"]);
  });

  it("keeps its endpoints behind a Service that comes without any", async () => {
    await using engine = createEngine({ apiServer: "127.0.0.1:6443" });
    await engine.load({ ...service({}), metadata: { name: "kubernetes", uid: "of-a-dump" } });
    expect(addressesOf(engine)).toEqual(["127.0.0.1"]);
  });

  it.each(["api.example.com:6443", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "::1:6443", ""])(
    "refuses %j",
    (apiServer) => {
      expect(() => createEngine({ apiServer })).toThrow(ApiServerAddressError);
    },
  );
});

describe("an engine that knows of no API server", () => {
  it("makes nothing", async () => {
    await using engine = createEngine();
    await engine.load(endpoints("192.0.2.7"));
    expect(engine.store.get("Service", "default", "kubernetes")).toBeUndefined();
    expect(engine.store.list(SLICE)).toEqual([]);
  });

  it.each([
    "kubernetes.default",
    "kubernetes.default.svc",
    "Kubernetes.Default.SVC.cluster.local",
    "_https._tcp.kubernetes.default.svc.cluster.local",
  ])("says so of %s, and how to name one", async (name) => {
    await using engine = createEngine();
    const { reason, hints } = engine.dns.explain(name);
    expect(reason).toBe("no API server runs here, so there is no Service default/kubernetes");
    expect(hints.join()).toContain("--api-server ADDRESS:PORT");
  });

  it.each(["kubernetes.other.svc.cluster.local", "mykubernetes.default.svc.cluster.local"])(
    "says nothing of it for %s",
    async (name) => {
      await using engine = createEngine();
      await engine.load(service({}));
      expect(engine.dns.explain(name).reason).not.toContain("API server");
    },
  );
});
