/**
 * The behaviours of Kubernetes' conformance and end-to-end lists (P.9) that concern objects and endpoints,
 * by their names there as far as they go.
 */
import { describe, expect, it } from "vitest";
import { apiServerObjects } from "../../src/controllers/api-server.ts";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { parseSelector } from "../../src/labels/parse.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { Service, ServiceSpec } from "../../src/objects/service.ts";
import { Store } from "../../src/store/store.ts";
import { del, delPod, endPods, pod, put, runPods, service, slicesOf, workload } from "./cluster.ts";

function cluster(...objects: readonly KubernetesObject[]) {
  const findings: Diagnostic[] = [];
  const onFinding = (finding: Diagnostic) => findings.push(finding);
  const store = new Store({ controllers: standardControllers({ onFinding, isRun: () => true }) });
  const apply = (...more: readonly KubernetesObject[]) => store.apply(more.map(put));
  apply(...objects);
  const spec = () => store.get("Service", "shop", "web")!.spec;
  const addresses = (
    test: (conditions: { ready?: boolean | null; serving?: boolean | null }) => boolean,
  ) =>
    slicesOf(store).flatMap(({ endpoints }) =>
      endpoints.filter(({ conditions = {} }) => test(conditions)).flatMap((one) => one.addresses),
    );
  return {
    store,
    apply,
    spec,
    findings,
    ready: () => addresses((c) => c.ready !== false),
    addresses,
  };
}

const external: Service = {
  ...service(),
  spec: { type: "ExternalName", externalName: "foo.example.com" },
};
const server = (n: number, more: object = {}) =>
  pod({ name: `pod${n}`, ips: [`10.244.0.${n}`], ...more });

