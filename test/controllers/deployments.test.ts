import { describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { WorkloadOptions } from "../../src/controllers/workload-options.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { isReady } from "../../src/objects/pod.ts";
import type { Deployment, ReplicaSet } from "../../src/objects/workloads.ts";
import { Store } from "../../src/store/store.ts";
import { del, delPod, pod, podNames, put, runPods, workload } from "./cluster.ts";

let now = new Date("2026-01-01T00:00:00Z");

function newStore(options: WorkloadOptions = { isRun: () => true }): Store {
  now = new Date("2026-01-01T00:00:00Z");
  return new Store({ controllers: standardControllers(options), now: () => now });
}

const deployment = (spec: object = {}, template: object = {}) =>
  workload<Deployment>("apps/v1", "Deployment", { replicas: 3, ...spec }, {}, template);
const replicaSets = (store: Store) => store.list("ReplicaSet.apps");
const counts = (store: Store) => replicaSets(store).map(({ spec }) => spec.replicas);
const status = (store: Store) => store.get("Deployment.apps", "shop", "web")?.status;

describe("a Deployment (A.4)", () => {
  it("makes a ReplicaSet, which makes Pods, named and labelled as in a cluster", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    const [set, ...others] = replicaSets(store);
    expect(others).toEqual([]);
    const hash = set?.metadata.labels?.["pod-template-hash"];
    expect(hash).toMatch(/^[456789bcdf]{1,10}$/);
    expect(set).toMatchObject({
      metadata: {
        name: `web-${hash}`,
        labels: { app: "web", "pod-template-hash": hash },
        annotations: { "deployment.kubernetes.io/revision": "1" },
        ownerReferences: [{ kind: "Deployment", name: "web", controller: true }],
      },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: "web", "pod-template-hash": hash } },
        template: { metadata: { labels: { app: "web", "pod-template-hash": hash } } },
      },
    });
    const pods = store.list("Pod");
    expect(pods).toHaveLength(3);
    for (const made of pods) {
      expect(made.metadata.name).toMatch(
        new RegExp(`^web-${hash}-[bcdfghjklmnpqrstvwxz2456789]{5}$`),
      );
      expect(made).toMatchObject({
        metadata: {
          namespace: "shop",
          labels: { app: "web", "pod-template-hash": hash },
          ownerReferences: [{ kind: "ReplicaSet", name: set?.metadata.name, controller: true }],
        },
        spec: { containers: [{ name: "main" }] },
        status: { phase: "Pending" },
      });
    }
  });

  it("gives the same names in every run", () => {
    const names = () => {
      const store = newStore();
      store.apply([put(deployment())]);
      return podNames(store);
    };
    expect(names()).toEqual(names());
    expect(new Set(names()).size).toBe(3);
  });

  it("has one replica unless it says otherwise, and none if it says so", () => {
    const store = newStore();
    const { replicas: _, ...spec } = deployment().spec;
    store.apply([put({ ...deployment(), spec })]);
    expect(podNames(store)).toHaveLength(1);
    store.apply([put(deployment({ replicas: 0 }))]);
    expect(podNames(store)).toEqual([]);
  });

  it("has as many replicas as the local configuration says", () => {
    let replicas: number | undefined = 2;
    const store = newStore({ replicasOf: () => replicas });
    store.apply([put(deployment({ replicas: 7 }))]);
    expect(podNames(store)).toHaveLength(2);
    replicas = undefined;
    const key = { kind: "Deployment.apps", namespace: "shop", name: "web" };
    store.apply([{ op: "touch", key }]);
    expect(podNames(store)).toHaveLength(7);
  });

  it("scales, giving up pods that are not ready first", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    const [first, second, third] = podNames(store);
    runPods(store, [first!, third!]);
    store.apply([put(deployment({ replicas: 2 }))]);
    expect(podNames(store)).toEqual([first, third]);
    store.apply([put(deployment({ replicas: 3 }))]);
    expect(podNames(store)).toHaveLength(3);
    expect(podNames(store)).not.toContain(second);
  });

  it("replaces a pod that is deleted or failed, under another name", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    const [first] = podNames(store);
    store.apply([delPod(first!)]);
    expect(podNames(store)).toHaveLength(3);
    expect(podNames(store)).not.toContain(first);
    const [next] = podNames(store);
    const key = { kind: "Pod", namespace: "shop", name: next! };
    store.apply([{ op: "status", key, status: { phase: "Failed" } }]);
    expect(podNames(store)).toHaveLength(4);
  });

  it("keeps the status of Pods when its manifest is read again", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    runPods(store);
    const before = store.list("Pod");
    expect(store.apply([put(deployment())])).toEqual([]);
    expect(store.list("Pod")).toEqual(before);
  });

  it("counts its pods in its status", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    const { conditions: _, ...first } = status(store) as { conditions: unknown };
    expect(first).toEqual({ replicas: 3, updatedReplicas: 3, unavailableReplicas: 3 });
    runPods(store);
    const { conditions: __, ...second } = status(store) as { conditions: unknown };
    expect(second).toEqual({
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
  });

  describe("says in conditions", () => {
    const told = (store: Store) => {
      const { conditions } = status(store) as {
        conditions: { type: string; status: string; reason: string; message: string }[];
      };
      return conditions.map(({ type, status: value, reason }) => `${type}=${value} ${reason}`);
    };
    const STARTED = ["Available=False MinimumReplicasUnavailable"];
    const SERVING = ["Available=True MinimumReplicasAvailable"];
    const GOES_ON = "Progressing=True ReplicaSetUpdated";
    const DONE = "Progressing=True NewReplicaSetAvailable";
    const LATE = "Progressing=False ProgressDeadlineExceeded";
    const wait = (store: Store, seconds: number) => {
      now = new Date(now.getTime() + seconds * 1000);
      store.tick();
    };
    const started = (spec: object = {}) => {
      const store = newStore();
      store.apply([put(deployment(spec))]);
      return store;
    };

    it("how a rollout goes, from its start to its end", () => {
      const store = started();
      expect(told(store)).toEqual([...STARTED, GOES_ON]);
      const [a, b, c] = podNames(store);
      // Of three, none may be missing: a quarter of three, rounded down.
      runPods(store, [a!, b!]);
      expect(told(store)).toEqual([...STARTED, GOES_ON]);
      runPods(store, [c!]);
      expect(told(store)).toEqual([...SERVING, DONE]);
      const before = status(store) as { conditions: unknown };
      runPods(store, [a!], false);
      expect(told(store)).toEqual([...STARTED, DONE]);
      runPods(store, [a!]);
      expect(status(store)).toEqual(before);
      store.apply([put(deployment({}, { image: "v2" }))]);
      expect(told(store)).toEqual([...SERVING, "Progressing=True ReplicaSetUpdated"]);
    });

    it("that it has stood still for too long, and that it goes on after all", () => {
      const store = started({ progressDeadlineSeconds: 60 });
      expect(store.nextWake()).toEqual(new Date("2026-01-01T00:01:01Z"));
      wait(store, 60);
      expect(told(store)).toEqual([...STARTED, GOES_ON]);
      const [a] = podNames(store);
      runPods(store, [a!]);
      expect(store.nextWake()).toEqual(new Date("2026-01-01T00:02:01Z"));
      wait(store, 61);
      expect(told(store)).toEqual([...STARTED, LATE]);
      expect(store.nextWake()).toBeUndefined();
      runPods(store);
      expect(told(store)).toEqual([...SERVING, DONE]);
    });

    it("that it is paused, which no time runs against", () => {
      const store = started({ paused: true });
      expect(told(store)).toContain("Progressing=Unknown DeploymentPaused");
      expect(store.nextWake()).toBeUndefined();
    });

    it("nothing of progress when the deadline is none", () => {
      const store = started({ progressDeadlineSeconds: 2147483647 });
      expect(told(store)).toEqual(STARTED);
    });

    it("what a cluster said, where it still holds", () => {
      const time = "2025-12-01T00:00:00Z";
      const condition = (type: string, reason: string) => ({
        type,
        status: "True",
        reason,
        message: "said before",
        lastUpdateTime: time,
        lastTransitionTime: time,
      });
      const conditions = [
        condition("Available", "MinimumReplicasAvailable"),
        condition("Progressing", "NewReplicaSetAvailable"),
      ];
      const counted = { replicas: 0, updatedReplicas: 0 };
      const store = newStore();
      store.apply([put({ ...deployment({ replicas: 0 }), status: { ...counted, conditions } })]);
      expect(status(store)).toMatchObject({ conditions });
    });
  });

  it("of a dump without ReplicaSets has the Pods that it came with", () => {
    const before = newStore();
    before.apply([put(deployment())]);
    runPods(before);
    const [made] = replicaSets(before);
    const store = newStore();
    store.apply([...before.list("Deployment.apps"), ...before.list("Pod")].map(put));
    expect(podNames(store)).toEqual(podNames(before));
    const [set] = replicaSets(store);
    expect(set?.metadata).toMatchObject({ name: made?.metadata.name, uid: made?.metadata.uid });
    expect(status(store)).toMatchObject({ replicas: 3, readyReplicas: 3, updatedReplicas: 3 });
    // From here on it rolls as any other.
    store.apply([put(deployment({}, { image: "v2" }))]);
    runPods(store);
    for (let i = 0; i < 5; i++) runPods(store);
    expect(counts(store)).toEqual([0, 3]);
  });

  it("takes its ReplicaSets and Pods along when deleted", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    store.apply([del(deployment())]);
    expect(store.kinds()).toEqual([]);
  });

  it("that is deleted and created again has other Pods", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    const before = store.list("Pod").map(({ metadata }) => metadata.uid);
    store.apply([del(deployment()), put(deployment())]);
    const after = store.list("Pod").map(({ metadata }) => metadata.uid);
    expect(after).toHaveLength(3);
    expect(after.some((uid) => before.includes(uid))).toBe(false);
  });

  it("with a selector that can't be read makes nothing, says so, and hinders nobody", () => {
    const findings: Diagnostic[] = [];
    const store = newStore({ onFinding: (finding) => findings.push(finding) });
    const broken = deployment({
      selector: { matchExpressions: [{ key: "app", operator: "Like", values: ["x"] }] },
    });
    const other = workload("apps/v1", "Deployment", {}, { name: "other" });
    store.apply([put(broken), put(other)]);
    store.apply([put({ ...broken, metadata: { ...broken.metadata, labels: { a: "b" } } })]);
    expect(findings).toMatchObject([{ rule: "workload-unusable", object: "Deployment shop/web" }]);
    expect(podNames(store)).toHaveLength(1);
  });
});

