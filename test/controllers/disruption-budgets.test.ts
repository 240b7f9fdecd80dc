import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { Store } from "../../src/store/store.ts";
import { del, pod, podNames, put, runPods, workload } from "./cluster.ts";

const NOW = new Date("2026-01-01T00:00:00Z");
const newStore = () =>
  new Store({ controllers: standardControllers({ isRun: () => true }), now: () => NOW });
const budget = (spec: object): KubernetesObject => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "web", namespace: "shop" },
  spec: { selector: { matchLabels: { app: "web" } }, ...spec },
});
const replicas = (count: number) => put(workload("apps/v1", "Deployment", { replicas: count }));
const status = (store: Store) =>
  store.get("PodDisruptionBudget.policy", "shop", "web")?.status as Record<string, unknown>;
const counts = (store: Store) => {
  const { expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed } = status(store);
  return [expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed];
};

describe("a PodDisruptionBudget of a Deployment of four ready pods", () => {
  // Percentages are rounded up, of what is to stay as of what may go.
  it.each([
    [{ minAvailable: 3 }, [4, 3, 4, 1]],
    [{ minAvailable: 5 }, [4, 5, 4, 0]],
    [{ minAvailable: "30%" }, [4, 2, 4, 2]],
    [{ minAvailable: "100%" }, [4, 4, 4, 0]],
    [{ maxUnavailable: 1 }, [4, 3, 4, 1]],
    [{ maxUnavailable: "30%" }, [4, 2, 4, 2]],
    [{ maxUnavailable: "100%" }, [4, 0, 4, 4]],
    [{ maxUnavailable: 9 }, [4, 0, 4, 4]],
    [{}, [4, 0, 4, 4]],
    [{ selector: undefined, minAvailable: 1 }, [0, 1, 0, 0]],
    [{ selector: {}, minAvailable: 1 }, [4, 1, 4, 3]],
  ])("with %j allows what a cluster does", (spec, expected) => {
    const store = newStore();
    store.apply([replicas(4), put(budget(spec))]);
    runPods(store);
    expect(counts(store)).toEqual(expected);
  });

  it("says whether there are enough, and since when", () => {
    const store = newStore();
    store.apply([replicas(2), put(budget({ minAvailable: 1 }))]);
    expect(status(store)["conditions"]).toEqual([
      {
        type: "DisruptionAllowed",
        status: "False",
        reason: "InsufficientPods",
        message: "",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ]);
    runPods(store);
    expect(status(store)["conditions"]).toMatchObject([
      { status: "True", reason: "SufficientPods" },
    ]);
  });

  it("follows pods, replicas, and itself", () => {
    const store = newStore();
    store.apply([replicas(4), put(budget({ maxUnavailable: 1 }))]);
    runPods(store);
    runPods(store, podNames(store).slice(0, 1), false);
    expect(counts(store)).toEqual([4, 3, 3, 0]);
    store.apply([replicas(6)]);
    expect(counts(store)).toEqual([6, 5, 3, 0]);
    store.apply([put(budget({ maxUnavailable: 5 }))]);
    expect(counts(store)).toEqual([6, 1, 3, 2]);
    store.apply([del(budget({}))]);
    runPods(store);
    expect(status(store)).toBeUndefined();
  });
});

it("counts pods without a controller where a number is to stay, and not where it is a share", () => {
  const store = newStore();
  store.apply([put(pod({ name: "a" })), put(pod({ name: "b" })), put(budget({ minAvailable: 1 }))]);
  expect(counts(store)).toEqual([2, 1, 2, 1]);
  store.apply([put(budget({ minAvailable: "50%" }))]);
  expect(counts(store)).toEqual([0, 0, 2, 0]);
});

it("allows nothing where it can't say how many pods there are to be", () => {
  const store = newStore();
  store.apply([
    put({ apiVersion: "v1", kind: "Node", metadata: { name: "n" } }),
    put(workload("apps/v1", "DaemonSet")),
    put(budget({ maxUnavailable: 1 })),
  ]);
  runPods(store);
  const [name] = podNames(store);
  expect(status(store)).toMatchObject({
    disruptionsAllowed: 0,
    conditions: [{ reason: "SyncFailed", message: `found no controllers for pod "${name}"` }],
  });
});

it("never allows more than are healthy, nor less than none", () => {
  const share = fc.oneof(
    fc.nat({ max: 9 }),
    fc.nat({ max: 100 }).map((percent) => `${percent}%`),
  );
  const field = fc.constantFrom("minAvailable", "maxUnavailable");
  fc.assert(
    fc.property(field, share, fc.nat({ max: 6 }), fc.nat({ max: 6 }), (name, value, all, ready) => {
      const store = newStore();
      store.apply([replicas(all), put(budget({ [name]: value }))]);
      runPods(store, podNames(store).slice(0, ready));
      const [expected, desired, healthy, allowed] = counts(store) as number[];
      expect(healthy).toBe(Math.min(all, ready));
      expect(allowed).toBe(expected === 0 ? 0 : Math.max(0, healthy! - desired!));
    }),
    { numRuns: 60 },
  );
});
