import { describe, expect, it } from "vitest";
import { daemonTolerations, fitsNode } from "../../src/controllers/node-fit.ts";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { Node } from "../../src/objects/cluster.ts";
import type { PodSpec } from "../../src/objects/pod.ts";
import type { NodeSelectorRequirement, Taint, Toleration } from "../../src/objects/tables/kinds.ts";
import type { DaemonSet } from "../../src/objects/workloads.ts";
import { Store } from "../../src/store/store.ts";
import { del, delPod, endPods, node, pod, podNames, put, runPods, workload } from "./cluster.ts";

const newStore = () => new Store({ controllers: standardControllers({ isRun: () => true }) });
const daemonSet = (spec: object = {}, template: object = {}) =>
  workload<DaemonSet>("apps/v1", "DaemonSet", spec, {}, template);
/** With more in its template's spec. */
const daemonsWith = (more: Partial<PodSpec>): DaemonSet => {
  const { spec, ...rest } = daemonSet();
  const { template } = spec;
  return {
    ...rest,
    spec: { ...spec, template: { ...template, spec: { ...template.spec, ...more } } },
  };
};
const placement = (store: Store) =>
  store
    .list("Pod")
    .map(({ spec }) => spec.nodeName ?? "")
    .sort();
const tainted = (name: string, ...effects: Taint["effect"][]): Node => ({
  ...node(name),
  spec: { taints: effects.map((effect) => ({ key: "gpu", value: "a100", effect })) },
});

describe("a pod fits a node", () => {
  const labelled: Node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n1", labels: { disk: "ssd", cpus: "8" } },
  };
  const required = (
    matchExpressions: NodeSelectorRequirement[],
    matchFields: NodeSelectorRequirement[] = [],
  ) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions, matchFields }],
      },
    },
  });
  const gpu: Toleration = { key: "gpu", value: "a100", effect: "NoSchedule" };
  const cases: { title: string; spec?: Partial<PodSpec>; node?: Node; fits: boolean }[] = [
    { title: "that asks for nothing", fits: true },
    { title: "by name", spec: { nodeName: "n1" }, fits: true },
    { title: "not by another name", spec: { nodeName: "n2" }, fits: false },
    { title: "by nodeSelector", spec: { nodeSelector: { disk: "ssd" } }, fits: true },
    { title: "not by another nodeSelector", spec: { nodeSelector: { disk: "hdd" } }, fits: false },
    {
      title: "by affinity",
      spec: { affinity: required([{ key: "cpus", operator: "Gt", values: ["4"] }]) },
      fits: true,
    },
    {
      title: "not by affinity",
      spec: { affinity: required([{ key: "cpus", operator: "Gt", values: ["8"] }]) },
      fits: false,
    },
    {
      title: "by a field",
      spec: {
        affinity: required([], [{ key: "metadata.name", operator: "In", values: ["n1"] }]),
      },
      fits: true,
    },
    { title: "not with a taint", node: tainted("n1", "NoSchedule"), fits: false },
    { title: "not with a taint that evicts", node: tainted("n1", "NoExecute"), fits: false },
    {
      title: "with a taint that only prefers",
      node: tainted("n1", "PreferNoSchedule"),
      fits: true,
    },
    {
      title: "with a taint it tolerates",
      node: tainted("n1", "NoSchedule"),
      spec: { tolerations: [gpu] },
      fits: true,
    },
    {
      title: "with a taint it tolerates whatever its value",
      node: tainted("n1", "NoSchedule", "NoExecute"),
      spec: { tolerations: [{ key: "gpu", operator: "Exists" }] },
      fits: true,
    },
    {
      title: "with any taint it tolerates",
      node: tainted("n1", "NoSchedule"),
      spec: { tolerations: [{ operator: "Exists" }] },
      fits: true,
    },
    {
      title: "not with another value of the taint",
      node: tainted("n1", "NoSchedule"),
      spec: { tolerations: [{ ...gpu, value: "h100" }] },
      fits: false,
    },
    {
      title: "not with another effect of the taint",
      node: tainted("n1", "NoSchedule"),
      spec: { tolerations: [{ ...gpu, effect: "NoExecute" }] },
      fits: false,
    },
    {
      title: "not if nobody may be placed there",
      node: { ...node("n1"), spec: { unschedulable: true } },
      fits: false,
    },
  ];
  it.each(cases)("$title", ({ spec, node: given = labelled, fits }) => {
    expect(fitsNode({ containers: [], ...spec }, given)).toBe(fits);
  });

  it("that is a daemon, though nobody else may be placed there", () => {
    const cordoned = { ...node("n1"), spec: { unschedulable: true } };
    const tolerations = daemonTolerations({ containers: [] });
    expect(fitsNode({ containers: [] }, cordoned)).toBe(false);
    expect(fitsNode({ containers: [], tolerations }, cordoned)).toBe(true);
  });
});