describe("a rolling update", () => {
  const ready = (store: Store) => store.list("Pod").filter(isReady).length;

  it("surges, waits for readiness, and never has fewer ready pods than allowed", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    runPods(store);
    store.apply([put(deployment({}, { image: "v2" }))]);
    expect(counts(store)).toEqual([3, 1]);
    const seen: unknown[] = [];
    for (let step = 0; step < 10 && counts(store)[1] !== 3; step++) {
      runPods(store);
      seen.push(counts(store));
      expect(ready(store)).toBeGreaterThanOrEqual(3);
      expect(podNames(store).length).toBeLessThanOrEqual(4);
    }
    expect(seen).toEqual([
      [2, 2],
      [1, 3],
    ]);
    runPods(store);
    expect(counts(store)).toEqual([0, 3]);
    expect(status(store)).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 });
  });

  it("goes down first when it may not surge", () => {
    const store = newStore();
    const strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
    store.apply([put(deployment({ strategy }))]);
    runPods(store);
    store.apply([put(deployment({ strategy }, { image: "v2" }))]);
    expect(counts(store)).toEqual([2, 1]);
    expect(ready(store)).toBe(2);
  });

  it("that does not become ready stops, and the next template takes over", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    runPods(store);
    store.apply([put(deployment({}, { image: "broken" }))]);
    expect(counts(store)).toEqual([3, 1]);
    store.apply([put(deployment({}, { image: "v3" }))]);
    expect(counts(store)).toEqual([3, 0, 1]);
    runPods(store);
    runPods(store);
    runPods(store);
    runPods(store);
    expect(counts(store)).toEqual([0, 0, 3]);
  });

  it("back to a template before uses its ReplicaSet again, as a new revision", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    runPods(store);
    store.apply([put(deployment({}, { image: "v2" }))]);
    for (let i = 0; i < 4; i++) runPods(store);
    store.apply([put(deployment())]);
    for (let i = 0; i < 4; i++) runPods(store);
    expect(counts(store)).toEqual([3, 0]);
    const revisions = replicaSets(store).map(
      ({ metadata }) => metadata.annotations?.["deployment.kubernetes.io/revision"],
    );
    expect(revisions).toEqual(["3", "2"]);
  });

  it("of type Recreate starts new pods when the old ones are gone", () => {
    const store = newStore();
    const strategy = { type: "Recreate" };
    store.apply([put(deployment({ strategy }))]);
    runPods(store);
    const before = podNames(store);
    store.apply([put(deployment({ strategy }, { image: "v2" }))]);
    expect(counts(store)).toEqual([0, 3]);
    expect(podNames(store).filter((name) => before.includes(name))).toEqual([]);
  });

  it("does not wait for pods that nobody runs", () => {
    const store = newStore({});
    store.apply([put(deployment({ replicas: 500, strategy: { rollingUpdate: { maxSurge: 1 } } }))]);
    store.apply([put(deployment({ replicas: 500 }, { image: "v2" }))]);
    expect(counts(store)).toEqual([0, 500]);
  });

  it("counts the Pods of a surge among the unavailable ones", () => {
    const store = newStore();
    store.apply([put(deployment({}, { image: "v1" }))]);
    runPods(store);
    store.apply([put(deployment({}, { image: "v2" }))]);
    expect(counts(store).sort()).toEqual([1, 3]);
    expect(status(store)).toMatchObject({ availableReplicas: 3, unavailableReplicas: 1 });
  });

  it("waits for minReadySeconds", () => {
    const store = newStore();
    const spec = { replicas: 1, minReadySeconds: 30 };
    store.apply([put(deployment(spec))]);
    const runAt = (time: Date) => {
      for (const { metadata } of store.list("Pod")) {
        const key = { kind: "Pod", namespace: "shop", name: metadata.name };
        const condition = { type: "Ready", status: "True", lastTransitionTime: time.toISOString() };
        store.apply([{ op: "status", key, status: { phase: "Running", conditions: [condition] } }]);
      }
    };
    runAt(now);
    expect(status(store)).toMatchObject({ readyReplicas: 1, unavailableReplicas: 1 });
    expect(store.nextWake()).toEqual(new Date("2026-01-01T00:00:30Z"));
    now = new Date("2026-01-01T00:00:29Z");
    expect(store.tick()).toEqual([]);
    now = new Date("2026-01-01T00:00:30Z");
    store.tick();
    expect(status(store)).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
    expect(store.nextWake()).toBeUndefined();
  });

  it("that is scaled meanwhile is scaled in proportion, and then goes on", () => {
    const store = newStore();
    const strategy = { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
    store.apply([put(deployment({ replicas: 10, strategy }))]);
    runPods(store);
    store.apply([put(deployment({ replicas: 10, strategy }, { image: "v2" }))]);
    expect(counts(store)).toEqual([8, 5]);
    store.apply([put(deployment({ replicas: 15, strategy }, { image: "v2" }))]);
    expect(counts(store)).toEqual([11, 7]);
    const { annotations } = replicaSets(store)[1]!.metadata;
    expect(annotations).toMatchObject({
      "deployment.kubernetes.io/desired-replicas": "15",
      "deployment.kubernetes.io/max-replicas": "18",
    });
    for (let i = 0; i < 20; i++) runPods(store);
    expect(counts(store)).toEqual([0, 15]);
  });

  it("that is paused in the middle stays there, and follows its size only", () => {
    const store = newStore();
    const strategy = { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
    store.apply([put(deployment({ replicas: 10, strategy }))]);
    runPods(store);
    store.apply([put(deployment({ replicas: 10, strategy, paused: true }, { image: "v2" }))]);
    expect(counts(store)).toEqual([10]);
    store.apply([put(deployment({ replicas: 10, strategy }, { image: "v2" }))]);
    store.apply([put(deployment({ replicas: 10, strategy, paused: true }, { image: "v2" }))]);
    runPods(store);
    expect(counts(store)).toEqual([8, 5]);
    store.apply([put(deployment({ replicas: 5, strategy, paused: true }, { image: "v2" }))]);
    expect(counts(store)).toEqual([5, 3]);
    expect(status(store)).toMatchObject({ replicas: 8, updatedReplicas: 3 });
  });

  it("is held back while paused, when only the number of pods follows", () => {
    const store = newStore();
    store.apply([put(deployment())]);
    store.apply([put(deployment({ paused: true, replicas: 5 }, { image: "v2" }))]);
    expect(counts(store)).toEqual([5]);
    store.apply([put(deployment({ replicas: 5 }, { image: "v2" }))]);
    expect(replicaSets(store)).toHaveLength(2);
  });

  it("leaves ten empty ReplicaSets, or as many as revisionHistoryLimit says", () => {
    const store = newStore({});
    for (let i = 0; i < 15; i++) store.apply([put(deployment({}, { image: `v${i}` }))]);
    const images = () =>
      replicaSets(store).map(({ spec }) => spec.template.spec.containers[0]?.image);
    const newest = (count: number) => Array.from({ length: count }, (_, i) => `v${15 - count + i}`);
    expect(images()).toEqual(newest(11));
    store.apply([put(deployment({ revisionHistoryLimit: 2 }, { image: "v14" }))]);
    expect(images()).toEqual(newest(3));
    store.apply([put(deployment({ revisionHistoryLimit: 0 }, { image: "v14" }))]);
    expect(images()).toEqual(newest(1));
  });

  it("forgets by revision: a ReplicaSet that was rolled back to is as new as its last use", () => {
    const store = newStore({});
    const roll = (image: string, limit = 10) =>
      store.apply([put(deployment({ revisionHistoryLimit: limit }, { image }))]);
    for (const image of ["a", "b", "a", "c"]) roll(image);
    roll("c", 1);
    const kept = replicaSets(store).map(({ spec }) => spec.template.spec.containers[0]?.image);
    expect(kept.sort()).toEqual(["a", "c"]);
  });
});

