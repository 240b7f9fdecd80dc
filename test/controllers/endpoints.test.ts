import { describe, expect, it } from "vitest";
import { createEndpointController } from "../../src/controllers/endpoints.ts";
import { createGarbageCollector } from "../../src/controllers/garbage-collection.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { ServicePort, ServiceSpec } from "../../src/objects/service.ts";
import type { Operation } from "../../src/store/operation.ts";
import { Store } from "../../src/store/store.ts";
import {
  del,
  delPod,
  node,
  type PodOptions,
  pod,
  podStatus,
  put,
  service,
  slicesOf,
} from "./cluster.ts";

function newStore(): Store {
  return new Store({ controllers: [createEndpointController(), createGarbageCollector()] });
}

function storeWith(...objects: readonly KubernetesObject[]): Store {
  const store = newStore();
  store.apply(objects.map(put));
  return store;
}

/** The only endpoint of the Service, if there is one. */
function endpointOf(store: Store): Endpoint | undefined {
  const endpoints = slicesOf(store).flatMap((slice) => slice.endpoints);
  expect(endpoints.length).toBeLessThan(2);
  return endpoints[0];
}

const ready = { ready: true, serving: true, terminating: false };
const unready = { ready: false, serving: false, terminating: false };

describe("a pod of a Service (P.2)", () => {
  const cases: {
    readonly rule: string;
    readonly pod?: PodOptions;
    readonly spec?: ServiceSpec;
    readonly endpoint: object | undefined;
  }[] = [
    { rule: "is an endpoint", endpoint: { addresses: ["10.244.0.1"], conditions: ready } },
    {
      rule: "without the labels is none",
      pod: { labels: { app: "other" } },
      endpoint: undefined,
    },
    {
      rule: "with part of the labels is none",
      spec: { selector: { app: "web", tier: "front" } },
      endpoint: undefined,
    },
    { rule: "in another namespace is none", pod: { namespace: "bank" }, endpoint: undefined },
    { rule: "that succeeded is none", pod: { phase: "Succeeded" }, endpoint: undefined },
    { rule: "that failed is none", pod: { phase: "Failed" }, endpoint: undefined },
    { rule: "without an address is none", pod: { ips: [] }, endpoint: undefined },
    {
      rule: "that is Pending counts as not ready",
      pod: { phase: "Pending", ready: false },
      endpoint: { conditions: unready },
    },
    {
      rule: "that is not ready counts as not ready",
      pod: { ready: false },
      endpoint: { conditions: unready },
    },
    {
      rule: "that terminates and is ready serves, and is not ready",
      pod: { terminating: true },
      endpoint: { conditions: { ready: false, serving: true, terminating: true } },
    },
    {
      rule: "that terminates and is not ready does not serve",
      pod: { terminating: true, ready: false },
      endpoint: { conditions: { ready: false, serving: false, terminating: true } },
    },
    {
      rule: "is ready in any case with publishNotReadyAddresses",
      spec: { publishNotReadyAddresses: true },
      pod: { ready: false },
      endpoint: { conditions: { ready: true, serving: false, terminating: false } },
    },
    {
      rule: "is ready though terminating with publishNotReadyAddresses",
      spec: { publishNotReadyAddresses: true },
      pod: { terminating: true },
      endpoint: { conditions: { ready: true, serving: true, terminating: true } },
    },
    {
      rule: "has the addresses of the Service's family only",
      pod: { ips: ["fd00::1", "10.244.0.1"] },
      endpoint: { addresses: ["10.244.0.1"] },
    },
    {
      rule: "without an address of the family is none",
      pod: { ips: ["fd00::1"] },
      endpoint: undefined,
    },
    {
      rule: "has a hostname when its subdomain is the Service",
      pod: { spec: { hostname: "web-0", subdomain: "web" } },
      endpoint: { hostname: "web-0" },
    },
    {
      rule: "has no hostname when its subdomain is another",
      pod: { spec: { hostname: "web-0", subdomain: "db" } },
      endpoint: { hostname: undefined },
    },
    {
      rule: "has no hostname when it names none",
      pod: { spec: { subdomain: "web" } },
      endpoint: { hostname: undefined },
    },
    {
      rule: "says on which node it is",
      pod: { spec: { nodeName: "n1" } },
      endpoint: { nodeName: "n1" },
    },
    {
      rule: "refers to its Pod",
      endpoint: { targetRef: { kind: "Pod", namespace: "shop", name: "web-1" } },
    },
    { rule: "is none for an empty selector", spec: { selector: {} }, endpoint: undefined },
    {
      rule: "is none for an ExternalName",
      spec: { type: "ExternalName", externalName: "example.com" },
      endpoint: undefined,
    },
  ];
  it.each(cases)("$rule", ({ pod: options, spec, endpoint }) => {
    const expected = (found: Endpoint | undefined) => {
      if (endpoint === undefined) expect(found).toBeUndefined();
      else expect({ hostname: undefined, ...found }).toMatchObject(endpoint);
    };
    expected(endpointOf(storeWith(service(spec), pod(options))));
    // In any order, and one after the other.
    const store = storeWith(pod(options));
    store.apply([put(service(spec))]);
    expected(endpointOf(store));
    const late = storeWith(service(spec), pod({ ...options, ready: false, labels: {} }));
    late.apply([put(pod(options))]);
    expected(endpointOf(late));
  });

  it("is none without a selector, and such a Service gets no slice", () => {
    const { selector: _, ...spec } = service().spec;
    const store = storeWith({ ...service(), spec }, pod());
    expect(slicesOf(store)).toEqual([]);
  });
});