describe("scheduling", () => {
  it("spreads Pods over the Nodes that there are", () => {
    const store = newStore();
    const bare = (name: string) => {
      const { status: _, ...object } = pod({ name });
      return object;
    };
    store.apply(["a", "b", "c", "d"].map((name) => put(bare(name))));
    expect(placement(store)).toEqual(["", "", "", ""]);
    store.apply([put(node("n2")), put(node("n1"))]);
    expect(placement(store)).toEqual(["n1", "n1", "n2", "n2"]);
    store.apply([delPod("a"), delPod("c")]);
    store.apply([put(node("n3")), put(bare("e")), put(bare("f"))]);
    expect(placement(store)).toEqual(["n1", "n2", "n2", "n3"]);
  });

  it("leaves Pods where they are, and waits for a Node that fits", () => {
    const store = newStore();
    const { status: _, ...picky } = pod({ name: "picky", spec: { nodeSelector: { disk: "ssd" } } });
    store.apply([put(node("n1")), put(picky), put(pod({ name: "theirs" }))]);
    expect(placement(store)).toEqual(["", ""]);
    const ssd = node("n2");
    store.apply([put({ ...ssd, metadata: { ...ssd.metadata, labels: { disk: "ssd" } } })]);
    expect(store.get("Pod", "shop", "picky")?.spec.nodeName).toBe("n2");
    expect(store.get("Pod", "shop", "theirs")?.spec.nodeName).toBeUndefined();
  });
});

