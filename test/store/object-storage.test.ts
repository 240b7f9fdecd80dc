import { describe, expect, it, test } from "vitest";
import type { KubernetesObject, ObjectMeta } from "../../src/objects/object.ts";
import type { Service } from "../../src/objects/service.ts";
import type { Operation } from "../../src/store/operation.ts";
import { slicesOf } from "../../src/store/slices-of.ts";
import { Store } from "../../src/store/store.ts";

function object(
  kind: string,
  path: string,
  metadata: Partial<ObjectMeta> = {},
  rest: object = {},
): KubernetesObject {
  const [namespace = "", name = ""] = path.includes("/") ? path.split("/") : ["", path];
  const [version = "v1", ownKind = kind] = kind.includes(" ") ? kind.split(" ") : ["v1", kind];
  const place = namespace === "" ? { name } : { name, namespace };
  return { apiVersion: version, kind: ownKind, metadata: { ...place, ...metadata }, ...rest };
}

const put = (...objects: KubernetesObject[]) =>
  objects.map((each): Operation => ({ op: "put", object: each }));

function storeOf(...objects: KubernetesObject[]): Store {
  const store = new Store();
  store.apply(put(...objects));
  return store;
}

const owner = (uid: string) => ({ apiVersion: "v1", kind: "X", name: "x", uid });

test.each([
  ["Pod", undefined, 3],
  ["Pod", "shop", 2],
  ["Pod", "bank", 1],
  ["Pod", "nowhere", 0],
  ["Node", undefined, 1],
  ["Node", "", 1],
  ["Secret", undefined, 0],
  ["Secret", "shop", 0],
])("of %s in namespace %s there are %i", (kind, namespace, expected) => {
  const store = storeOf(
    object("Pod", "shop/a"),
    object("Pod", "shop/b"),
    object("Pod", "bank/a"),
    object("Node", "one"),
  );
  expect(store.count(kind, namespace)).toBe(expected);
  expect(store.list(kind, namespace === undefined ? {} : { namespace })).toHaveLength(expected);
});

describe("a custom resource", () => {
  const definition = (scope: string, kind: string) =>
    object(
      "apiextensions.k8s.io/v1 CustomResourceDefinition",
      `${kind}s.example.com`,
      {},
      { spec: { group: "example.com", scope, names: { kind } } },
    );

  it.each([
    ["Cluster", "", undefined],
    ["Namespaced", "default", "default"],
  ])("of scope %s without a namespace is in %o", (scope, namespace, written) => {
    const store = storeOf(definition(scope, "Ring"), object("example.com/v1 Ring", "one"));
    expect(store.get("Ring.example.com", namespace, "one")?.metadata.namespace).toBe(written);
  });

  it("of scope Cluster loses a namespace that it came with, and no other kind does", () => {
    const store = storeOf(
      definition("Cluster", "Ring"),
      object("example.com/v1 Ring", "shop/one"),
      object("example.com/v1 Other", "shop/one"),
      object("example.org/v1 Ring", "shop/one"),
    );
    expect(store.get("Ring.example.com", "", "one")?.metadata).not.toHaveProperty("namespace");
    expect(store.get("Other.example.com", "shop", "one")).toBeDefined();
    expect(store.get("Ring.example.org", "shop", "one")).toBeDefined();
    store.apply([{ op: "delete", key: { kind: "Ring.example.com", namespace: "x", name: "one" } }]);
    expect(store.count("Ring.example.com")).toBe(0);
  });

  it("is not made cluster-scoped by an object that only looks like a definition", () => {
    const { spec } = definition("Cluster", "Ring") as { spec: object };
    const store = storeOf(
      object("example.com/v1 CustomResourceDefinition", "fake", {}, { spec }),
      object("example.com/v1 Ring", "one"),
    );
    expect(store.get("Ring.example.com", "default", "one")).toBeDefined();
  });
});