describe("conformance: Services", () => {
  it("should provide secure master service", () => {
    const { store, apply } = cluster();
    apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kubernetes", namespace: "default" },
      spec: { ports: [{ name: "https", port: 443, targetPort: 6443 }] },
    });
    const { clusterIP } = store.get("Service", "default", "kubernetes")!.spec;
    expect(clusterIP).toBe("10.96.0.1");

    const apiServer = { host: "192.0.2.1", port: 6443 };
    const controllers = standardControllers({ apiServer });
    const served = new Store({ controllers });
    served.apply(apiServerObjects(apiServer).map(put));
    expect(served.get("Service", "default", "kubernetes")?.spec).toMatchObject({
      clusterIP: "10.96.0.1",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
    });
    expect(slicesOf(served, "kubernetes", "default")).toMatchObject([
      { endpoints: [{ addresses: ["192.0.2.1"] }], ports: [{ name: "https", port: 6443 }] },
    ]);
  });

  it("should serve a basic endpoint from pods", () => {
    const { store, apply, ready } = cluster(service());
    expect(ready()).toEqual([]);
    apply(server(1));
    expect(ready()).toEqual(["10.244.0.1"]);
    apply(server(2));
    expect(ready()).toEqual(["10.244.0.1", "10.244.0.2"]);
    store.apply([delPod("pod1")]);
    expect(ready()).toEqual(["10.244.0.2"]);
    store.apply([delPod("pod2")]);
    expect(ready()).toEqual([]);
  });

  it("should serve multiport endpoints from pods", () => {
    const named = (n: number, name: string, containerPort: number) =>
      server(n, { spec: { containers: [{ name: "c", ports: [{ name, containerPort }] }] } });
    const ports = [
      { name: "portname1", port: 80, targetPort: "foo" },
      { name: "portname2", port: 81, targetPort: "bar" },
    ];
    const { store, apply } = cluster(service({ ports }));
    const endpoints = () =>
      slicesOf(store).flatMap((slice) =>
        slice.endpoints.flatMap((one) =>
          (slice.ports ?? []).map((port) => `${port.name} ${one.addresses[0]}:${port.port}`),
        ),
      );
    apply(named(1, "foo", 100));
    expect(endpoints()).toEqual(["portname1 10.244.0.1:100"]);
    apply(named(2, "bar", 101));
    expect(endpoints()).toEqual(["portname1 10.244.0.1:100", "portname2 10.244.0.2:101"]);
    store.apply([delPod("pod1")]);
    expect(endpoints()).toEqual(["portname2 10.244.0.2:101"]);
  });

  it("should serve endpoints on same port and different protocols", () => {
    const ports = [
      { name: "tcp", port: 80, protocol: "TCP" as const },
      { name: "udp", port: 80, protocol: "UDP" as const },
    ];
    const { store, apply } = cluster(service({ ports }), server(1));
    const protocols = () => slicesOf(store).flatMap((slice) => slice.ports?.map((p) => p.protocol));
    expect(protocols()).toEqual(["TCP", "UDP"]);
    apply(service({ ports: ports.slice(0, 1) }));
    expect(protocols()).toEqual(["TCP"]);
  });

  it("should be able to create a functioning NodePort service", () => {
    const { spec, ready } = cluster(service({ type: "NodePort" }), server(1));
    expect(spec().ports?.[0]?.nodePort).toBeGreaterThanOrEqual(30000);
    expect(spec().clusterIP).toBeDefined();
    expect(ready()).toEqual(["10.244.0.1"]);
  });

  it.each(["ClusterIP", "NodePort"] as const)(
    "should be able to change the type from ExternalName to %s, and back",
    (type) => {
      const { apply, spec, ready, store } = cluster(external, server(1));
      expect(spec().clusterIP).toBeUndefined();
      expect(slicesOf(store)).toEqual([]);
      apply(service({ type }));
      expect(spec().clusterIP).toBeDefined();
      expect(ready()).toEqual(["10.244.0.1"]);
      apply(external);
      expect(spec()).toEqual(external.spec);
      expect(slicesOf(store)).toEqual([]);
    },
  );

  it.each([
    ["ClientIP", "None"],
    ["None", "ClientIP"],
  ] as const)("should be able to switch session affinity from %s to %s", (before, after) => {
    const { apply, spec, ready } = cluster(service({ sessionAffinity: before }), server(1));
    const { clusterIP } = spec();
    apply(service({ sessionAffinity: after }));
    expect(spec()).toMatchObject({ sessionAffinity: after, clusterIP });
    expect(ready()).toEqual(["10.244.0.1"]);
  });

  it("should find a service from listing all namespaces", () => {
    const { store } = cluster(service(), service({}, { namespace: "bank" }));
    expect(store.list("Service").map(({ metadata }) => metadata.namespace)).toEqual([
      "shop",
      "bank",
    ]);
  });

  it("should delete a collection of services", () => {
    const make = (name: string, test: string) => service({}, { name, labels: { test } });
    const { store } = cluster(make("a", "yes"), make("b", "yes"), make("c", "no"));
    const found = store.list("Service", {
      namespace: "shop",
      labelSelector: parseSelector("test=yes"),
    });
    store.apply(found.map(del));
    expect(store.list("Service").map(({ metadata }) => metadata.name)).toEqual(["c"]);
    expect(store.list("EndpointSlice.discovery.k8s.io")).toHaveLength(1);
  });

  it("should complete a service status lifecycle", () => {
    const { store } = cluster(service());
    const seen: string[] = [];
    store.watch("Service", {}, (event) => seen.push(event.type));
    const key = { kind: "Service", namespace: "shop", name: "web" };
    const status = { loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } };
    store.apply([{ op: "status", key, status }]);
    expect(store.get("Service", "shop", "web")?.status).toEqual(status);
    store.apply([put(service({ ports: [{ port: 81 }] }))]);
    expect(store.get("Service", "shop", "web")?.status).toEqual(status);
    store.apply([{ op: "delete", key }]);
    expect(seen).toEqual(["ADDED", "BOOKMARK", "MODIFIED", "MODIFIED", "DELETED"]);
  });

  it("should test the lifecycle of an Endpoint", () => {
    const endpoints = (ip: string): KubernetesObject & { subsets: unknown } => ({
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "web", namespace: "shop" },
      subsets: [{ addresses: [{ ip }], ports: [{ name: "http", port: 80 }] }],
    });
    const { store, apply, ready } = cluster(service({ selector: {} }), endpoints("10.0.0.24"));
    expect(ready()).toEqual(["10.0.0.24"]);
    apply(endpoints("10.0.0.25"));
    expect(ready()).toEqual(["10.0.0.25"]);
    store.apply([del(endpoints(""))]);
    expect(ready()).toEqual([]);
  });
});

