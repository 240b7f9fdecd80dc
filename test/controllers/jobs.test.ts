import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IndexSet } from "../../src/controllers/index-set.ts";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { Job } from "../../src/objects/workloads.ts";
import { Store } from "../../src/store/store.ts";
import { del, delPod, endPods, podNames, put, workload } from "./cluster.ts";

let now: Date;
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000);

function storeWith(...jobs: readonly Job[]): Store {
  now = at(0);
  const store = new Store({ controllers: standardControllers(), now: () => now });
  store.apply(jobs.map(put));
  return store;
}

const job = (spec: object = {}) =>
  workload<Job>("batch/v1", "Job", { selector: undefined, ...spec });
const status = (store: Store) => store.get("Job.batch", "shop", "web")?.status;
const running = (store: Store) =>
  store
    .list("Pod")
    .filter((pod) => pod.status?.phase === "Pending")
    .map(({ metadata }) => metadata.name);

describe("a Job", () => {
  it("runs one Pod, with its labels, until it succeeded", () => {
    const store = storeWith(job());
    const [name] = podNames(store);
    expect(name).toMatch(/^web-[a-z0-9]{5}$/);
    const uid = store.get("Job.batch", "shop", "web")?.metadata.uid;
    expect(store.get("Pod", "shop", name!)?.metadata.labels).toEqual({
      app: "web",
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": "web",
      "controller-uid": uid,
      "job-name": "web",
    });
    expect(status(store)).toEqual({
      active: 1,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
      startTime: "2026-01-01T00:00:00Z",
    });
    now = at(60);
    endPods(store, [name!], "Succeeded");
    expect(podNames(store)).toEqual([name]);
    expect(status(store)).toMatchObject({
      succeeded: 1,
      completionTime: "2026-01-01T00:01:00Z",
      conditions: [
        { type: "SuccessCriteriaMet", status: "True" },
        { type: "Complete", status: "True" },
      ],
    });
  });

  it.each([
    [
      "parallelism at a time, as many as completions",
      { parallelism: 2, completions: 3 },
      [2, 2, 1, 0],
    ],
    ["no more than are missing", { parallelism: 5, completions: 2 }, [2, 1, 0]],
    ["one after the other", { completions: 2 }, [1, 1, 0]],
    ["none while suspended", { suspend: true }, [0]],
    ["of a work queue all, until one succeeded", { parallelism: 3 }, [3, 2, 1, 0]],
  ])("runs %s", (_, spec, counts) => {
    const store = storeWith(job(spec));
    const seen = [running(store).length];
    for (let step = 0; step < 5 && running(store).length > 0; step++) {
      endPods(store, running(store).slice(0, 1), "Succeeded");
      seen.push(running(store).length);
    }
    expect(seen).toEqual(counts);
    const { conditions } = status(store) as unknown as { conditions: { type: string }[] };
    expect(conditions.map(({ type }) => type)).toEqual(
      "suspend" in spec ? ["Suspended"] : ["SuccessCriteriaMet", "Complete"],
    );
  });

  it("tries again after a failure, later and later, and gives up at backoffLimit", () => {
    const store = storeWith(job({ backoffLimit: 2 }));
    endPods(store, running(store), "Failed");
    expect(running(store)).toEqual([]);
    expect(store.nextWake()).toEqual(at(10));
    now = at(10);
    store.tick();
    expect(running(store)).toHaveLength(1);
    endPods(store, running(store), "Failed");
    expect(store.nextWake()).toEqual(at(30));
    now = at(30);
    store.tick();
    endPods(store, running(store), "Failed");
    expect(status(store)).toMatchObject({
      failed: 3,
      conditions: [
        { type: "FailureTarget", reason: "BackoffLimitExceeded" },
        { type: "Failed", reason: "BackoffLimitExceeded" },
      ],
    });
    expect(store.nextWake()).toBeUndefined();
    expect(running(store)).toEqual([]);
  });

  it("stops its other Pods when it failed", () => {
    const store = storeWith(job({ parallelism: 3, completions: 3, backoffLimit: 0 }));
    endPods(store, running(store).slice(0, 1), "Failed");
    expect(running(store)).toEqual([]);
    expect(podNames(store)).toHaveLength(1);
  });

  it("replaces a Pod that is deleted, and counts one that succeeded though it is gone", () => {
    const store = storeWith(job({ completions: 2 }));
    const [first] = running(store);
    store.apply([delPod(first!)]);
    const [second] = running(store);
    expect(second).not.toBe(first);
    endPods(store, [second!], "Succeeded");
    store.apply([delPod(second!)]);
    expect(running(store)).toHaveLength(1);
    expect(status(store)).toMatchObject({ succeeded: 1, active: 1 });
  });

  it("that is active for longer than activeDeadlineSeconds has failed, whatever its Pods do", () => {
    const store = storeWith(job({ activeDeadlineSeconds: 90, parallelism: 2, completions: 5 }));
    expect(store.nextWake()).toEqual(at(90));
    now = at(60);
    endPods(store, [podNames(store)[0]!], "Succeeded");
    expect(running(store)).toHaveLength(2);
    now = at(90);
    store.tick();
    expect(running(store)).toEqual([]);
    expect(status(store)).toMatchObject({
      succeeded: 1,
      // The pods that still ran failed with it.
      failed: 2,
      conditions: ["FailureTarget", "Failed"].map((type) => ({
        type,
        reason: "DeadlineExceeded",
        message: "Job was active longer than specified deadline",
      })),
    });
    expect(store.nextWake()).toBeUndefined();
  });

  it("is not active while it is suspended", () => {
    const store = storeWith(job({ activeDeadlineSeconds: 90, suspend: true }));
    expect(store.nextWake()).toBeUndefined();
    expect(status(store)).not.toHaveProperty("startTime");
    now = at(500);
    const suspended = { type: "Suspended", status: "True", reason: "JobSuspended" };
    expect(status(store)).toMatchObject({ conditions: [suspended] });
    store.apply([put(job({ activeDeadlineSeconds: 90 }))]);
    expect(store.nextWake()).toEqual(at(590));
    const resumed = { type: "Suspended", status: "False", reason: "JobResumed" };
    expect(status(store)).toMatchObject({
      conditions: [{ ...resumed, lastTransitionTime: "2026-01-01T00:08:20Z" }],
    });
  });

  it("is deleted with its Pods ttlSecondsAfterFinished later", () => {
    const store = storeWith(job({ ttlSecondsAfterFinished: 60 }));
    now = at(5);
    endPods(store, running(store), "Succeeded");
    expect(store.nextWake()).toEqual(at(65));
    now = at(65);
    store.tick();
    expect(store.kinds()).toEqual([]);
    expect(store.nextWake()).toBeUndefined();
  });

  it("takes its Pods along when deleted", () => {
    const store = storeWith(job());
    store.apply([del(job())]);
    expect(store.kinds()).toEqual([]);
  });

  it("out of a dump that is done stays done, and counts nothing twice", () => {
    const first = storeWith(job({ completions: 2 }));
    endPods(first, running(first), "Succeeded");
    const half = [...first.list("Job.batch"), ...first.list("Pod")];
    const second = storeWith();
    second.apply(half.map(put));
    expect(status(second)).toMatchObject({ succeeded: 1, active: 1 });
    endPods(first, running(first), "Succeeded");
    const third = storeWith();
    third.apply(first.list("Job.batch").map(put));
    expect(podNames(third)).toEqual([]);
  });
});

