/** Pods that run somewhere end before they go: they are terminating, and whoever runs them deletes them. */
import { describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { Pod } from "../../src/objects/pod.ts";
import { Store } from "../../src/store/store.ts";
import {
  del,
  endPods,
  node,
  podNames,
  put,
  runPods,
  service,
  slicesOf,
  workload,
} from "./cluster.ts";

/** A cluster in which every Pod that has been brought to run ends later. */
function cluster(...objects: readonly KubernetesObject[]) {
  const isEndedLater = (pod: Pod) => pod.status?.phase === "Running";
  const controllers = standardControllers({ isRun: () => true, isEndedLater });
  let seconds = 0;
  const store = new Store({
    controllers,
    now: () => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)),
  });
  store.apply([service(), ...objects].map(put));
  // In order, where each waits for the one before.
  for (let i = 0; i < 4; i++) runPods(store);
  const isEnding = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;
  const ending = () => store.list("Pod").filter(isEnding);
  return {
    store,
    apply(...more: readonly KubernetesObject[]) {
      seconds++;
      store.apply(more.map(put));
    },
    names: () => podNames(store).sort(),
    ending: () => ending().map(({ metadata }) => metadata.name),
    /** The runtime is done with all Pods that it was to end. */
    end: () => store.apply(ending().map(del)),
    conditions: () =>
      slicesOf(store).flatMap(({ endpoints }) => endpoints.map((one) => one.conditions)),
  };
}

const deployment = (spec: object = {}, image = "v1") =>
  workload("apps/v1", "Deployment", { replicas: 2, ...spec }, {}, { image });
const statefulSet = (spec: object = {}, image = "v1") =>
  workload("apps/v1", "StatefulSet", { replicas: 2, serviceName: "web", ...spec }, {}, { image });
const ready = { ready: true, serving: true, terminating: false };
const leaving = { ready: false, serving: true, terminating: true };

describe("a Pod that runs here and is given up", () => {
  it("is marked with its grace period, serves as terminating, and goes when it has ended", () => {
    const { apply, ending, names, end, conditions, store } = cluster(deployment());
    expect(conditions()).toEqual([ready, ready]);
    apply(deployment({ replicas: 1 }));
    const [gone] = ending();
    expect(names()).toHaveLength(2);
    const marked = () => store.get("Pod", "shop", gone!)?.metadata;
    expect(marked()).toMatchObject({
      deletionTimestamp: "2026-01-01T00:00:31Z",
      deletionGracePeriodSeconds: 30,
    });
    expect(conditions()).toContainEqual(ready);
    expect(conditions()).toContainEqual(leaving);
    // It is not given up again, whatever happens.
    apply(deployment({ replicas: 1, minReadySeconds: 1 }));
    expect(names()).toHaveLength(2);
    end();
    expect(names()).not.toContain(gone);
    expect(names()).toHaveLength(1);
    expect(conditions()).toHaveLength(1);
  });

  it("counts for no replica: its successor starts at once", () => {
    const { apply, ending, names } = cluster(deployment({ replicas: 1 }));
    apply(deployment({ replicas: 0 }));
    apply(deployment({ replicas: 1 }));
    expect(ending()).toHaveLength(1);
    expect(names()).toHaveLength(2);
  });

  it("ends with its owner, down the line", () => {
    const { store, ending, end } = cluster(deployment());
    store.apply([del(deployment())]);
    expect(store.count("ReplicaSet.apps")).toBe(0);
    expect(ending()).toHaveLength(2);
    end();
    expect(podNames(store)).toEqual([]);
  });

  it("that has not run yet, or has ended, is gone at once", () => {
    const { store, apply, names } = cluster();
    apply(deployment());
    apply(deployment({ replicas: 0 }));
    expect(names()).toEqual([]);
    store.apply([del(deployment())]);
  });

  it("holds a Recreate rollout back until it is gone", () => {
    const recreate = { strategy: { type: "Recreate" } };
    const { apply, names, ending, end, store } = cluster(deployment(recreate));
    apply(deployment(recreate, "v2"));
    expect(ending()).toHaveLength(2);
    expect(names()).toHaveLength(2);
    end();
    expect(store.list("Pod").map(({ spec }) => spec.containers[0]?.image)).toEqual(["v2", "v2"]);
  });

  it("of a StatefulSet keeps its name until it is gone, and the others wait", () => {
    const { apply, ending, end, names, store } = cluster(statefulSet());
    const images = () => store.list("Pod").map(({ spec }) => spec.containers[0]?.image);
    apply(statefulSet({}, "v2"));
    expect(ending()).toEqual(["web-1"]);
    expect(images()).toEqual(["v1", "v1"]);
    end();
    expect(names()).toEqual(["web-0", "web-1"]);
    expect(ending()).toEqual([]);
    runPods(store, ["web-1"]);
    expect(ending()).toEqual(["web-0"]);
    end();
    runPods(store, ["web-0"]);
    expect(images()).toEqual(["v2", "v2"]);
  });

  it("of a StatefulSet that shrinks goes before the next lower one", () => {
    const { apply, ending, end, names } = cluster(statefulSet({ replicas: 3 }));
    apply(statefulSet({ replicas: 1 }));
    expect(ending()).toEqual(["web-2"]);
    end();
    expect(ending()).toEqual(["web-1"]);
    end();
    expect(names()).toEqual(["web-0"]);
  });

  it("is marked once, whatever else happens to its StatefulSet", () => {
    const { apply, store } = cluster(statefulSet({ replicas: 3 }));
    const marked = () => store.get("Pod", "shop", "web-2")?.metadata.deletionTimestamp;
    apply(statefulSet({ replicas: 1 }));
    const before = marked();
    apply(statefulSet({ replicas: 2 }));
    expect(marked()).toBe(before);
    expect(before).toBeDefined();
  });

  it("of a StatefulSet that is made anew keeps its name until it is gone", () => {
    const { store, apply, ending, end } = cluster(statefulSet());
    store.apply([del(statefulSet())]);
    apply(statefulSet({}, "v2"));
    expect(ending().sort()).toEqual(["web-0", "web-1"]);
    end();
    runPods(store, ["web-0"]);
    const images = store.list("Pod").map(({ spec }) => spec.containers[0]?.image);
    expect(images).toEqual(["v2", "v2"]);
    expect(ending()).toEqual([]);
  });

  it("of a parallel StatefulSet goes together with the others", () => {
    const parallel = { podManagementPolicy: "Parallel", replicas: 3 };
    const { apply, ending } = cluster(statefulSet(parallel));
    apply(statefulSet({ ...parallel, replicas: 1 }));
    expect(ending().sort()).toEqual(["web-1", "web-2"]);
  });

  it("of a DaemonSet is replaced on its Node when it has gone, and not before", () => {
    const { apply, ending, end, store, names } = cluster(
      node("n1"),
      node("n2"),
      workload("apps/v1", "DaemonSet"),
    );
    apply(workload("apps/v1", "DaemonSet", {}, {}, { image: "v2" }));
    expect(ending()).toHaveLength(1);
    expect(names()).toHaveLength(2);
    end();
    const onNodes = () => store.list("Pod").map(({ spec }) => spec.nodeName);
    expect(onNodes().sort()).toEqual(["n1", "n2"]);
    expect(ending()).toEqual([]);
    runPods(store);
    expect(ending()).toHaveLength(1);
    expect(names()).toHaveLength(2);
  });

  it("of a StatefulSet counts for no revision", () => {
    const { apply, store } = cluster(statefulSet());
    apply(statefulSet({}, "v2"));
    expect(store.get("StatefulSet.apps", "shop", "web")?.status).toMatchObject({
      replicas: 2,
      currentReplicas: 1,
    });
  });

  it("of a suspended Job ends", () => {
    const job = (suspend: boolean) => workload("batch/v1", "Job", { selector: undefined, suspend });
    const { apply, ending, end, names } = cluster(job(false));
    apply(job(true));
    expect(ending()).toHaveLength(1);
    end();
    expect(names()).toEqual([]);
  });
});