describe("nodes (P.2)", () => {
  const onNode = pod({ spec: { nodeName: "n1" } });

  it("an unknown node leaves a pod out until it is known", () => {
    const store = storeWith(node("n2"), service(), onNode);
    expect(endpointOf(store)).toBeUndefined();
    store.apply([put(node("n1"))]);
    expect(endpointOf(store)).toMatchObject({ nodeName: "n1" });
    store.apply([del(node("n1"))]);
    expect(endpointOf(store)).toBeUndefined();
  });

  it("an unknown node does not matter with publishNotReadyAddresses", () => {
    const store = storeWith(node("n2"), service({ publishNotReadyAddresses: true }), onNode);
    expect(endpointOf(store)).toMatchObject({ nodeName: "n1" });
  });

  it("no node is unknown as long as there are none", () => {
    expect(endpointOf(storeWith(service(), onNode))).toMatchObject({ nodeName: "n1" });
  });

  it("a pod that is on none is not left out", () => {
    expect(endpointOf(storeWith(node("n2"), service(), pod()))).toBeDefined();
  });

  it("the zone is the node's, and follows it", () => {
    const store = storeWith(node("n1", "a"), service(), onNode);
    expect(endpointOf(store)).toMatchObject({ zone: "a" });
    store.apply([put(node("n1", "b"))]);
    expect(endpointOf(store)).toMatchObject({ zone: "b" });
    store.apply([put(node("n1"))]);
    expect(endpointOf(store)?.zone).toBeUndefined();
  });
});