describe("conformance: EndpointSlice and EndpointSliceMirroring", () => {
  it("should create and delete EndpointSlices for a Service with a selector", () => {
    const { store } = cluster(service(), server(1));
    expect(slicesOf(store)).toHaveLength(1);
    store.apply([del(service())]);
    expect(slicesOf(store)).toEqual([]);
  });

  it("should create EndpointSlices for Pods matching a Service", () => {
    const { store, ready } = cluster(
      service({ publishNotReadyAddresses: true }),
      server(1, { ready: false }),
    );
    expect(ready()).toEqual(["10.244.0.1"]);
    expect(slicesOf(store)[0]?.endpoints[0]?.targetRef).toMatchObject({
      kind: "Pod",
      name: "pod1",
    });
  });

  it("should support a Service with multiple ports specified in multiple EndpointSlices", () => {
    const slice = (name: string, port: number, ip: string): KubernetesObject => {
      const labels = { "kubernetes.io/service-name": "web" };
      const object = {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name, namespace: "shop", labels },
        addressType: "IPv4",
        endpoints: [{ addresses: [ip] }],
        ports: [{ name, port }],
      };
      return object;
    };
    const { store } = cluster(
      service({ selector: {} }),
      slice("a", 8090, "10.0.0.1"),
      slice("b", 9090, "10.0.0.2"),
    );
    expect(slicesOf(store)).toHaveLength(2);
  });

  it("should support creating EndpointSlice API operations", () => {
    const slice = (name: string, ip: string): KubernetesObject => {
      const object = {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name, namespace: "shop", labels: { "special-label": "yes" } },
        addressType: "IPv4",
        endpoints: [{ addresses: [ip] }],
      };
      return object;
    };
    const { store, apply } = cluster();
    const seen: string[] = [];
    const kind = "EndpointSlice.discovery.k8s.io";
    const labelSelector = parseSelector("special-label=yes");
    store.watch(kind, { labelSelector }, (event) => {
      if (event.type !== "BOOKMARK") seen.push(`${event.type} ${event.object.metadata.name}`);
    });
    apply(slice("a", "10.0.0.1"), slice("b", "10.0.0.2"));
    expect(store.list(kind, { namespace: "shop", labelSelector })).toHaveLength(2);
    apply(slice("a", "10.0.0.3"));
    expect(store.get(kind, "shop", "a")).toMatchObject({
      endpoints: [{ addresses: ["10.0.0.3"] }],
    });
    store.apply(store.list(kind, { labelSelector }).map(del));
    expect(store.list(kind)).toEqual([]);
    expect(seen).toEqual(["ADDED a", "ADDED b", "MODIFIED a", "DELETED a", "DELETED b"]);
  });

  it("should mirror a custom Endpoints resource through create update and delete", () => {
    const endpoints = (ip: string): KubernetesObject & { subsets: unknown } => ({
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "web", namespace: "shop" },
      subsets: [{ addresses: [{ ip }], ports: [{ name: "example", port: 80 }] }],
    });
    const { store, apply } = cluster(service({ selector: {} }));
    apply(endpoints("10.1.2.3"));
    const [slice] = slicesOf(store);
    expect(slice?.metadata.labels).toMatchObject({
      "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    });
    apply(endpoints("10.2.3.4"));
    expect(slicesOf(store)).toMatchObject([
      { metadata: { name: slice?.metadata.name }, endpoints: [{ addresses: ["10.2.3.4"] }] },
    ]);
    store.apply([del(endpoints(""))]);
    expect(slicesOf(store)).toEqual([]);
  });

  it("should mirror a custom Endpoint with multiple subsets and same IP address", () => {
    const subsets = [1, 2].map((n) => ({
      addresses: [{ ip: "10.0.0.1" }],
      ports: [{ name: `p${n}`, port: 8080 + n }],
    }));
    const metadata = { name: "web", namespace: "shop" };
    const endpoints = { apiVersion: "v1", kind: "Endpoints", metadata, subsets };
    const { store } = cluster(service({ selector: {} }), endpoints);
    expect(slicesOf(store).map(({ ports }) => ports?.[0]?.name)).toEqual(["p1", "p2"]);
  });
});