describe("a put that takes the last finalizer off", () => {
  const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  const held = { ...deleted, finalizers: ["example.com/hold"] };

  it.each<[string, Partial<ObjectMeta>, Partial<ObjectMeta>, boolean]>([
    ["ends an object that is being deleted", held, { ...deleted, finalizers: [] }, true],
    ["also where the list is left out", held, deleted, true],
    ["whose grace is over", held, { ...deleted, deletionGracePeriodSeconds: 0 }, true],
    ["but not one whose grace lasts", held, { ...deleted, deletionGracePeriodSeconds: 30 }, false],
    ["nor one that is not being deleted", { finalizers: ["x"] }, { finalizers: [] }, false],
    [
      "nor one that has another",
      { ...deleted, finalizers: ["a", "b"] },
      { ...deleted, finalizers: ["b"] },
      false,
    ],
    ["nor one that never had any", deleted, { ...deleted, labels: { a: "b" } }, false],
  ])("%s", (_, before, after, isGone) => {
    const store = storeOf(object("Pod", "shop/a", before));
    const changes = store.apply(put(object("Pod", "shop/a", after)));
    expect(store.get("Pod", "shop", "a") === undefined).toBe(isGone);
    expect(changes.map(({ type }) => type)).toEqual([isGone ? "deleted" : "modified"]);
  });
});

it("can't hold an object without a name", () => {
  const store = new Store();
  expect(() => store.apply(put(object("Pod", "shop/")))).toThrow("a Pod without a name");
  expect(store.kinds()).toEqual([]);
});

it("gives each object a uid of its own, by its kind, place and name", () => {
  const pairs = [
    ["Pod", "shop/a"],
    ["Pod", "shop/b"],
    ["Pod", "bank/a"],
    ["Secret", "shop/a"],
  ] as const;
  const uids = pairs.map(([kind, path]) => {
    const [made] = storeOf(object(kind, path)).list(kind);
    return made?.metadata.uid;
  });
  expect(new Set(uids).size).toBe(4);
  for (const uid of uids) expect(uid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

describe("dependents", () => {
  const names = (store: Store, uid: string) =>
    store.dependents(uid).map(({ metadata }) => metadata.name);

  it("come in order of creation, adopted ones too", () => {
    const store = storeOf(
      object("Pod", "shop/a"),
      object("Pod", "shop/b", { ownerReferences: [owner("u")] }),
      object("Pod", "shop/c"),
      object("Pod", "shop/d", { ownerReferences: [owner("u")] }),
    );
    expect(names(store, "u")).toEqual(["b", "d"]);
    store.apply(put(object("Pod", "shop/c", { ownerReferences: [owner("u")] })));
    store.apply(put(object("Pod", "shop/a", { ownerReferences: [owner("u")] })));
    expect(names(store, "u")).toEqual(["a", "b", "c", "d"]);
  });

  it("are none of an owner that is no longer named, and each is one however often it is named", () => {
    const store = storeOf(
      object("Pod", "shop/a", { ownerReferences: [owner("u"), owner("v"), owner("u")] }),
    );
    expect([names(store, "u"), names(store, "v")]).toEqual([["a"], ["a"]]);
    store.apply(put(object("Pod", "shop/a", { ownerReferences: [owner("v")] })));
    expect([names(store, "u"), names(store, "v")]).toEqual([[], ["a"]]);
    store.apply(put(object("Pod", "shop/a")));
    expect([names(store, "u"), names(store, "v")]).toEqual([[], []]);
  });
});

test("the slices of a Service are those of its name in its namespace", () => {
  const slice = (path: string, service: string) =>
    object("discovery.k8s.io/v1 EndpointSlice", path, {
      labels: { "kubernetes.io/service-name": service },
    });
  const store = storeOf(
    slice("shop/web-1", "web"),
    slice("shop/web-2", "web"),
    slice("shop/api-1", "api"),
    slice("bank/web-1", "web"),
    object("discovery.k8s.io/v1 EndpointSlice", "shop/none"),
  );
  const service = object("Service", "shop/web") as Service;
  expect(slicesOf(service, store).map(({ metadata }) => metadata.name)).toEqual(["web-1", "web-2"]);
});