describe("ports (P.2)", () => {
  const containers = [
    { name: "a", ports: [{ name: "http", containerPort: 8080 }] },
    {
      name: "b",
      ports: [
        { name: "http", containerPort: 9090 },
        { name: "dns", containerPort: 53, protocol: "UDP" as const },
      ],
    },
  ];
  const initContainers = [
    { name: "i", ports: [{ name: "once", containerPort: 1 }] },
    {
      name: "s",
      restartPolicy: "Always" as const,
      ports: [
        { name: "side", containerPort: 15000 },
        { name: "http", containerPort: 1 },
      ],
    },
  ];
  const cases: {
    readonly rule: string;
    readonly port: ServicePort;
    readonly found: Partial<EndpointPort> | undefined;
  }[] = [
    { rule: "a number stands", port: { port: 80, targetPort: 8080 }, found: { port: 8080 } },
    { rule: "none is the port itself", port: { port: 80 }, found: { port: 80 } },
    { rule: "0 is none", port: { port: 80, targetPort: 0 }, found: { port: 80 } },
    { rule: "an empty name is none", port: { port: 80, targetPort: "" }, found: { port: 80 } },
    {
      rule: "a name is the first container's",
      port: { port: 80, targetPort: "http" },
      found: { port: 8080, protocol: "TCP" },
    },
    {
      rule: "a name counts with its protocol",
      port: { port: 53, targetPort: "dns", protocol: "UDP" },
      found: { port: 53, protocol: "UDP" },
    },
    {
      rule: "a name of another protocol is none",
      port: { port: 53, targetPort: "dns" },
      found: undefined,
    },
    {
      rule: "a sidecar's name counts",
      port: { port: 80, targetPort: "side" },
      found: { port: 15000 },
    },
    {
      rule: "another init container's does not",
      port: { port: 80, targetPort: "once" },
      found: undefined,
    },
    { rule: "an unknown name is none", port: { port: 80, targetPort: "x" }, found: undefined },
    {
      rule: "name and appProtocol are the Service's",
      port: { name: "web", port: 80, appProtocol: "h2c" },
      found: { name: "web", port: 80, appProtocol: "h2c" },
    },
    { rule: "an unnamed one has the empty name", port: { port: 80 }, found: { name: "" } },
  ];
  it.each(cases)("targetPort: $rule", ({ port, found }) => {
    const [slice, ...others] = slicesOf(
      storeWith(service({ ports: [port] }), pod({ spec: { containers, initContainers } })),
    );
    expect(others).toEqual([]);
    expect(slice?.endpoints).toHaveLength(1);
    if (found === undefined) expect(slice?.ports).toEqual([]);
    else expect(slice?.ports?.[0]).toMatchObject(found);
  });

  const named = (name: string, ip: string, containerPort: number) =>
    pod({
      name,
      ips: [ip],
      spec: { containers: [{ name: "c", ports: [{ name: "http", containerPort }] }] },
    });

  it("pods whose named port differs are in different slices", () => {
    const store = storeWith(
      service({ ports: [{ port: 80, targetPort: "http" }] }),
      named("a", "10.244.0.1", 8080),
      named("b", "10.244.0.2", 9090),
      named("c", "10.244.0.3", 8080),
    );
    const groups = slicesOf(store).map(({ ports, endpoints }) => [
      ports?.[0]?.port,
      endpoints.map(({ targetRef }) => targetRef?.name),
    ]);
    expect(groups).toEqual([
      [8080, ["a", "c"]],
      [9090, ["b"]],
    ]);
  });

  it("a name that is not found drops that port for that pod only", () => {
    const store = storeWith(
      service({
        ports: [
          { name: "web", port: 80, targetPort: "http" },
          { name: "metrics", port: 9100 },
        ],
      }),
      named("a", "10.244.0.1", 8080),
      pod({ name: "b", ips: ["10.244.0.2"] }),
    );
    const names = slicesOf(store).map(({ ports }) => ports?.map(({ name }) => name));
    expect(names).toEqual([["web", "metrics"], ["metrics"]]);
  });

  it("a pod whose port changes moves to the other group", () => {
    const store = storeWith(
      service({ ports: [{ port: 80, targetPort: "http" }] }),
      named("a", "10.244.0.1", 8080),
    );
    const [before] = slicesOf(store);
    store.apply([put(named("a", "10.244.0.1", 9090))]);
    const [after, ...others] = slicesOf(store);
    expect(others).toEqual([]);
    expect(after).toMatchObject({ ports: [{ port: 9090 }], endpoints: [{}] });
    expect(after?.metadata.name).toBe(before?.metadata.name);
  });

  it("a headless Service without ports has addresses and no ports", () => {
    const store = storeWith(service({ clusterIP: "None", ports: [] }), pod());
    expect(slicesOf(store)).toMatchObject([{ ports: [], endpoints: [{}] }]);
  });

  it("the same number on TCP and UDP is two ports", () => {
    const store = storeWith(
      service({
        ports: [
          { name: "a", port: 53, protocol: "TCP" },
          { name: "b", port: 53, protocol: "UDP" },
        ],
      }),
      pod(),
    );
    expect(slicesOf(store)[0]?.ports?.map(({ protocol }) => protocol)).toEqual(["TCP", "UDP"]);
  });
});

