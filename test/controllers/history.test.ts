import fc from "fast-check";
import { expect, it } from "vitest";
import { createEndpointController } from "../../src/controllers/endpoints.ts";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import { controllerOf, type KubernetesObject } from "../../src/objects/object.ts";
import { keyOf } from "../../src/objects/object-key.ts";
import type { Operation } from "../../src/store/operation.ts";
import { Store } from "../../src/store/store.ts";
import { node, pod, podStatus, put, service, workload } from "./cluster.ts";
import { endpointLines, expectedLines } from "./expected-endpoints.ts";

const SLICE = "EndpointSlice.discovery.k8s.io";

/** What a history consists of: batches of operations on few names, so that they meet. */
const name = fc.constantFrom("a", "b", "c", "d");
const labels = fc.constantFrom({ app: "x" }, { app: "y" }, { app: "x", tier: "t" }, {});
const nodeName = fc.constantFrom("n1", "n2", "n3", "");
const remove = (kind: string, of: string, namespace = "shop"): Operation => ({
  op: "delete",
  key: { kind, namespace, name: of },
});

const podPut = fc
  .record({
    name,
    labels,
    nodeName,
    ready: fc.boolean(),
    terminating: fc.boolean(),
    phase: fc.constantFrom("Running", "Running", "Pending", "Succeeded", "Failed"),
    ips: fc.constantFrom(["10.244.0.1"], ["10.244.0.2", "fd00::2"], ["fd00::3"], []),
    port: fc.constantFrom(8080, 9090, undefined),
    hostname: fc.constantFrom("h", undefined),
  })
  .map(({ nodeName: on, port, hostname, phase, ...options }) => {
    const ports = port === undefined ? [] : [{ name: "http", containerPort: port }];
    const spec = {
      containers: [{ name: "c", ports }],
      ...(on && { nodeName: on }),
      ...(hostname && { hostname, subdomain: "a" }),
    };
    return put(pod({ ...options, phase: phase as "Running", spec }));
  });
const flip = fc.record({ name, ready: fc.boolean() }).map(({ name: of, ready }): Operation => {
  const key = { kind: "Pod", namespace: "shop", name: of };
  return { op: "status", key, status: podStatus(["10.244.0.7"], ready) };
});
const servicePut = fc
  .record(
    {
      name,
      selector: fc.constantFrom({ app: "x" }, { app: "y" }, { tier: "t" }, {}),
      ports: fc.constantFrom(
        [{ port: 80, targetPort: "http" }],
        [
          { name: "n", port: 80, targetPort: 8080 },
          { name: "m", port: 81 },
        ],
        [],
      ),
      publishNotReadyAddresses: fc.boolean(),
      clusterIP: fc.constantFrom("None", ""),
      ipFamilies: fc.constantFrom(["IPv4"], ["IPv4", "IPv6"], ["IPv6"]),
      trafficDistribution: fc.constantFrom("PreferClose", "PreferSameNode"),
      mode: fc.constantFrom("Auto", "auto", "disabled"),
      type: fc.constantFrom("ClusterIP", "ExternalName"),
      labels: fc.constantFrom({ team: "1" }, { team: "2" }),
    },
    { requiredKeys: ["name"] },
  )
  .map(({ name: of, labels: own, mode, ...spec }) => {
    const annotations = mode && { "service.kubernetes.io/topology-mode": mode };
    const named = { name: of, ...(own && { labels: own }), ...(annotations && { annotations }) };
    return put(service(spec as object, named));
  });
const nodePut = fc
  .record({
    name: fc.constantFrom("n1", "n2", "n3"),
    zone: fc.constantFrom("z1", "z2", "z3", undefined),
    cpu: fc.constantFrom("1", "3", undefined),
    ready: fc.constantFrom("True", "True", "False"),
  })
  .map(({ name: of, zone, cpu, ready }) =>
    put({
      ...node(of, zone),
      status: {
        conditions: [{ type: "Ready", status: ready }],
        ...(cpu && { allocatable: { cpu } }),
      },
    }),
  );
const foreignSlice = fc
  .record({ name, kept: fc.boolean() })
  .map(({ name: of, kept }): Operation => {
    if (!kept) return remove(SLICE, `${of}-theirs`);
    const slice: EndpointSlice = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: `${of}-theirs`,
        namespace: "shop",
        labels: {
          "kubernetes.io/service-name": of,
          "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        },
      },
      addressType: "IPv4",
      endpoints: [],
    };
    return put(slice);
  });
const operation = fc.oneof(
  { weight: 6, arbitrary: podPut },
  { weight: 4, arbitrary: flip },
  { weight: 5, arbitrary: servicePut },
  { weight: 2, arbitrary: name.map((of) => remove("Pod", of)) },
  { weight: 2, arbitrary: name.map((of) => remove("Service", of)) },
  { weight: 2, arbitrary: nodePut },
  { weight: 1, arbitrary: fc.constantFrom("n1", "n2").map((of) => remove("Node", of, "")) },
  { weight: 1, arbitrary: foreignSlice },
);