describe("a dump of a cluster", () => {
  it("is at rest: nothing is made, rolled or deleted", () => {
    const first = newStore();
    first.apply([put(deployment())]);
    runPods(first);
    const kinds = ["Deployment.apps", "ReplicaSet.apps", "Pod"];
    const dump = kinds.flatMap((kind) => first.list(kind));
    for (const objects of [dump, [...dump].reverse()]) {
      const second = newStore();
      second.apply(objects.map(put));
      expect(podNames(second).sort()).toEqual(podNames(first).sort());
      expect(replicaSets(second)).toHaveLength(1);
    }
  });

  it("without the owners keeps the Pods as they are", () => {
    const first = newStore();
    first.apply([put(deployment())]);
    const second = newStore();
    second.apply(first.list("Pod").map(put));
    expect(podNames(second)).toEqual(podNames(first));
  });
});

describe.each([
  ["ReplicaSet", "apps/v1", { matchLabels: { app: "web" } }],
  ["ReplicationController", "v1", { app: "web" }],
])("a %s", (kind, apiVersion, selector) => {
  const set = (spec: object = {}) =>
    workload<ReplicaSet>(apiVersion, kind, { replicas: 2, selector, ...spec });

  it("makes Pods named after itself", () => {
    const store = newStore();
    store.apply([put(set())]);
    expect(podNames(store)).toHaveLength(2);
    for (const name of podNames(store)) expect(name).toMatch(/^web-[a-z0-9]{5}$/);
  });

  it("adopts Pods that match and have no controller, before it makes new ones", () => {
    for (const batches of [
      [[pod(), set()]],
      [[pod()], [set()]],
      [[set({ replicas: 0 }), pod()], [set()]],
    ]) {
      const store = newStore();
      const all: readonly (readonly KubernetesObject[])[] = batches;
      for (const batch of all.slice(0, -1)) store.apply(batch.map(put));
      if (all.length > 1 && all[0]?.length === 2) {
        // Without replicas, the adopted Pod is given up.
        expect(podNames(store)).toEqual([]);
        continue;
      }
      store.apply(all.at(-1)!.map(put));
      expect(podNames(store)).toHaveLength(2);
      expect(store.get("Pod", "shop", "web-1")?.metadata.ownerReferences).toMatchObject([{ kind }]);
    }
  });

  it("lets go of a Pod that is relabelled, and makes another", () => {
    const store = newStore();
    store.apply([put(set())]);
    const [first] = store.list("Pod");
    store.apply([put({ ...first!, metadata: { ...first!.metadata, labels: { app: "suspect" } } })]);
    expect(podNames(store)).toHaveLength(3);
    const freed = store.get("Pod", "shop", first!.metadata.name);
    expect(freed?.metadata.ownerReferences).toBeUndefined();
    store.apply([put({ ...freed!, metadata: { ...freed!.metadata, labels: { app: "web" } } })]);
    expect(podNames(store)).toHaveLength(2);
  });

  it("does not touch Pods of another namespace or another controller", () => {
    const store = newStore();
    const taken = pod({ name: "taken" });
    const owner = { apiVersion: "v1", kind: "X", name: "x", uid: "u", controller: true };
    store.apply([
      put({ ...taken, metadata: { ...taken.metadata, ownerReferences: [owner] } }),
      put(pod({ name: "elsewhere", namespace: "bank" })),
      put(set()),
    ]);
    expect(podNames(store)).toHaveLength(4);
  });
});