describe("a Job that has failed while some of its Pods still end", () => {
  const job = (spec: object) =>
    workload("batch/v1", "Job", {
      selector: undefined,
      completions: 3,
      parallelism: 3,
      backoffLimit: 0,
      ...spec,
    });
  const types = (store: Store) => {
    const { conditions = [] } = (store.get("Job.batch", "shop", "web")?.status ?? {}) as {
      readonly conditions?: readonly { readonly type: string }[];
    };
    return conditions.map(({ type }) => type);
  };

  it("says so, and has failed when the last one ended, its pods with it", () => {
    const { store, names, ending, end } = cluster(job({}));
    endPods(store, names().slice(0, 1), "Failed");
    expect(ending()).toHaveLength(2);
    expect(store.get("Job.batch", "shop", "web")?.status).toMatchObject({
      failed: 3,
      terminating: 2,
    });
    expect(types(store)).toEqual(["FailureTarget"]);
    end();
    expect(types(store)).toEqual(["FailureTarget", "Failed"]);
    expect(store.get("Job.batch", "shop", "web")?.status).toMatchObject({
      failed: 3,
      terminating: 0,
    });
  });

  it("keeps to it when the control loops begin anew", () => {
    const { store, names, end } = cluster(job({}));
    endPods(store, names().slice(0, 1), "Failed");
    const controllers = standardControllers({ isRun: () => true, isEndedLater: () => true });
    const second = new Store({ controllers });
    second.apply([...store.list("Job.batch"), ...store.list("Pod")].map(put));
    end();
    expect(types(second)).toEqual(["FailureTarget"]);
    second.apply(second.list("Pod").map(del));
    expect(types(second)).toEqual(["FailureTarget", "Failed"]);
  });

  it.each([
    ["TerminatingOrFailed", 3],
    ["Failed", 0],
  ])(
    "has no successor of a Pod that ends where podReplacementPolicy is %s",
    (policy, successors) => {
      const { store, names, ending } = cluster(
        job({ podReplacementPolicy: policy, suspend: false }),
      );
      const marked = store.list("Pod").map((pod) => ({
        ...pod,
        metadata: { ...pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
      }));
      store.apply(marked.map(put));
      expect(ending()).toHaveLength(3);
      expect(names()).toHaveLength(3 + successors);
    },
  );
});