const slices = (store: Store) => store.list(SLICE) as EndpointSlice[];

it("after every step of any history the slices are what they would be from scratch", () => {
  fc.assert(
    fc.property(fc.array(fc.array(operation, { maxLength: 6 }), { maxLength: 12 }), (history) => {
      const store = new Store({ controllers: [createEndpointController()] });
      for (const batch of history) {
        store.apply(batch);
        expect(endpointLines(slices(store))).toEqual(expectedLines(store));
      }
    }),
    { numRuns: 400 },
  );
});

it("a pod that comes while two Services change what they select is counted by the new selectors", () => {
  const selecting = (name: string, app: string) => put(service({ selector: { app } }, { name }));
  const store = new Store({ controllers: [createEndpointController()] });
  store.apply([selecting("a", "y"), selecting("b", "x")]);
  store.apply([selecting("a", "x"), selecting("b", "y"), put(pod({ labels: { app: "x" } }))]);
  expect(endpointLines(slices(store))).toEqual(expectedLines(store));
});

it("hints in proportion are what they would be from scratch, whatever comes, goes or moves", () => {
  const cpuNode = (name: string, zone: string, cpu: string): Operation =>
    put({ ...node(name, zone), status: { allocatable: { cpu } } });
  const podChange = fc
    .record({
      n: fc.nat(30),
      nodeName: fc.constantFrom("n1", "n1", "n1", "n2", "n3"),
      state: fc.constantFrom("ready", "ready", "ready", "unready", "gone"),
    })
    .map(({ n, nodeName: on, state }): Operation => {
      if (state === "gone") return remove("Pod", `p${n}`);
      const spec = { nodeName: on };
      return put(pod({ name: `p${n}`, ips: [`10.244.0.${n}`], ready: state === "ready", spec }));
    });
  const cpu = fc.constantFrom("1", "2", "5");
  const nodeChange = fc
    .record({ name: fc.constantFrom("n1", "n2", "n3"), cpu })
    .map((one) => cpuNode(one.name, one.name.replace("n", "z"), one.cpu));
  const change = fc.oneof(
    { weight: 12, arbitrary: podChange },
    { weight: 1, arbitrary: nodeChange },
  );
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 12 }), (history) => {
      const store = new Store({ controllers: [createEndpointController()] });
      const annotations = { "service.kubernetes.io/topology-mode": "Auto" };
      const nodes = ["1", "2", "3"].map((n) => cpuNode(`n${n}`, `z${n}`, n));
      store.apply([...nodes, put(service({}, { annotations }))]);
      for (const batch of history) {
        store.apply(batch);
        expect(endpointLines(slices(store))).toEqual(expectedLines(store));
      }
    }),
    { numRuns: 200 },
  );
});

it("after every step of any history slices are packed as P.2 says", () => {
  const pods = fc.record({ from: fc.nat(300), count: fc.nat(150), gone: fc.boolean() });
  fc.assert(
    fc.property(fc.array(pods, { maxLength: 8 }), (history) => {
      const store = new Store({ controllers: [createEndpointController()] });
      store.apply([put(service())]);
      const there = new Set<number>();
      for (const { from, count, gone } of history) {
        const numbers = Array.from({ length: count }, (_, i) => from + i);
        const changes = store.apply(
          numbers.map((n) => {
            if (gone) return remove("Pod", `web-${n}`);
            return put(pod({ name: `web-${n}`, ips: [`10.244.${n >> 8}.${n & 255}`] }));
          }),
        );
        const added = gone ? 0 : numbers.filter((n) => !there.has(n)).length;
        for (const n of numbers) gone ? there.delete(n) : there.add(n);
        const slices = store.list(SLICE) as EndpointSlice[];
        const names = slices.flatMap(({ endpoints }) =>
          endpoints.map(({ targetRef }) => targetRef?.name),
        );
        expect(names.sort()).toEqual([...there].map((n) => `web-${n}`).sort());
        for (const { endpoints } of slices) expect(endpoints.length).toBeLessThanOrEqual(100);
        if (there.size > 0)
          expect(slices.every(({ endpoints }) => endpoints.length > 0)).toBe(true);
        else expect(slices).toHaveLength(1);
        // New endpoints are written in at most one slice that was there, and in new ones.
        const written = changes.filter(({ kind }) => kind === SLICE);
        if (!gone) expect(written.length).toBeLessThanOrEqual(Math.ceil(added / 100) + 1);
      }
    }),
    { numRuns: 60 },
  );
});

