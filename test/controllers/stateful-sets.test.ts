import { describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { WorkloadOptions } from "../../src/controllers/workload-options.ts";
import type { StatefulSet } from "../../src/objects/workloads.ts";
import { Store } from "../../src/store/store.ts";
import {
  del,
  delPod,
  endPods,
  pod,
  podNames,
  put,
  runPods,
  service,
  slicesOf,
  workload,
} from "./cluster.ts";

const newStore = (options: WorkloadOptions = { isRun: () => true }) =>
  new Store({ controllers: standardControllers(options) });
const statefulSet = (spec: object = {}, template: object = {}) =>
  workload<StatefulSet>(
    "apps/v1",
    "StatefulSet",
    { replicas: 3, serviceName: "web", ...spec },
    {},
    template,
  );
const status = (store: Store) => store.get("StatefulSet.apps", "shop", "web")?.status;
const images = (store: Store) =>
  Object.fromEntries(
    store.list("Pod").map(({ metadata, spec }) => [metadata.name, spec.containers[0]?.image]),
  );
/** Everything there is runs and is ready, until nothing more comes. */
const runAll = (store: Store) => {
  for (let i = 0; i < 12; i++) runPods(store);
};

describe("a StatefulSet", () => {
  it("numbers its Pods and gives them hostname, subdomain and labels", () => {
    const store = newStore({});
    store.apply([put(statefulSet())]);
    expect(podNames(store)).toEqual(["web-0", "web-1", "web-2"]);
    const revision = /^web-[456789bcdf]{1,10}$/;
    expect(store.get("Pod", "shop", "web-1")).toMatchObject({
      metadata: {
        labels: {
          app: "web",
          "apps.kubernetes.io/pod-index": "1",
          "statefulset.kubernetes.io/pod-name": "web-1",
          "controller-revision-hash": expect.stringMatching(revision),
        },
        ownerReferences: [{ kind: "StatefulSet", name: "web", controller: true }],
      },
      spec: { hostname: "web-1", subdomain: "web" },
    });
  });

  it("gives its Pods names behind a headless Service", () => {
    const store = newStore({});
    store.apply([put(service({ clusterIP: "None" })), put(statefulSet())]);
    runAll(store);
    const endpoints = slicesOf(store).flatMap((slice) => slice.endpoints);
    expect(endpoints.map(({ hostname }) => hostname)).toEqual(["web-0", "web-1", "web-2"]);
  });

  it("starts each Pod when the one before is ready", () => {
    const store = newStore();
    store.apply([put(statefulSet())]);
    expect(podNames(store)).toEqual(["web-0"]);
    runPods(store, ["web-0"]);
    expect(podNames(store)).toEqual(["web-0", "web-1"]);
    runPods(store, ["web-1"]);
    expect(podNames(store)).toEqual(["web-0", "web-1", "web-2"]);
  });

  it.each([
    ["in parallel when its policy says so", { podManagementPolicy: "Parallel" }, {}],
    ["at once when nobody runs its Pods", {}, { isRun: () => false }],
  ])("starts %s", (_, spec, options) => {
    const store = newStore({ isRun: () => true, ...options });
    store.apply([put(statefulSet(spec))]);
    expect(podNames(store)).toEqual(["web-0", "web-1", "web-2"]);
  });

  it("counts from ordinals.start", () => {
    const store = newStore({});
    store.apply([put(statefulSet({ ordinals: { start: 5 }, replicas: 2 }))]);
    expect(podNames(store)).toEqual(["web-5", "web-6"]);
    store.apply([put(statefulSet({ ordinals: { start: 6 }, replicas: 2 }))]);
    expect(podNames(store).sort()).toEqual(["web-6", "web-7"]);
  });

  it("gives up the highest numbers when it shrinks, all others being ready", () => {
    const store = newStore();
    store.apply([put(statefulSet())]);
    runAll(store);
    runPods(store, ["web-0"], false);
    store.apply([put(statefulSet({ replicas: 1 }))]);
    expect(podNames(store)).toHaveLength(3);
    runPods(store, ["web-0"]);
    expect(podNames(store)).toEqual(["web-0"]);
  });

  it("waits until a Pod has been ready for minReadySeconds", () => {
    let now = new Date("2026-01-01T00:00:00Z");
    const store = new Store({
      controllers: standardControllers({ isRun: () => true }),
      now: () => now,
    });
    store.apply([put(statefulSet({ minReadySeconds: 10 }))]);
    const since = "2026-01-01T00:00:05Z";
    const conditions = [{ type: "Ready", status: "True", lastTransitionTime: since }];
    const key = { kind: "Pod", namespace: "shop", name: "web-0" };
    store.apply([{ op: "status", key, status: { phase: "Running", conditions } }]);
    expect(podNames(store)).toEqual(["web-0"]);
    expect(status(store)).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
    expect(store.nextWake()).toEqual(new Date("2026-01-01T00:00:15Z"));
    now = new Date("2026-01-01T00:00:15Z");
    store.tick();
    expect(podNames(store)).toEqual(["web-0", "web-1"]);
    expect(status(store)).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
  });

  it("replaces a Pod that is gone or ended, under the same name", () => {
    const store = newStore();
    store.apply([put(statefulSet())]);
    runAll(store);
    const uid = store.get("Pod", "shop", "web-1")?.metadata.uid;
    store.apply([delPod("web-1")]);
    expect(podNames(store).sort()).toEqual(["web-0", "web-1", "web-2"]);
    expect(store.get("Pod", "shop", "web-1")?.metadata.uid).not.toBe(uid);
    endPods(store, ["web-0"], "Failed");
    expect(store.get("Pod", "shop", "web-0")?.status?.phase).toBe("Pending");
  });

  it("adopts only Pods that are named like its own", () => {
    const store = newStore({});
    store.apply([put(pod({ name: "web-1" })), put(pod({ name: "web-x" })), put(statefulSet())]);
    expect(podNames(store).sort()).toEqual(["web-0", "web-1", "web-2", "web-x"]);
    expect(store.get("Pod", "shop", "web-1")?.metadata.ownerReferences).toHaveLength(1);
    expect(store.get("Pod", "shop", "web-x")?.metadata.ownerReferences).toBeUndefined();
  });

  it("makes claims from its templates, which outlive the Pods", () => {
    const store = newStore({});
    const volumeClaimTemplates = [
      { metadata: { name: "data" }, spec: { resources: { requests: { storage: "1Gi" } } } },
    ];
    store.apply([put(statefulSet({ volumeClaimTemplates, replicas: 2 }))]);
    const claims = store.list("PersistentVolumeClaim");
    expect(claims.map(({ metadata }) => metadata.name)).toEqual(["data-web-0", "data-web-1"]);
    expect(claims[0]).toMatchObject({
      metadata: { labels: { app: "web" } },
      spec: volumeClaimTemplates[0]?.spec,
    });
    expect(store.get("Pod", "shop", "web-1")?.spec).toMatchObject({
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-web-1" } }],
    });
    store.apply([del(statefulSet())]);
    expect(store.kinds()).toEqual(["PersistentVolumeClaim"]);
  });

  it("counts its Pods in its status", () => {
    const store = newStore();
    store.apply([put(statefulSet())]);
    runAll(store);
    const revision = store.list("Pod")[0]?.metadata.labels?.["controller-revision-hash"];
    expect(status(store)).toEqual({
      collisionCount: 0,
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      currentRevision: revision,
      updateRevision: revision,
    });
  });

  it("has as many replicas as the local configuration says", () => {
    const store = newStore({ replicasOf: () => 1 });
    store.apply([put(statefulSet())]);
    expect(podNames(store)).toEqual(["web-0"]);
  });
});

describe("an update of a StatefulSet", () => {
  function updated(spec: object = {}): Store {
    const store = newStore();
    store.apply([put(statefulSet(spec, { image: "v1" }))]);
    runAll(store);
    store.apply([put(statefulSet(spec, { image: "v2" }))]);
    return store;
  }

  it("replaces one Pod at a time from the highest number down", () => {
    const store = updated();
    expect(images(store)).toEqual({ "web-0": "v1", "web-1": "v1", "web-2": "v2" });
    runPods(store, ["web-2"]);
    expect(images(store)).toEqual({ "web-0": "v1", "web-1": "v2", "web-2": "v2" });
    runPods(store, ["web-1"]);
    runPods(store, ["web-0"]);
    expect(images(store)).toEqual({ "web-0": "v2", "web-1": "v2", "web-2": "v2" });
    const { currentRevision, updateRevision } = status(store) as unknown as Record<string, string>;
    expect(currentRevision).toBe(updateRevision);
  });

  it("stops at the partition, and what is below keeps the template before", () => {
    const store = updated({ updateStrategy: { rollingUpdate: { partition: 2 } } });
    runAll(store);
    expect(images(store)).toEqual({ "web-0": "v1", "web-1": "v1", "web-2": "v2" });
    store.apply([delPod("web-0")]);
    expect(images(store)).toMatchObject({ "web-0": "v1" });
    const { currentRevision, updateRevision } = status(store) as unknown as Record<string, string>;
    expect(currentRevision).not.toBe(updateRevision);
  });

  it.each([2, "100%"])(
    "takes one at a time, whatever maxUnavailable says: %s",
    (maxUnavailable) => {
      const store = updated({ updateStrategy: { rollingUpdate: { maxUnavailable } } });
      expect(images(store)).toEqual({ "web-0": "v1", "web-1": "v1", "web-2": "v2" });
    },
  );

  it("of type OnDelete waits for somebody to delete Pods", () => {
    const store = updated({ updateStrategy: { type: "OnDelete" } });
    expect(images(store)).toEqual({ "web-0": "v1", "web-1": "v1", "web-2": "v1" });
    store.apply([delPod("web-1")]);
    expect(images(store)).toMatchObject({ "web-0": "v1", "web-1": "v2", "web-2": "v1" });
  });

  it("that is broken is mended by the next template", () => {
    const store = updated();
    runPods(store, ["web-2"], false);
    store.apply([put(statefulSet({}, { image: "v3" }))]);
    expect(images(store)).toEqual({ "web-0": "v1", "web-1": "v1", "web-2": "v3" });
    runAll(store);
    expect(images(store)).toEqual({ "web-0": "v3", "web-1": "v3", "web-2": "v3" });
  });

  it("does not wait for Pods that nobody runs, however many", () => {
    const store = newStore({});
    store.apply([put(statefulSet({ replicas: 600 }, { image: "v1" }))]);
    store.apply([put(statefulSet({ replicas: 600 }, { image: "v2" }))]);
    expect(new Set(Object.values(images(store)))).toEqual(new Set(["v2"]));
    store.apply([put(statefulSet({ replicas: 0 }, { image: "v2" }))]);
    expect(podNames(store)).toEqual([]);
  });
});

describe("a dump of a cluster", () => {
  it("is at rest, whatever its revisions are called", () => {
    const first = newStore();
    first.apply([put(statefulSet())]);
    runAll(first);
    const foreign = first.list("Pod").map((made) => {
      const labels = { ...made.metadata.labels, "controller-revision-hash": "web-7f9c" };
      return { ...made, metadata: { ...made.metadata, labels } };
    });
    const second = newStore();
    second.apply([...first.list("StatefulSet.apps"), ...foreign].map(put));
    const uids = (store: Store) => store.list("Pod").map(({ metadata }) => metadata.uid);
    expect(uids(second)).toEqual(uids(first));
    expect(status(second)).toMatchObject({ currentRevision: "web-7f9c" });
    second.apply([put(statefulSet({}, { image: "v2" }))]);
    expect(images(second)).toMatchObject({ "web-2": "v2", "web-0": undefined });
  });
});

describe("persistentVolumeClaimRetentionPolicy", () => {
  const volumeClaimTemplates = [{ metadata: { name: "data" }, spec: {} }];
  const keeping = (whenDeleted: string, whenScaled: string, replicas = 3) =>
    statefulSet({
      replicas,
      volumeClaimTemplates,
      persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled },
    });
  const claims = (store: Store) =>
    store.list("PersistentVolumeClaim").map(({ metadata }) => metadata.name);
  const all = ["data-web-0", "data-web-1", "data-web-2"];

  it.each([
    ["Retain", "Retain", all, all],
    ["Delete", "Retain", all, []],
    ["Retain", "Delete", ["data-web-0"], ["data-web-0"]],
    ["Delete", "Delete", ["data-web-0"], []],
  ])("%s when deleted, %s when scaled: %o stay, then %o", (deleted, scaled, left, end) => {
    const store = newStore({});
    store.apply([put(keeping(deleted, scaled))]);
    expect(claims(store)).toEqual(all);
    // A pod that is replaced takes nothing along.
    store.apply([delPod("web-2")]);
    expect(claims(store)).toEqual(all);
    store.apply([put(keeping(deleted, scaled, 1))]);
    expect(claims(store)).toEqual(left);
    store.apply([del(statefulSet())]);
    expect(claims(store)).toEqual(end);
  });

  it("may change, and holds for the claims that there are", () => {
    const store = newStore({});
    store.apply([put(keeping("Retain", "Retain"))]);
    store.apply([put(keeping("Delete", "Retain"))]);
    store.apply([put(keeping("Retain", "Retain", 2))]);
    const owners = store
      .list("PersistentVolumeClaim")
      .map(({ metadata }) => metadata.ownerReferences?.length ?? 0);
    expect(owners).toEqual([0, 0, 0]);
  });
});