describe("end to end, not conformance", () => {
  it("should be able to up and down services", () => {
    const names = ["up-down-1", "up-down-2"];
    const { store, apply } = cluster(
      ...names.map((name) => service({ selector: { app: name } }, { name })),
    );
    for (const app of names) {
      apply(
        workload(
          "v1",
          "ReplicationController",
          {
            replicas: 3,
            selector: { app },
            template: { metadata: { labels: { app } }, spec: { containers: [] } },
          },
          { name: app },
        ),
      );
    }
    runPods(store);
    const sizes = () => names.map((name) => slicesOf(store, name)[0]?.endpoints.length);
    expect(sizes()).toEqual([3, 3]);
    store.apply([
      { op: "delete", key: { kind: "ReplicationController", namespace: "shop", name: names[0]! } },
    ]);
    expect(sizes()).toEqual([0, 3]);
  });

  it("should have no ready endpoint for evicted pods", () => {
    const { store, ready } = cluster(service(), server(1));
    endPods(store, ["pod1"], "Failed");
    expect(ready()).toEqual([]);
    expect(slicesOf(store)).toHaveLength(1);
  });

  it("should prevent NodePort collisions", () => {
    const ports = [{ port: 80, nodePort: 30080 }];
    const { store, findings } = cluster(
      service({ type: "NodePort", ports }),
      service({ type: "NodePort", ports }, { name: "other" }),
    );
    expect(findings).toMatchObject([{ rule: "node-port-taken", object: "Service shop/other" }]);
    expect(store.get("Service", "shop", "other")?.spec.ports?.[0]?.nodePort).toBeUndefined();
  });

  it("should check NodePort out-of-range", () => {
    const { findings } = cluster(
      service({ type: "NodePort", ports: [{ port: 80, nodePort: 32768 }] }),
    );
    expect(findings).toMatchObject([{ rule: "node-port-outside" }]);
  });

  it("should release NodePorts on delete", () => {
    const fixed: ServiceSpec = { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] };
    const { store, findings } = cluster(service(fixed));
    store.apply([del(service())]);
    store.apply([put(service(fixed, { name: "other" }))]);
    expect(findings).toEqual([]);
  });

  it("should be able to update service type to NodePort listening on same port number but different protocols", () => {
    const tcp = { name: "tcp-port", port: 80, protocol: "TCP" as const };
    const udp = { name: "udp-port", port: 80, protocol: "UDP" as const };
    const { apply, spec, findings } = cluster(service({ ports: [tcp] }));
    const { clusterIP } = spec();
    apply(service({ type: "NodePort", ports: [tcp, udp] }));
    const [first, second] = spec().ports ?? [];
    expect(first?.nodePort).toBeDefined();
    expect(second?.nodePort).toBe(first?.nodePort);
    expect(spec().clusterIP).toBe(clusterIP);
    expect(findings).toEqual([]);
  });

  it.each([
    ["service-proxy-name", "service.kubernetes.io/service-proxy-name", "foo"],
    ["headless", "service.kubernetes.io/headless", ""],
  ])(
    "should implement service.kubernetes.io/%s: it is balanced by somebody else, and has all the rest",
    (_, label, value) => {
      const { store, spec, ready, apply } = cluster(
        service({}, { labels: { [label]: value } }),
        server(1),
      );
      expect(spec().clusterIP).toBeDefined();
      expect(ready()).toEqual(["10.244.0.1"]);
      const address = spec().clusterIP;
      apply(service());
      expect(spec().clusterIP).toBe(address);
      expect(slicesOf(store)[0]?.metadata.labels).not.toHaveProperty([label]);
    },
  );

  it("should have no endpoint, and one slice that says so, when no pods exist", () => {
    const { store, ready } = cluster(service());
    expect(ready()).toEqual([]);
    expect(slicesOf(store)).toMatchObject([{ endpoints: [], ports: [] }]);
  });

  it("should create endpoints for unready pods", () => {
    const { apply, ready, addresses } = cluster(service(), server(1, { ready: false }));
    expect(ready()).toEqual([]);
    expect(addresses(() => true)).toEqual(["10.244.0.1"]);
    apply(service({ publishNotReadyAddresses: true }));
    expect(ready()).toEqual(["10.244.0.1"]);
    apply(service());
    expect(ready()).toEqual([]);
  });

  it("should be able to fall back to terminating endpoints: they serve and are not ready", () => {
    const { ready, addresses } = cluster(service(), server(1, { terminating: true }));
    expect(ready()).toEqual([]);
    expect(addresses(({ serving }) => serving === true)).toEqual(["10.244.0.1"]);
  });

  it("should serve a port of a restartable init container", () => {
    const initContainers = [
      { name: "sidecar", restartPolicy: "Always", ports: [{ name: "http", containerPort: 8080 }] },
    ];
    const { store } = cluster(
      service({ ports: [{ port: 80, targetPort: "http" }] }),
      server(1, { spec: { initContainers } }),
    );
    expect(slicesOf(store)[0]?.ports).toMatchObject([{ port: 8080 }]);
  });

  it("should keep an externalIP that is assigned to no node", () => {
    const { spec, findings } = cluster(service({ externalIPs: ["203.0.113.250"] }));
    expect(spec().externalIPs).toEqual(["203.0.113.250"]);
    expect(findings).toEqual([]);
  });
});
