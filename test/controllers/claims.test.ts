import { describe, expect, it } from "vitest";
import { createClaimController } from "../../src/controllers/claims.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { Store } from "../../src/store/store.ts";

const claim: KubernetesObject = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data", namespace: "shop" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};
const pod = (phase: string, claimName = "data"): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "db-0", namespace: "shop" },
  spec: {
    containers: [{ name: "db", image: "a" }],
    volumes: [
      { name: "tmp", emptyDir: {} },
      { name: "v", persistentVolumeClaim: { claimName } },
    ],
  },
  status: { phase },
});
const put = (object: KubernetesObject) => ({ op: "put", object }) as const;

function cluster(...objects: readonly KubernetesObject[]) {
  const store = new Store({ controllers: [createClaimController()] });
  store.apply(objects.map(put));
  const phase = () => store.get("PersistentVolumeClaim", "shop", "data")?.status?.phase;
  return { store, phase };
}

describe("a claim", () => {
  it.each([
    ["no Pod mounts it", [claim]],
    ["the Pod that mounts it has not started", [claim, pod("Pending")]],
    ["the Pod that runs mounts another", [claim, pod("Running", "other")]],
  ])("waits while %s", (_, objects) => {
    expect(cluster(...objects).phase() ?? "Pending").toBe("Pending");
  });

  it.each([
    ["the claim", [claim, pod("Running")]],
    ["the Pod", [pod("Running"), claim]],
  ])("is bound when a Pod runs that mounts it, whichever came first: %s", (_, objects) => {
    const { store } = cluster();
    for (const object of objects) store.apply([put(object)]);
    expect(store.get("PersistentVolumeClaim", "shop", "data")?.status).toEqual({
      phase: "Bound",
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "1Gi" },
    });
  });

  it("is bound when its Pod starts to run, and stays so when the Pod is gone", () => {
    const { store, phase } = cluster(claim, pod("Pending"));
    store.apply([put(pod("Running"))]);
    expect(phase()).toBe("Bound");
    store.apply([{ op: "delete", key: { kind: "Pod", namespace: "shop", name: "db-0" } }]);
    store.apply([put(claim)]);
    expect(phase()).toBe("Bound");
  });

  it("that says it is lost is left alone", () => {
    const lost = { ...claim, status: { phase: "Lost" } };
    expect(cluster(lost, pod("Running")).phase()).toBe("Lost");
  });
});