describe("garbage collection", () => {
  const owned = (name: string, ...uids: string[]): KubernetesObject => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name,
      namespace: "shop",
      uid: name,
      ownerReferences: uids.map((uid) => ({ apiVersion: "v1", kind: "ConfigMap", name: uid, uid })),
    },
  });
  const names = (store: Store) => store.list("ConfigMap").map(({ metadata }) => metadata.name);

  it("deletes what has no owner left, down the line", () => {
    const store = newStore();
    store.apply(
      [owned("a"), owned("b", "a"), owned("c", "b"), owned("d", "a", "e"), owned("e")].map(put),
    );
    store.apply([del(owned("a"))]);
    expect(names(store)).toEqual(["d", "e"]);
    const left = store.get("ConfigMap", "shop", "d")?.metadata.ownerReferences;
    expect(left?.map(({ uid }) => uid)).toEqual(["e"]);
    store.apply([del(owned("e"))]);
    expect(names(store)).toEqual([]);
  });

  it("leaves alone whose owner is replaced by itself", () => {
    const store = newStore();
    store.apply(["a", "e"].map((name) => put(owned(name))));
    store.apply([put(owned("d", "a", "e")), put(owned("f", "a"))]);
    const before = [store.get("ConfigMap", "shop", "d"), store.get("ConfigMap", "shop", "f")];
    store.apply([del(owned("a")), put(owned("a"))]);
    expect([store.get("ConfigMap", "shop", "d"), store.get("ConfigMap", "shop", "f")]).toEqual(
      before,
    );
  });

  it("leaves alone whose owner never was there", () => {
    const store = newStore();
    store.apply([put(owned("b", "a")), put(owned("x"))]);
    store.apply([del(owned("x"))]);
    expect(names(store)).toEqual(["b"]);
  });

  it("survives owners in a circle", () => {
    const store = newStore();
    store.apply([put(owned("a", "b")), put(owned("b", "a"))]);
    store.apply([del(owned("a"))]);
    expect(names(store)).toEqual([]);
  });
});