describe("a DaemonSet", () => {
  it("has one Pod per Node, following the Nodes", () => {
    const store = newStore();
    store.apply([put(daemonSet()), put(node("n1")), put(node("n2"))]);
    expect(placement(store)).toEqual(["n1", "n2"]);
    store.apply([put(node("n3")), del(node("n1"))]);
    expect(placement(store)).toEqual(["n2", "n3"]);
    store.apply([put(tainted("n2", "NoExecute"))]);
    expect(placement(store)).toEqual(["n3"]);
  });

  it("keeps the Pods of a dump that came without Nodes", () => {
    const before = newStore();
    before.apply([put(daemonSet()), put(node("n1")), put(node("n2"))]);
    const store = newStore();
    const dump = [...before.list("DaemonSet.apps"), ...before.list("Pod")];
    store.apply(dump.map(put));
    expect(podNames(store)).toEqual(podNames(before));
    expect(placement(store)).toEqual(["n1", "n2"]);
    store.apply([put(node("n2"))]);
    expect(placement(store)).toEqual(["n2"]);
  });

  it("keeps its Pod on a Node that takes no others now, and counts it as misplaced", () => {
    const store = newStore();
    store.apply([put(daemonSet()), put(node("n1")), put(node("n2"))]);
    store.apply([put(tainted("n2", "NoSchedule")), put(tainted("n3", "NoSchedule"))]);
    expect(placement(store)).toEqual(["n1", "n2"]);
    expect(store.get("DaemonSet.apps", "shop", "web")?.status).toMatchObject({
      desiredNumberScheduled: 1,
      numberMisscheduled: 1,
    });
  });

  it("has its Pods tolerate what befalls nodes, once each", () => {
    const store = newStore();
    const own = { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" };
    const set = daemonSet();
    const { template } = set.spec;
    const spec = { ...template.spec, tolerations: [own], hostNetwork: true };
    store.apply([put({ ...set, spec: { ...set.spec, template: { ...template, spec } } })]);
    const [made] = store.list("Pod");
    const tolerations = made?.spec.tolerations as { key: string; effect: string }[];
    expect(tolerations.map(({ key, effect }) => `${key.split("/")[1]}:${effect}`)).toEqual([
      "not-ready:NoExecute",
      "unreachable:NoExecute",
      "disk-pressure:NoSchedule",
      "memory-pressure:NoSchedule",
      "pid-pressure:NoSchedule",
      "unschedulable:NoSchedule",
      "network-unavailable:NoSchedule",
    ]);
  });

  it.each([
    ["kubernetes.io/os", "linux", 1],
    ["beta.kubernetes.io/os", "linux", 1],
    ["kubernetes.io/hostname", "local", 1],
    ["kubernetes.io/os", "windows", 0],
    ["node-role.kubernetes.io/control-plane", "", 0],
  ])("that wants %s=%s has %3$d on the local node", (key, value, pods) => {
    const store = newStore();
    store.apply([put(daemonsWith({ nodeSelector: { [key]: value } }))]);
    expect(placement(store)).toHaveLength(pods);
  });

  it("that wants the architecture of this machine has one on the local node", () => {
    const store = newStore();
    const known = ["amd64", "arm64", process.arch];
    const values = { key: "kubernetes.io/arch", operator: "In", values: known } as const;
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [values] }],
        },
      },
    };
    store.apply([put(daemonsWith({ affinity }))]);
    expect(placement(store)).toEqual(["local"]);
  });

  it("has one on the local node when no Node is named", () => {
    const store = newStore();
    store.apply([put(daemonSet())]);
    expect(placement(store)).toEqual(["local"]);
    expect(podNames(store)[0]).toMatch(/^web-[a-z0-9]{5}$/);
    store.apply([put(node("n1"))]);
    expect(placement(store)).toEqual(["n1"]);
  });

  it("has none where its template does not fit", () => {
    const store = newStore();
    const base = daemonSet();
    const { template } = base.spec;
    const spec = { ...template.spec, nodeSelector: { disk: "ssd" } };
    const picky = { ...base, spec: { ...base.spec, template: { ...template, spec } } };
    const ssd = node("n2");
    store.apply([
      put(picky),
      put(node("n1")),
      put({ ...ssd, metadata: { ...ssd.metadata, labels: { disk: "ssd" } } }),
    ]);
    expect(placement(store)).toEqual(["n2"]);
    expect(store.get("DaemonSet.apps", "shop", "web")?.status).toMatchObject({
      desiredNumberScheduled: 1,
      numberReady: 0,
    });
  });

  it("replaces a Pod that is deleted or ended", () => {
    const store = newStore();
    store.apply([put(daemonSet()), put(node("n1"))]);
    const [first] = podNames(store);
    store.apply([delPod(first!)]);
    const [second] = podNames(store);
    expect(second).not.toBe(first);
    endPods(store, [second!], "Failed");
    expect(podNames(store)).toHaveLength(1);
    expect(podNames(store)).not.toContain(second);
  });

  function updated(spec: object = {}): { store: Store; images: () => unknown[] } {
    const store = newStore();
    store.apply([put(node("n1")), put(node("n2")), put(node("n3"))]);
    store.apply([put(daemonSet(spec, { image: "v1" }))]);
    runPods(store);
    store.apply([put(daemonSet(spec, { image: "v2" }))]);
    const images = () =>
      store
        .list("Pod")
        .map((made) => made.spec.containers[0]?.image)
        .sort();
    return { store, images };
  }

  it("updates one Node at a time", () => {
    const { store, images } = updated();
    expect(images()).toEqual(["v1", "v1", "v2"]);
    runPods(store);
    expect(images()).toEqual(["v1", "v2", "v2"]);
    runPods(store);
    expect(images()).toEqual(["v2", "v2", "v2"]);
    expect(placement(store)).toEqual(["n1", "n2", "n3"]);
  });

  it("updates as many Nodes at a time as maxUnavailable says", () => {
    const { images } = updated({ updateStrategy: { rollingUpdate: { maxUnavailable: "50%" } } });
    expect(images()).toEqual(["v1", "v2", "v2"]);
  });

  it("surges: the new Pod is ready before the old one goes", () => {
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
    const { store, images } = updated({ updateStrategy: { rollingUpdate } });
    expect(images()).toEqual(["v1", "v1", "v1", "v2"]);
    for (let i = 0; i < 3; i++) runPods(store);
    expect(images()).toEqual(["v2", "v2", "v2"]);
    expect(placement(store)).toEqual(["n1", "n2", "n3"]);
  });

  it("counts a Pod as available when it has been ready for minReadySeconds", () => {
    let now = new Date("2026-01-01T00:00:00Z");
    const store = new Store({
      controllers: standardControllers({ isRun: () => true }),
      now: () => now,
    });
    const slow = (image: string) => put(daemonSet({ minReadySeconds: 10 }, { image }));
    store.apply([put(node("n1")), put(node("n2")), slow("v1")]);
    const ready = () =>
      store.apply(
        store.list("Pod").map(({ metadata, status }) => {
          const key = { kind: "Pod", namespace: "shop", name: metadata.name };
          const lastTransitionTime = now.toISOString();
          const conditions = [{ type: "Ready", status: "True", lastTransitionTime }];
          return {
            op: "status",
            key,
            status: status?.conditions ? status : { phase: "Running", conditions },
          };
        }),
      );
    const status = () => store.get("DaemonSet.apps", "shop", "web")?.status;
    ready();
    expect(status()).toMatchObject({ numberReady: 2, numberUnavailable: 2 });
    now = new Date("2026-01-01T00:00:10Z");
    expect(store.nextWake()).toEqual(now);
    store.tick();
    expect(status()).toMatchObject({ numberReady: 2, numberAvailable: 2 });
    const old = () => store.list("Pod").filter(({ spec }) => spec.containers[0]?.image === "v1");
    store.apply([slow("v2")]);
    ready();
    expect(old()).toHaveLength(1);
    now = new Date("2026-01-01T00:00:20Z");
    store.tick();
    expect(old()).toHaveLength(0);
  });

  it("of update type OnDelete waits for somebody to delete Pods", () => {
    const { store, images } = updated({ updateStrategy: { type: "OnDelete" } });
    expect(images()).toEqual(["v1", "v1", "v1"]);
    store.apply([delPod(podNames(store)[0]!)]);
    expect(images()).toEqual(["v1", "v1", "v2"]);
  });

  it("out of a dump is at rest", () => {
    const { store } = updated();
    for (let i = 0; i < 3; i++) runPods(store);
    const objects = ["Node", "DaemonSet.apps", "Pod"].flatMap((kind) => store.list(kind));
    const second = newStore();
    second.apply(objects.map(put));
    expect(podNames(second)).toEqual(podNames(store));
  });
});

it("a Pod gets the zone and region of the node that it is placed on", () => {
  const store = newStore();
  const { metadata, ...rest } = node("n", "a");
  const labels = { ...metadata.labels, "topology.kubernetes.io/region": "r", disk: "ssd" };
  const replicas = workload("apps/v1", "ReplicaSet", { replicas: 1 }, { name: "rs" });
  store.apply([put({ ...rest, metadata: { ...metadata, labels } }), put(replicas)]);
  store.apply([put(daemonSet())]);
  expect(store.count("Pod")).toBe(2);
  for (const { metadata } of store.list("Pod")) {
    const topology = Object.entries(metadata.labels ?? {}).filter(([key]) =>
      /topology|disk/.test(key),
    );
    expect(Object.fromEntries(topology)).toEqual({
      "topology.kubernetes.io/region": "r",
      "topology.kubernetes.io/zone": "a",
    });
    expect((metadata as { generateName?: string }).generateName).toMatch(/^(?:rs|web)-$/);
  }
});
