import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { PersistentVolumeClaim } from "../../src/objects/volume.ts";
import { Store } from "../../src/store/store.ts";
import { volumeCandidates } from "../../src/store/volume-candidates.ts";

const volume = (name: string, spec: object = {}, metadata: object = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name, ...metadata },
  spec: { capacity: { storage: "10Gi" }, accessModes: ["ReadWriteOnce"], ...spec },
});

const claim = (spec: object = {}): PersistentVolumeClaim => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data", namespace: "shop", uid: "u1" },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "5Gi" } },
    ...spec,
  } as PersistentVolumeClaim["spec"],
});

const storageClass = (name: string, created: string, isDefault = "true"): KubernetesObject => ({
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: {
    name,
    creationTimestamp: created,
    annotations: { "storageclass.kubernetes.io/is-default-class": isDefault },
  },
});

const choose = (wanted: PersistentVolumeClaim, ...objects: KubernetesObject[]) => {
  const store = new Store();
  store.apply(objects.map((object) => ({ op: "put", object })));
  return volumeCandidates(wanted, store);
};

describe("a volume fits a claim, or the reason is told", () => {
  test.each([
    ["a plain one", volume("v"), claim(), []],
    [
      "too small",
      volume("v", { capacity: { storage: "4.9Gi" } }),
      claim(),
      ["has 4.9Gi, 5Gi are needed"],
    ],
    ["sizes in different units", volume("v", { capacity: { storage: "5368709120" } }), claim(), []],
    [
      "other access modes",
      volume("v", { accessModes: ["ReadOnlyMany"] }),
      claim(),
      ["is not ReadWriteOnce"],
    ],
    [
      "more access modes",
      volume("v", { accessModes: ["ReadOnlyMany", "ReadWriteOnce"] }),
      claim(),
      [],
    ],
    [
      "another mode",
      volume("v", { volumeMode: "Block" }),
      claim(),
      ["has volumeMode Block, not Filesystem"],
    ],
    [
      "another class",
      volume("v", { storageClassName: "fast" }),
      claim(),
      ["has class fast, the claim asks for no class"],
    ],
    [
      "the class",
      volume("v", { storageClassName: "fast" }),
      claim({ storageClassName: "fast" }),
      [],
    ],
    [
      "the class by annotation",
      volume("v", {}, { annotations: { "volume.beta.kubernetes.io/storage-class": "fast" } }),
      claim({ storageClassName: "fast" }),
      [],
    ],
    [
      "not selected",
      volume("v"),
      claim({ selector: { matchLabels: { disk: "ssd" } } }),
      ["is not selected by disk=ssd"],
    ],
    [
      "selected",
      volume("v", {}, { labels: { disk: "ssd" } }),
      claim({ selector: { matchLabels: { disk: "ssd" } } }),
      [],
    ],
    [
      "somebody else's",
      volume("v", { claimRef: { namespace: "shop", name: "other" } }),
      claim(),
      ["is for the claim shop/other"],
    ],
    [
      "that of an earlier claim of the name",
      volume("v", { claimRef: { namespace: "shop", name: "data", uid: "u0" } }),
      claim(),
      ["is for the claim shop/data"],
    ],
    [
      "reserved for the claim, whatever its class",
      volume("v", { claimRef: { namespace: "shop", name: "data" }, storageClassName: "x" }),
      claim(),
      [],
    ],
    [
      "not the one named",
      volume("v"),
      claim({ volumeName: "w" }),
      ["is not w, which the claim names"],
    ],
    ["the one named", volume("v", { storageClassName: "x" }), claim({ volumeName: "v" }), []],
    ["released", { ...volume("v"), status: { phase: "Released" } }, claim(), ["is Released"]],
    [
      "going away",
      volume("v", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      claim(),
      ["is being deleted"],
    ],
    [
      "other attributes",
      volume("v", { volumeAttributesClassName: "x" }),
      claim(),
      ["has another volumeAttributesClassName than the claim"],
    ],
  ])("%s", (_, object, wanted, reasons) => {
    const { candidates, best } = choose(wanted, object);
    expect(candidates[0]?.reasons).toEqual(reasons);
    expect(best?.metadata.name).toBe(reasons.length === 0 ? "v" : undefined);
  });
});

describe("of several that fit", () => {
  test.each([
    [
      "the smallest is taken",
      [
        volume("a", { capacity: { storage: "20Gi" } }),
        volume("b"),
        volume("c", { capacity: { storage: "1Gi" } }),
      ],
      "b",
    ],
    [
      "fewer access modes come before a smaller size",
      [
        volume("a", {
          accessModes: ["ReadWriteOnce", "ReadWriteMany"],
          capacity: { storage: "5Gi" },
        }),
        volume("b"),
      ],
      "b",
    ],
    [
      "a reserved one comes first",
      [
        volume("a", { capacity: { storage: "5Gi" } }),
        volume("b", { claimRef: { namespace: "shop", name: "data" } }),
      ],
      "b",
    ],
    [
      "a reserved one whose uid is empty, too",
      [
        volume("a", { capacity: { storage: "5Gi" } }),
        volume("b", { claimRef: { namespace: "shop", name: "data", uid: "" } }),
      ],
      "b",
    ],
    [
      "one that is reserved for a claim of the same name elsewhere, or that was before, is not",
      [
        volume("a", { claimRef: { namespace: "bank", name: "data" } }),
        volume("b", { claimRef: { namespace: "shop", name: "data", uid: "u0" } }),
        volume("c"),
      ],
      "c",
    ],
    ["of equal ones the first is taken", [volume("b"), volume("a")], "b"],
    [
      "a smaller one also where it comes later",
      [
        volume("a", { capacity: { storage: "30Gi" } }),
        volume("b", { capacity: { storage: "20Gi" } }),
      ],
      "b",
    ],
    [
      "none that does not fit, however few reasons there are",
      [volume("a", { capacity: { storage: "1Gi" } }), volume("b", { capacity: {} })],
      undefined,
    ],
  ])("%s", (_, volumes, best) => {
    expect(choose(claim(), ...volumes).best?.metadata.name).toBe(best);
  });
});

test("candidates come by the number of reasons against them", () => {
  const { candidates } = choose(
    claim({ accessModes: ["ReadWriteMany", "ReadOnlyMany"] }),
    volume("three", { capacity: {}, volumeMode: "Block" }),
    volume("one"),
    volume("two", { capacity: undefined }),
  );
  expect(candidates.map(({ volume: { metadata }, reasons }) => [metadata.name, reasons])).toEqual([
    ["one", ["is not ReadWriteMany, ReadOnlyMany"]],
    ["two", ["is not ReadWriteMany, ReadOnlyMany", "has no size, 5Gi are needed"]],
    [
      "three",
      [
        "is not ReadWriteMany, ReadOnlyMany",
        "has no size, 5Gi are needed",
        "has volumeMode Block, not Filesystem",
      ],
    ],
  ]);
});

test("a claim that asks for no size takes any, without modes any mode", () => {
  const { best, candidates } = choose(
    claim({ resources: undefined, accessModes: undefined }),
    volume("a", { capacity: undefined, accessModes: undefined }),
  );
  expect([best?.metadata.name, candidates[0]?.reasons]).toEqual(["a", []]);
});

describe("a claim that names no class", () => {
  test("gets the newest default class", () => {
    const { storageClass: name, best } = choose(
      claim(),
      storageClass("old", "2025-01-01T00:00:00Z"),
      storageClass("new", "2026-01-01T00:00:00Z"),
      storageClass("other", "2027-01-01T00:00:00Z", "false"),
      volume("a"),
      volume("b", { storageClassName: "new" }),
    );
    expect([name, best?.metadata.name]).toEqual(["new", "b"]);
  });

  test("but an empty name asks for none", () => {
    const { storageClass: name } = choose(
      claim({ storageClassName: "" }),
      storageClass("a", "2025-01-01T00:00:00Z"),
    );
    expect(name).toBe("");
  });
});
