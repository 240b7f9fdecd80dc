import { describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { EndpointSubset, Endpoints } from "../../src/objects/endpoints.ts";
import type { KubernetesObject, StringMap } from "../../src/objects/object.ts";
import type { Service } from "../../src/objects/service.ts";
import { Store } from "../../src/store/store.ts";
import { del, pod, put, service, slicesOf } from "./cluster.ts";

const bare: Service = service({ selector: {} });
const endpoints = (
  subsets: readonly EndpointSubset[] = [
    { addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 5432 }] },
  ],
  labels?: StringMap,
  annotations?: StringMap,
): Endpoints => ({
  apiVersion: "v1",
  kind: "Endpoints",
  metadata: {
    name: "web",
    namespace: "shop",
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  },
  subsets,
});

function storeWith(...objects: readonly KubernetesObject[]): Store {
  const store = new Store({ controllers: standardControllers() });
  store.apply(objects.map(put));
  return store;
}

describe("hand-written Endpoints (P.2)", () => {
  it("become a slice of their Service, in any order", () => {
    for (const objects of [
      [bare, endpoints()],
      [endpoints(), bare],
    ]) {
      const store = storeWith();
      for (const object of objects) store.apply([put(object)]);
      const [slice, ...others] = slicesOf(store);
      expect(others).toEqual([]);
      expect(slice).toMatchObject({
        metadata: {
          labels: {
            "kubernetes.io/service-name": "web",
            "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
          },
          ownerReferences: [{ kind: "Endpoints", name: "web", controller: true }],
        },
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
        ports: [{ name: "", port: 5432, protocol: "TCP" }],
      });
    }
  });

  it("hand on their annotations, but not those about themselves, and follow them", () => {
    const own = {
      "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z",
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
    };
    const store = storeWith(bare, endpoints(undefined, undefined, { ...own, note: "a" }));
    const annotations = () => slicesOf(store).map(({ metadata }) => metadata.annotations);
    expect(annotations()).toEqual([{ note: "a" }]);
    store.apply([put(endpoints(undefined, undefined, { ...own, note: "b" }))]);
    expect(annotations()).toEqual([{ note: "b" }]);
    store.apply([put(endpoints())]);
    expect(annotations()).toEqual([undefined]);
  });

  it("keep hostname, node and target, and say who is not ready", () => {
    const full = {
      ip: "10.0.0.1",
      hostname: "db-0",
      nodeName: "n1",
      targetRef: { kind: "Pod", name: "p" },
    };
    const { ip: _, ...rest } = full;
    const store = storeWith(
      bare,
      endpoints([{ addresses: [full], notReadyAddresses: [{ ip: "10.0.0.2" }], ports: [] }]),
    );
    expect(slicesOf(store)[0]?.endpoints).toEqual([
      { addresses: ["10.0.0.1"], conditions: { ready: true }, ...rest },
      { addresses: ["10.0.0.2"], conditions: { ready: false } },
    ]);
  });

  it("make one slice per family and set of ports", () => {
    const store = storeWith(
      bare,
      endpoints([
        { addresses: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }], ports: [{ port: 1 }] },
        { addresses: [{ ip: "10.0.0.2" }], ports: [{ port: 2 }] },
        { addresses: [{ ip: "10.0.0.3" }], ports: [{ port: 1 }] },
      ]),
    );
    const found = slicesOf(store).map(({ addressType, ports, endpoints: all }) => [
      addressType,
      ports?.[0]?.port,
      all.map(({ addresses }) => addresses[0]),
    ]);
    expect(found).toEqual([
      ["IPv4", 1, ["10.0.0.1", "10.0.0.3"]],
      ["IPv6", 1, ["fd00::1"]],
      ["IPv4", 2, ["10.0.0.2"]],
    ]);
  });

  it("are cut at 1000 addresses per subset, those that are not ready first", () => {
    const ips = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        ip: `10.1.${(from + i) >> 8}.${(from + i) & 255}`,
      }));
    const store = storeWith(
      bare,
      endpoints([
        { addresses: ips(0, 900), notReadyAddresses: ips(900, 300), ports: [{ port: 1 }] },
      ]),
    );
    const all = slicesOf(store).flatMap((slice) => slice.endpoints);
    expect(all).toHaveLength(1000);
    expect(all.filter(({ conditions }) => conditions?.ready)).toHaveLength(900);
  });

  it.each([
    ["their Service has a selector", [service(), endpoints()]],
    ["there is no Service", [endpoints()]],
    [
      "they are labelled skip-mirror",
      [bare, endpoints(undefined, { "endpointslice.kubernetes.io/skip-mirror": "true" })],
    ],
    [
      "they are a leader's lock",
      [bare, endpoints(undefined, undefined, { "control-plane.alpha.kubernetes.io/leader": "{}" })],
    ],
  ])("are not mirrored when %s", (_, objects) => {
    const mirrored = slicesOf(storeWith(...objects)).filter(({ metadata }) =>
      metadata.labels?.["endpointslice.kubernetes.io/managed-by"]?.includes("mirroring"),
    );
    expect(mirrored).toEqual([]);
  });

  it("are followed with one write a change, and forgotten when they go", () => {
    const store = storeWith(bare, endpoints());
    const [before] = slicesOf(store);
    const changes = store.apply([
      put(endpoints([{ addresses: [{ ip: "10.0.0.9" }], ports: [{ port: 5432 }] }])),
    ]);
    expect(changes.map(({ kind, type }) => `${type} ${kind}`)).toEqual([
      "modified Endpoints",
      "modified EndpointSlice.discovery.k8s.io",
    ]);
    expect(slicesOf(store)[0]?.metadata.name).toBe(before?.metadata.name);
    store.apply([del(endpoints())]);
    expect(slicesOf(store)).toEqual([]);
  });

  it("give way when their Service gets a selector, and come back without one", () => {
    const store = storeWith(bare, endpoints(), pod());
    store.apply([put(service())]);
    const targets = () =>
      slicesOf(store).flatMap((slice) => slice.endpoints.map(({ addresses }) => addresses[0]));
    expect(targets()).toEqual(["10.244.0.1"]);
    store.apply([put(bare)]);
    expect(targets()).toEqual(["10.0.0.1"]);
  });

  it("out of a dump that has their slices already make no others", () => {
    const first = storeWith(bare, endpoints());
    const dump = ["Service", "Endpoints", "EndpointSlice.discovery.k8s.io"].flatMap((kind) =>
      first.list(kind),
    );
    const second = storeWith(...dump);
    expect(slicesOf(second).map(({ metadata }) => metadata.uid)).toEqual(
      slicesOf(first).map(({ metadata }) => metadata.uid),
    );
  });
});
