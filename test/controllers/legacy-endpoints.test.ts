import { describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { EndpointSubset } from "../../src/objects/endpoints.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { Store } from "../../src/store/store.ts";
import { del, type PodOptions, pod, put, service, slicesOf } from "./cluster.ts";

function cluster(...objects: readonly KubernetesObject[]) {
  const store = new Store({ controllers: standardControllers({ legacyEndpoints: true }) });
  const apply = (...more: readonly KubernetesObject[]) => store.apply(more.map(put));
  apply(...objects);
  const endpoints = () => store.get("Endpoints", "shop", "web");
  const ips = (which: "addresses" | "notReadyAddresses") =>
    (endpoints()?.subsets ?? []).flatMap((subset) => (subset[which] ?? []).map(({ ip }) => ip));
  return { store, apply, endpoints, ips };
}

const server = (n: number, more: PodOptions = {}) =>
  pod({ name: `p${n}`, ips: [`10.244.${n >> 8}.${n & 255}`], ...more });

describe("legacy Endpoints of a Service with a selector (P.2)", () => {
  it.each<[string, PodOptions, object, readonly string[], readonly string[]]>([
    ["a ready pod is an address", {}, {}, ["10.244.0.1"], []],
    ["one that is not is a notReadyAddress", { ready: false }, {}, [], ["10.244.0.1"]],
    ["one that terminates is left out", { terminating: true }, {}, [], []],
    [
      "with publishNotReadyAddresses all are addresses",
      { ready: false, terminating: true },
      { publishNotReadyAddresses: true },
      ["10.244.0.1"],
      [],
    ],
    ["one that has ended is left out", { phase: "Failed" }, {}, [], []],
  ])("%s", (_, options, spec, addresses, notReady) => {
    const { ips } = cluster(service(spec), server(1, options));
    expect(ips("addresses")).toEqual(addresses);
    expect(ips("notReadyAddresses")).toEqual(notReady);
  });

  it("say node, hostname and pod of an address, and the Service's labels", () => {
    const spec = { nodeName: "n1", hostname: "h", subdomain: "web" };
    const { endpoints } = cluster(
      service({ clusterIP: "None", ports: [{ name: "http", port: 80 }] }, { labels: { a: "b" } }),
      server(1, { spec }),
    );
    expect(endpoints()).toMatchObject({
      metadata: {
        labels: {
          a: "b",
          "endpoints.kubernetes.io/managed-by": "endpoint-controller",
          "service.kubernetes.io/headless": "",
        },
      },
      subsets: [
        {
          addresses: [
            {
              ip: "10.244.0.1",
              nodeName: "n1",
              hostname: "h",
              targetRef: { kind: "Pod", name: "p1" },
            },
          ],
          ports: [{ name: "http", port: 80, protocol: "TCP" }],
        },
      ],
    });
  });

  it("are one subset for each set of ports", () => {
    const named = (n: number, containerPort: number) =>
      server(n, {
        spec: { containers: [{ name: "c", ports: [{ name: "http", containerPort }] }] },
      });
    const { endpoints } = cluster(
      service({ ports: [{ port: 80, targetPort: "http" }] }),
      named(1, 8080),
      named(2, 9090),
      named(3, 8080),
    );
    const rows = endpoints()?.subsets?.map(({ addresses, ports }: EndpointSubset) => [
      ports?.[0]?.port,
      addresses?.length,
    ]);
    expect(rows).toEqual([
      [8080, 2],
      [9090, 1],
    ]);
  });

  it("are cut at 1000 addresses, those that are not ready first, and say so", () => {
    const pods = Array.from({ length: 1100 }, (_, i) => server(i, { ready: i >= 200 }));
    const { endpoints, ips, store } = cluster(service(), ...pods);
    expect(ips("addresses")).toHaveLength(900);
    expect(ips("notReadyAddresses")).toHaveLength(100);
    expect(endpoints()?.metadata.annotations).toEqual({
      "endpoints.kubernetes.io/over-capacity": "truncated",
    });
    store.apply(pods.slice(0, 100).map(del));
    expect(endpoints()?.metadata.annotations).toBeUndefined();
  });

  it("are of the first address family", () => {
    const { ips } = cluster(
      service({ ipFamilies: ["IPv6", "IPv4"] }),
      server(1, { ips: ["10.244.0.1", "fd00::1"] }),
    );
    expect(ips("addresses")).toEqual(["fd00::1"]);
  });

  it("come and go with the Service and its selector, and are not mirrored", () => {
    const { store, apply, endpoints } = cluster(service(), server(1));
    expect(slicesOf(store)).toHaveLength(1);
    apply(service({ selector: { app: "none" } }));
    expect(endpoints()?.subsets).toBeUndefined();
    apply(service({ selector: {} }));
    expect(endpoints()).toBeUndefined();
    apply(service());
    expect(endpoints()).toBeDefined();
    store.apply([del(service())]);
    expect(endpoints()).toBeUndefined();
  });

  it("come back when somebody writes or deletes them; of a bare Service they are left alone", () => {
    const { store, apply, ips, endpoints } = cluster(service(), server(1));
    apply({ ...endpoints()!, subsets: [] } as KubernetesObject);
    expect(ips("addresses")).toEqual(["10.244.0.1"]);
    store.apply([del(endpoints()!)]);
    expect(ips("addresses")).toEqual(["10.244.0.1"]);
    const byHand = {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name: "db", namespace: "shop" },
      subsets: [{ addresses: [{ ip: "10.0.0.9" }] }],
    };
    apply(byHand, service({ selector: {} }, { name: "db" }));
    expect(store.get("Endpoints", "shop", "db")?.subsets).toEqual(byHand.subsets);
  });
});

it("without being asked for there are none", () => {
  const store = new Store({ controllers: standardControllers() });
  store.apply([service(), server(1)].map(put));
  expect(store.count("Endpoints")).toBe(0);
});