describe("a slice (P.2)", () => {
  it("is there without any endpoint, and then has neither endpoints nor ports", () => {
    const store = storeWith(service());
    expect(slicesOf(store)).toMatchObject([{ endpoints: [], ports: [], addressType: "IPv4" }]);
  });

  it("carries the Service's labels and its own, belongs to the Service and is named after it", () => {
    const labelled = service({}, { labels: { team: "a", "kubernetes.io/service-name": "liar" } });
    const store = storeWith(labelled, pod());
    const [slice] = slicesOf(store);
    expect(slice?.metadata.labels).toEqual({
      team: "a",
      "kubernetes.io/service-name": "web",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    });
    expect(slice?.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const { uid } = store.get("Service", "shop", "web")!.metadata;
    expect(slice?.metadata.ownerReferences).toEqual([
      {
        apiVersion: "v1",
        kind: "Service",
        name: "web",
        uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    store.apply([put(service({}, { labels: { team: "b" } }))]);
    expect(slicesOf(store)[0]?.metadata.labels).toMatchObject({ team: "b" });
  });

  it("of a headless Service is labelled so", () => {
    const label = "service.kubernetes.io/headless";
    const store = storeWith(service({ clusterIP: "None" }), pod());
    expect(slicesOf(store)[0]?.metadata.labels?.[label]).toBe("");
    const other = storeWith(service({}, { labels: { [label]: "" } }), pod());
    expect(slicesOf(other)[0]?.metadata.labels).not.toHaveProperty([label]);
  });

  it("has one address family; there is one of each that the Service has", () => {
    const store = storeWith(
      service({ ipFamilies: ["IPv4", "IPv6"] }),
      pod({ ips: ["10.244.0.1", "fd00::1"] }),
      pod({ name: "web-2", ips: ["10.244.0.2"] }),
    );
    const byFamily = Object.fromEntries(
      slicesOf(store).map(({ addressType, endpoints }) => [
        addressType,
        endpoints.flatMap(({ addresses }) => addresses),
      ]),
    );
    expect(byFamily).toEqual({ IPv4: ["10.244.0.1", "10.244.0.2"], IPv6: ["fd00::1"] });
    store.apply([put(service({ ipFamilies: ["IPv6"] }))]);
    expect(slicesOf(store).map(({ addressType }) => addressType)).toEqual(["IPv6"]);
  });

  it("goes with its Service", () => {
    const store = storeWith(service(), pod());
    store.apply([del(service())]);
    expect(slicesOf(store)).toEqual([]);
  });

  it("has the same name in every run", () => {
    const names = () => slicesOf(storeWith(service(), pod())).map(({ metadata }) => metadata.name);
    expect(names()).toEqual(names());
  });

  it("that somebody deletes comes back", () => {
    const store = storeWith(service(), pod());
    const [before] = slicesOf(store);
    store.apply([del(before!)]);
    expect(slicesOf(store)).toMatchObject([
      { metadata: { name: before?.metadata.name }, endpoints: before?.endpoints },
    ]);
  });
});

describe("packing (P.2)", () => {
  const pods = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => {
      const n = from + i;
      return pod({ name: `web-${n}`, ips: [`10.244.${n >> 8}.${n & 255}`] });
    });
  const sizes = (store: Store) => slicesOf(store).map(({ endpoints }) => endpoints.length);
  const writes = (store: Store, operations: readonly Operation[]) =>
    store
      .apply(operations)
      .filter(({ kind }) => kind === "EndpointSlice.discovery.k8s.io")
      .map(({ type, object }) => `${type} ${(object as EndpointSlice).endpoints.length}`);

  it("puts at most 100 endpoints in a slice", () => {
    expect(sizes(storeWith(service(), ...pods(0, 250)))).toEqual([100, 100, 50]);
  });

  it("of no endpoint turns its placeholder into the first slice", () => {
    const store = storeWith(service());
    expect(writes(store, [put(pod())])).toEqual(["modified 1"]);
    expect(writes(store, [delPod("web-1")])).toEqual(["modified 0"]);
  });

  it("fills the one slice that fits instead of making another", () => {
    const store = storeWith(service(), ...pods(0, 250));
    expect(writes(store, pods(250, 260).map(put))).toEqual(["modified 60"]);
  });

  it("prefers the fullest slice that fits", () => {
    const store = storeWith(service(), ...pods(0, 200));
    store.apply([delPod("web-0"), delPod("web-1"), delPod("web-150")]);
    expect(sizes(store)).toEqual([98, 99]);
    expect(writes(store, pods(300, 301).map(put))).toEqual(["modified 100"]);
    expect(sizes(store)).toEqual([98, 100]);
  });

  it("writes a new slice rather than spread endpoints over several old ones", () => {
    const store = storeWith(service(), ...pods(0, 200));
    store.apply([delPod("web-0"), delPod("web-150")]);
    expect(sizes(store)).toEqual([99, 99]);
    expect(writes(store, pods(300, 302).map(put))).toEqual(["added 2"]);
  });

  it("fills slices that are written anyway first", () => {
    const store = storeWith(service(), ...pods(0, 250));
    expect(writes(store, [delPod("web-0"), ...pods(300, 301).map(put)])).toEqual(["modified 100"]);
    expect(sizes(store)).toEqual([100, 100, 50]);
  });

  it("keeps endpoints where they are, and deletes a slice when it is empty", () => {
    const store = storeWith(service(), ...pods(0, 150));
    const gone = pods(0, 99).map(({ metadata }) => delPod(metadata.name));
    expect(writes(store, gone)).toEqual(["modified 1"]);
    expect(sizes(store)).toEqual([1, 50]);
    expect(writes(store, [delPod("web-99")])).toEqual(["deleted 1"]);
    expect(sizes(store)).toEqual([50]);
  });

  it("touches one slice when one pod of many changes, and none when nothing matters", () => {
    const store = storeWith(service(), ...pods(0, 1000));
    const status = (value: unknown): Operation => ({
      op: "status",
      key: { kind: "Pod", namespace: "shop", name: "web-500" },
      status: value,
    });
    const was = store.get("Pod", "shop", "web-500")!.status!;
    expect(writes(store, [status(podStatus(["10.244.1.244"], false))])).toEqual(["modified 100"]);
    expect(
      writes(store, [status({ ...podStatus(["10.244.1.244"], false), message: "x" })]),
    ).toEqual([]);
    expect(writes(store, [status(was)])).toEqual(["modified 100"]);
  });
});

describe("hints (P.6)", () => {
  const nodes = [node("n1", "a"), node("n2", "b"), node("n3")];
  const on = (name: string, nodeName: string, more: PodOptions = {}) =>
    pod({ name, ips: [`10.244.0.${name}`], spec: { nodeName }, ...more });
  const pods = [on("1", "n1"), on("2", "n2"), on("3", "n3"), on("4", "n1", { ready: false })];
  const hintsWith = (spec: ServiceSpec, annotations = {}) => {
    const store = storeWith(...nodes, service(spec, { annotations }), ...pods);
    return slicesOf(store).flatMap(({ endpoints }) => endpoints.map(({ hints }) => hints));
  };
  const zones = (name: string) => ({ forZones: [{ name }] });
  const both = (zone: string, name: string) => ({ ...zones(zone), forNodes: [{ name }] });
  const none = [undefined, undefined, undefined, undefined];

  it.each([
    ["without trafficDistribution there are none", {}, {}, none],
    [
      "PreferClose names the own zone of every ready endpoint that has one",
      { trafficDistribution: "PreferClose" },
      {},
      [zones("a"), zones("b"), undefined, undefined],
    ],
    [
      "PreferSameZone is the same",
      { trafficDistribution: "PreferSameZone" },
      {},
      [zones("a"), zones("b"), undefined, undefined],
    ],
    [
      "PreferSameNode names the own node too, and alone where it is in no zone",
      { trafficDistribution: "PreferSameNode" },
      {},
      [both("a", "n1"), both("b", "n2"), { forNodes: [{ name: "n3" }] }, undefined],
    ],
    ["another word means nothing", { trafficDistribution: "Near" }, {}, none],
    [
      "topology-mode Auto switches trafficDistribution off",
      { trafficDistribution: "PreferClose" },
      { "service.kubernetes.io/topology-mode": "Auto" },
      none,
    ],
    [
      "so does the older annotation",
      { trafficDistribution: "PreferClose" },
      { "service.kubernetes.io/topology-aware-hints": "auto" },
      none,
    ],
  ])("%s", (_, spec, annotations, expected) => {
    expect(hintsWith(spec, annotations)).toEqual(expected);
  });

  it("follow the annotation", () => {
    const spec = { trafficDistribution: "PreferClose" };
    const store = storeWith(...nodes, service(spec), ...pods);
    const annotations = { "service.kubernetes.io/topology-mode": "Auto" };
    store.apply([put(service(spec, { annotations }))]);
    expect(slicesOf(store)[0]?.endpoints[0]?.hints).toBeUndefined();
  });
});

describe("slices of somebody else", () => {
  const slice = (name: string, managedBy?: string): EndpointSlice => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      namespace: "shop",
      labels: {
        "kubernetes.io/service-name": "web",
        ...(managedBy && { "endpointslice.kubernetes.io/managed-by": managedBy }),
      },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.9"] }],
    ports: [],
  });
  const CONTROLLER = "endpointslice-controller.k8s.io";
  const names = (store: Store) => slicesOf(store).map(({ metadata }) => metadata.name);

  it("made by a cluster's controller are kept, and there are none of ours", () => {
    const theirs = slice("web-x", CONTROLLER);
    for (const objects of [
      [theirs, service(), pod()],
      [service(), pod(), theirs],
    ]) {
      expect(names(storeWith(...objects))).toEqual(["web-x"]);
      const store = newStore();
      for (const object of objects) store.apply([put(object)]);
      expect(names(store)).toEqual(["web-x"]);
      store.apply([put(pod({ ready: false })), put(service({ ports: [{ port: 81 }] }))]);
      expect(names(store)).toEqual(["web-x"]);
      expect(slicesOf(store)[0]?.endpoints).toEqual(theirs.endpoints);
    }
  });

  it("that go leave the Service to us", () => {
    const theirs = slice("web-x", CONTROLLER);
    const store = storeWith(theirs, service(), pod());
    store.apply([del(theirs)]);
    expect(slicesOf(store)).toMatchObject([{ endpoints: [{ targetRef: { name: "web-1" } }] }]);
  });

  it("written by hand stand beside ours", () => {
    const store = storeWith(slice("by-hand"), service(), pod());
    expect(names(store)).toHaveLength(2);
    expect(names(store)).toContain("by-hand");
  });

  it("for a Service without selector are left alone", () => {
    const store = storeWith(slice("by-hand"), service({ selector: {} }), pod());
    expect(names(store)).toEqual(["by-hand"]);
  });

  it("that are dumped from here and loaded again are kept", () => {
    const first = storeWith(service(), pod());
    const dump = [...first.list("EndpointSlice.discovery.k8s.io"), ...first.list("Service")];
    const second = storeWith(...dump, ...first.list("Pod"));
    expect(names(second)).toEqual(names(first));
    const third = storeWith(service(), pod());
    third.apply(dump.map(put));
    expect(names(third)).toEqual(names(first));
  });
});

describe("work", () => {
  it("is done only for the Services that select the pod", () => {
    const store = newStore();
    const names = Array.from({ length: 50 }, (_, i) => `s${i}`);
    store.apply(names.map((name) => put(service({ selector: { app: name } }, { name }))));
    const added = store.apply([put(pod({ labels: { app: "s7" } }))]);
    expect(added.map(({ object }) => object.metadata.name.split("-")[0])).toEqual(["web", "s7"]);
    const moved = store.apply([put(pod({ labels: { app: "s9" } }))]);
    const touched = moved.map(({ object }) => object.metadata.name.split("-")[0]);
    expect(touched.sort()).toEqual(["s7", "s9", "web"]);
  });
});

describe("what once went wrong", () => {
  const lost = pod({ labels: { app: "x" }, spec: { nodeName: "n1" } });

  it("a Service that changes its selector in the batch that brings Nodes forgets lost pods", () => {
    const store = storeWith(service({ selector: { app: "x" } }));
    const other = service({ publishNotReadyAddresses: true });
    store.apply([put(node("n2")), put(other), put(lost)]);
    expect(endpointOf(store)).toBeUndefined();
  });

  it("a new pod is found by all Services, also when one of them has just changed", () => {
    const store = storeWith(service(), service({ selector: { app: "x" } }, { name: "other" }));
    store.apply([put(service({ selector: { app: "x" } })), put(lost)]);
    expect(slicesOf(store, "web")[0]?.endpoints).toHaveLength(1);
    expect(slicesOf(store, "other")[0]?.endpoints).toHaveLength(1);
  });
});