describe("a Job whose Pods fail", () => {
  /** Ends the first Pod that runs, with an exit code and conditions. */
  function fail(store: Store, exitCode: number, conditions: object[] = []): void {
    const [name = ""] = running(store);
    const state = { terminated: { exitCode } };
    const containerStatuses = [{ name: "main", ready: false, restartCount: 0, state }];
    const key = { kind: "Pod", namespace: "shop", name };
    store.apply([
      { op: "status", key, status: { phase: "Failed", containerStatuses, conditions } },
    ]);
  }
  const policy = (...rules: object[]) => ({
    backoffLimit: 1,
    podFailurePolicy: {
      rules: [
        ...rules,
        { action: "FailJob", onExitCodes: { operator: "In", values: [42] } },
        { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
      ],
    },
  });
  const ended = (store: Store) => {
    const { failed = 0, conditions = [] } = status(store) as unknown as {
      failed?: number;
      conditions?: { reason: string; message: string }[];
    };
    return [failed, conditions[0]?.reason, conditions[0]?.message];
  };

  it("fails at once with an exit code that its policy names", () => {
    const store = storeWith(job(policy()));
    const [name] = running(store);
    fail(store, 42);
    const message = `Container main for pod shop/${name} failed with exit code 42 matching FailJob rule at index 0`;
    expect(ended(store)).toEqual([1, "PodFailurePolicy", message]);
    expect(running(store)).toEqual([]);
  });

  it("counts no disruption that its policy ignores, and tries again at once", () => {
    const store = storeWith(job(policy()));
    for (let i = 0; i < 5; i++) fail(store, 137, [{ type: "DisruptionTarget", status: "True" }]);
    expect(ended(store)).toEqual([0, undefined, undefined]);
    expect(running(store)).toHaveLength(1);
  });

  it("goes by the first rule that fits, and counts what none is about", () => {
    const counting = { action: "Count", onExitCodes: { operator: "NotIn", values: [1, 2] } };
    const store = storeWith(job(policy(counting)));
    fail(store, 42);
    expect(ended(store)).toEqual([1, undefined, undefined]);
    now = at(60);
    store.tick();
    fail(store, 1, [{ type: "DisruptionTarget", status: "False" }]);
    expect(ended(store).slice(0, 2)).toEqual([2, "BackoffLimitExceeded"]);
  });

  it("counts the restarts of containers that are started again in place", () => {
    const spec = { ...job().spec, backoffLimit: 2 };
    const template = {
      ...spec.template,
      spec: { ...spec.template.spec, restartPolicy: "OnFailure" },
    };
    const store = storeWith(job({ backoffLimit: 2, template }));
    const restarted = (restartCount: number) => {
      const [{ metadata } = {}] = store.list("Pod");
      const key = { kind: "Pod", namespace: "shop", name: metadata?.name ?? "" };
      const containerStatuses = [{ name: "main", ready: false, restartCount }];
      store.apply([{ op: "status", key, status: { phase: "Running", containerStatuses } }]);
    };
    restarted(1);
    expect(ended(store)[1]).toBeUndefined();
    restarted(2);
    expect(ended(store)[1]).toBe("BackoffLimitExceeded");
    expect(podNames(store)).toEqual([]);
  });

  it("is left alone when another controller manages it", () => {
    const store = storeWith(job({ managedBy: "example.com/queue" }));
    expect(podNames(store)).toEqual([]);
    expect(status(store)).toBeUndefined();
  });
});

describe("an Indexed Job", () => {
  const indexed = (spec: object = {}) =>
    job({ completionMode: "Indexed", completions: 3, parallelism: 2, ...spec });

  it("numbers its Pods and tells them their number", () => {
    const store = storeWith(indexed());
    const [first, second] = store.list("Pod");
    expect(first?.metadata.name).toMatch(/^web-0-[a-z0-9]{5}$/);
    expect(second?.metadata.name).toMatch(/^web-1-[a-z0-9]{5}$/);
    const index = "batch.kubernetes.io/job-completion-index";
    expect(second).toMatchObject({
      metadata: { labels: { [index]: "1" }, annotations: { [index]: "1" } },
      spec: {
        hostname: "web-1",
        containers: [
          {
            env: [
              {
                name: "JOB_COMPLETION_INDEX",
                valueFrom: { fieldRef: { fieldPath: `metadata.labels['${index}']` } },
              },
            ],
          },
        ],
      },
    });
  });

  it("runs every number until it succeeded", () => {
    const store = storeWith(indexed());
    const numbered = (index: number) =>
      running(store).filter((name) => name.startsWith(`web-${index}-`));
    endPods(store, numbered(1), "Succeeded");
    expect(numbered(2)).toHaveLength(1);
    endPods(store, numbered(0), "Failed");
    now = at(10);
    store.tick();
    expect(numbered(0)).toHaveLength(1);
    endPods(store, numbered(2), "Succeeded");
    expect(status(store)).toMatchObject({ succeeded: 2, completedIndexes: "1,2" });
    endPods(store, numbered(0), "Succeeded");
    expect(status(store)).toMatchObject({
      completedIndexes: "0-2",
      conditions: [{ type: "SuccessCriteriaMet" }, { type: "Complete" }],
    });
  });

  const numbered = (store: Store, index: number) =>
    running(store).filter((name) => name.startsWith(`web-${index}-`));

  it("gives up an index that fails too often, and goes on with the others", () => {
    const store = storeWith(indexed({ backoffLimitPerIndex: 1 }));
    endPods(store, numbered(store, 0), "Failed");
    now = at(60);
    store.tick();
    const [again = ""] = numbered(store, 0);
    expect(store.get("Pod", "shop", again)?.metadata.annotations).toMatchObject({
      "batch.kubernetes.io/job-index-failure-count": "1",
    });
    endPods(store, [again], "Failed");
    expect(status(store)).toMatchObject({ failedIndexes: "0", failed: 2 });
    now = at(600);
    store.tick();
    expect(numbered(store, 0)).toEqual([]);
    for (const index of [1, 2]) endPods(store, numbered(store, index), "Succeeded");
    expect(status(store)).toMatchObject({
      completedIndexes: "1,2",
      failedIndexes: "0",
      conditions: [
        { type: "FailureTarget", reason: "FailedIndexes" },
        { type: "Failed", reason: "FailedIndexes" },
      ],
    });
  });

  it("fails when more indexes do than it allows", () => {
    const store = storeWith(indexed({ backoffLimitPerIndex: 0, maxFailedIndexes: 1 }));
    endPods(store, numbered(store, 0), "Failed");
    now = at(600);
    store.tick();
    endPods(store, numbered(store, 1), "Failed");
    expect(status(store)).toMatchObject({
      failedIndexes: "0,1",
      conditions: [
        { type: "FailureTarget", reason: "MaxFailedIndexesExceeded" },
        { type: "Failed", reason: "MaxFailedIndexesExceeded" },
      ],
    });
    expect(running(store)).toEqual([]);
  });

  it.each<[object, number[]]>([
    [{ succeededIndexes: "1" }, [1]],
    [{ succeededCount: 2 }, [0, 1]],
    [{ succeededIndexes: "0,2", succeededCount: 1 }, [1, 2]],
  ])("has succeeded by its policy, %o", (rule, indexes) => {
    const store = storeWith(indexed({ parallelism: 3, successPolicy: { rules: [rule] } }));
    for (const index of indexes) {
      expect(status(store)).not.toHaveProperty("conditions");
      endPods(store, numbered(store, index), "Succeeded");
    }
    expect(status(store)).toMatchObject({
      conditions: ["SuccessCriteriaMet", "Complete"].map((type) => ({
        type,
        reason: "SuccessPolicy",
        message: "Matched rules at index 0",
      })),
    });
    expect(running(store)).toEqual([]);
  });
});

describe("a set of indexes", () => {
  it.each([
    [[], ""],
    [[0], "0"],
    [[2, 0, 1], "0-2"],
    [[7, 1, 3, 2], "1-3,7"],
  ])("%o is written %s", (indexes, text) => {
    const set = new IndexSet();
    for (const index of indexes) set.add(index);
    expect(String(set)).toBe(text);
  });

  it("is read as it is written", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(50)), (indexes) => {
        const set = new IndexSet();
        for (const index of indexes) set.add(index);
        const read = IndexSet.parse(String(set));
        expect(read.size).toBe(indexes.length);
        expect(indexes.every((index) => read.has(index))).toBe(true);
      }),
    );
    expect(IndexSet.parse("x,3-,-1,2").size).toBe(1);
  });
});