it("after every step of any history all workloads have the Pods they want, and no others are theirs", () => {
  const image = fc.constantFrom("v1", "v2");
  const replicas = fc.nat(4);
  const kinds = ["Deployment", "StatefulSet", "ReplicaSet", "DaemonSet"] as const;
  const workloadPut = fc
    .record({ kind: fc.constantFrom(...kinds), name: fc.constantFrom("a", "b"), replicas, image })
    .map(({ kind, name: of, replicas: count, image: made }) => {
      const own = { app: `${kind}-${of}` };
      const object = workload<KubernetesObject & { spec: { template: object } }>(
        "apps/v1",
        kind,
        { replicas: count, selector: { matchLabels: own }, serviceName: "a" },
        { name: of },
        { image: made },
      );
      const template = { ...object.spec.template, metadata: { labels: own } };
      return put({ ...object, spec: { ...object.spec, template } });
    });
  const appService = fc
    .record({
      name: fc.constantFrom("s1", "s2"),
      app: fc.constantFrom("Deployment-a", "StatefulSet-a", "ReplicaSet-b", "DaemonSet-a", "lost"),
      publishNotReadyAddresses: fc.boolean(),
    })
    .map(({ name: of, app, ...spec }) =>
      put(service({ selector: { app }, ...spec }, { name: of })),
    );
  const victim = fc.record({
    pick: fc.nat(20),
    how: fc.constantFrom("delete", "fail", "relabel", "ready"),
  });
  const step = fc.oneof(
    { weight: 4, arbitrary: workloadPut.map((one) => ({ operation: one })) },
    {
      weight: 1,
      arbitrary: fc
        .record({ kind: fc.constantFrom(...kinds), name: fc.constantFrom("a", "b") })
        .map((one) => ({ operation: remove(`${one.kind}.apps`, one.name) })),
    },
    { weight: 3, arbitrary: victim },
    { weight: 2, arbitrary: appService.map((one) => ({ operation: one })) },
    { weight: 1, arbitrary: nodePut.map((one) => ({ operation: one })) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (history) => {
      const store = new Store({ controllers: standardControllers() });
      for (const one of history) {
        if ("operation" in one) store.apply([one.operation]);
        else {
          const pods = store.list("Pod");
          const chosen = pods[one.pick % Math.max(1, pods.length)];
          if (chosen === undefined) continue;
          const key = keyOf(chosen);
          const relabelled = {
            ...chosen,
            metadata: { ...chosen.metadata, labels: { app: "lost" } },
          };
          store.apply([
            one.how === "delete"
              ? { op: "delete", key }
              : one.how === "relabel"
                ? put(relabelled)
                : {
                    op: "status",
                    key,
                    status: podStatus(
                      [`10.244.3.${one.pick}`],
                      true,
                      one.how === "fail" ? "Failed" : "Running",
                    ),
                  },
          ]);
        }
        expectAtRest(store);
        expect(endpointLines(slices(store))).toEqual(expectedLines(store));
      }
    }),
    { numRuns: 100 },
  );
});

function expectAtRest(store: Store): void {
  const active = store.list("Pod").filter(({ status }) => status?.phase !== "Failed");
  const owned = (owner: KubernetesObject) =>
    active.filter((one) => controllerOf(one)?.uid === owner.metadata.uid);
  const nodes = Math.max(1, store.count("Node"));
  for (const set of store.list("ReplicaSet.apps"))
    expect(owned(set)).toHaveLength(set.spec.replicas ?? 1);
  for (const set of store.list("DaemonSet.apps")) {
    expect(new Set(owned(set).map(({ spec }) => spec.nodeName)).size).toBe(nodes);
    expect(owned(set).length).toBeLessThanOrEqual(nodes + 1);
  }
  for (const set of store.list("StatefulSet.apps")) {
    const wanted = Array.from(
      { length: set.spec.replicas ?? 1 },
      (_, i) => `${set.metadata.name}-${i}`,
    );
    expect(
      owned(set)
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(wanted);
  }
  for (const deployment of store.list("Deployment.apps")) {
    const sets = store
      .list("ReplicaSet.apps")
      .filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
    const total = sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
    expect(total).toBeGreaterThanOrEqual(deployment.spec.replicas ?? 1);
    const image = deployment.spec.template.spec.containers[0]?.image;
    const current = sets.filter(({ spec }) => spec.template.spec.containers[0]?.image === image);
    expect(current).toHaveLength(1);
  }
  for (const one of store.list("Pod")) {
    const owner = controllerOf(one);
    if (owner === undefined) continue;
    const kind =
      owner.apiVersion === "v1" ? owner.kind : `${owner.kind}.${owner.apiVersion.split("/")[0]}`;
    expect(store.get(kind, "shop", owner.name)?.metadata.uid).toBe(owner.uid);
  }
  // Looked at again, nobody has anything to do.
  const touches = store
    .kinds()
    .flatMap((kind) =>
      store.list(kind).map((object): Operation => ({ op: "touch", key: keyOf(object) })),
    );
  expect(store.apply(touches)).toEqual([]);
}
