import { describe, expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import type { ControllerRevision } from "../../src/objects/tables/kinds.ts";
import { Store } from "../../src/store/store.ts";
import { del, node, put, runPods, workload } from "./cluster.ts";

const newStore = () => new Store({ controllers: standardControllers({ isRun: () => true }) });
const KINDS = ["StatefulSet", "DaemonSet"] as const;
const revisions = (store: Store) =>
  store.list("ControllerRevision.apps").sort((a, b) => a.revision - b.revision);
const imageOf = ({ data }: ControllerRevision) =>
  (data as { spec: { template: { spec: { containers: { image?: string }[] } } } }).spec.template
    .spec.containers[0]?.image;
const history = (store: Store) => revisions(store).map((each) => [each.revision, imageOf(each)]);

/** Brings a workload's pods to run as often as one after the other is replaced. */
function settle(store: Store): void {
  for (let i = 0; i < 4; i++) runPods(store);
}

describe.each(KINDS)("a %s", (kind) => {
  const set = (image: string, spec: object = {}) =>
    workload("apps/v1", kind, { replicas: 2, ...spec }, { annotations: { note: "n" } }, { image });

  it("has a revision for its template, which its pods carry", () => {
    const store = newStore();
    store.apply([put(node("n")), put(set("v1"))]);
    settle(store);
    const [revision, ...others] = revisions(store);
    expect(others).toEqual([]);
    const { name } = revision!.metadata;
    const hash = name.slice("web-".length);
    expect(revision).toMatchObject({
      metadata: {
        labels: {
          app: "web",
          [kind === "DaemonSet" ? "controller-revision-hash" : "controller.kubernetes.io/hash"]:
            hash,
        },
        annotations: { note: "n" },
        ownerReferences: [{ kind, name: "web", controller: true }],
      },
      data: { spec: { template: { $patch: "replace", metadata: { labels: { app: "web" } } } } },
      revision: 1,
    });
    for (const pod of store.list("Pod")) {
      expect(pod.metadata.labels?.["controller-revision-hash"]).toBe(
        kind === "DaemonSet" ? hash : name,
      );
    }
  });

  it("numbers each change of its template, and one back to an older one anew", () => {
    const store = newStore();
    store.apply([put(node("n"))]);
    for (const image of ["v1", "v2", "v3", "v1"]) {
      store.apply([put(set(image))]);
      settle(store);
    }
    expect(history(store)).toEqual([
      [2, "v2"],
      [3, "v3"],
      [4, "v1"],
    ]);
    store.apply([put(set("v1", { minReadySeconds: 0 }))]);
    expect(revisions(store)).toHaveLength(3);
  });

  it("forgets the oldest beyond revisionHistoryLimit, and none that a pod has", () => {
    const store = newStore();
    store.apply([put(node("n"))]);
    for (const image of ["v1", "v2", "v3", "v4"]) {
      store.apply([put(set(image, { revisionHistoryLimit: 1 }))]);
      settle(store);
    }
    expect(history(store)).toEqual([
      [3, "v3"],
      [4, "v4"],
    ]);
    const waiting = { revisionHistoryLimit: 0, updateStrategy: { type: "OnDelete" } };
    store.apply([put(set("v5", waiting))]);
    expect(history(store)).toEqual([
      [4, "v4"],
      [5, "v5"],
    ]);
  });

  it("takes its revisions along", () => {
    const store = newStore();
    store.apply([put(node("n")), put(set("v1"))]);
    store.apply([del(set("v1"))]);
    expect(revisions(store)).toEqual([]);
  });
});

it("a StatefulSet's pods below the partition are made of the revision that was rolled out last", () => {
  const store = newStore();
  const set = (image: string, partition: number) =>
    workload(
      "apps/v1",
      "StatefulSet",
      { replicas: 2, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition } } },
      {},
      { image },
    );
  store.apply([put(set("v1", 0))]);
  settle(store);
  // The second update comes before the first one was rolled out.
  store.apply([put(set("v2", 1))]);
  store.apply([put(set("v3", 1))]);
  settle(store);
  store.apply([{ op: "delete", key: { kind: "Pod", namespace: "shop", name: "web-0" } }]);
  settle(store);
  const images = store
    .list("Pod")
    .map(({ metadata, spec }) => [metadata.name, spec.containers[0]?.image]);
  expect(images.sort()).toEqual([
    ["web-0", "v1"],
    ["web-1", "v3"],
  ]);
});
