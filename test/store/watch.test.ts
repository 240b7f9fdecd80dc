import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFieldSelector } from "../../src/labels/field-selector.ts";
import { parseSelector } from "../../src/labels/parse.ts";
import type { KubernetesObject, StringMap } from "../../src/objects/object.ts";
import { supportedFields, UnsupportedFieldError } from "../../src/store/fields.ts";
import type { Operation } from "../../src/store/operation.ts";
import { Store } from "../../src/store/store.ts";
import {
  ResourceVersionExpiredError,
  type WatchEvent,
  type WatchOptions,
} from "../../src/store/watch.ts";

function pod(name: string, labels: StringMap = {}, rest: object = {}, namespace = "shop") {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels }, ...rest };
}
const put = (object: KubernetesObject): Operation => ({ op: "put", object });
const remove = (name: string): Operation => ({
  op: "delete",
  key: { kind: "Pod", namespace: "shop", name },
});
const brief = (event: WatchEvent) =>
  event.type === "BOOKMARK" ? event.type : `${event.type} ${event.object.metadata.name}`;

function watching(store: Store, options: WatchOptions = {}) {
  const events: WatchEvent[] = [];
  const stop = store.watch("Pod", options, (event) => events.push(event));
  return { stop, seen: () => events.splice(0).map(brief), events };
}

describe("a field selector", () => {
  const objects: KubernetesObject[] = [
    pod("a", {}, { spec: { nodeName: "n1" }, status: { phase: "Running" } }),
    pod("b", {}, { spec: { nodeName: "n2", hostNetwork: true }, status: { phase: "Pending" } }),
    pod("c", { app: "x" }, { spec: {}, status: { phase: "Running" } }, "bank"),
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      type: "Opaque",
    } as KubernetesObject,
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "j" },
      status: { succeeded: 2 },
    },
    { apiVersion: "batch/v1", kind: "Job", metadata: { name: "new" } },
    { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "new" } },
    { apiVersion: "v1", kind: "Node", metadata: { name: "n1" } },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
  ];
  it.each([
    ["Pod", "metadata.name=a", ["a"]],
    ["Pod", "metadata.name!=a", ["b", "c"]],
    ["Pod", "metadata.namespace=bank", ["c"]],
    ["Pod", "status.phase=Running", ["a", "c"]],
    ["Pod", "status.phase=Running,spec.nodeName=n1", ["a"]],
    ["Pod", "spec.nodeName=", ["c"]],
    ["Pod", "spec.hostNetwork=true", ["b"]],
    ["Secret", "type=Opaque", ["s"]],
    ["Job.batch", "status.successful=2", ["j"]],
    ["Pod", "", ["a", "b", "c"]],
    // What is not written is never empty to an API server.
    ["Pod", "spec.hostNetwork=false", ["a", "c"]],
    [
      "Pod",
      "spec.schedulerName=default-scheduler,spec.serviceAccountName=default",
      ["a", "b", "c"],
    ],
    ["Pod", "spec.restartPolicy!=Always", []],
    ["Job.batch", "status.successful=0", ["new"]],
    ["ReplicaSet.apps", "status.replicas=0", ["new"]],
    ["Node", "spec.unschedulable=false", ["n1"]],
    ["Namespace", "status.phase=Active", ["shop"]],
  ])("of %s %o selects %o", (kind, text, names) => {
    const store = new Store();
    store.apply(objects.map(put));
    const found = store.list(kind, { fieldSelector: parseFieldSelector(text) });
    expect(found.map(({ metadata }) => metadata.name)).toEqual(names);
  });

  it("goes with namespace and labels", () => {
    const store = new Store();
    store.apply(objects.map(put));
    const fieldSelector = parseFieldSelector("status.phase=Running");
    const list = (options: object) => store.list("Pod", { fieldSelector, ...options }).length;
    expect(list({ namespace: "shop" })).toBe(1);
    expect(list({ labelSelector: parseSelector("app=x") })).toBe(1);
    expect(list({ namespace: "shop", labelSelector: parseSelector("app=x") })).toBe(0);
  });

  it.each(["spec.foo=1", "__proto__=1", "spec=1", "status.podIPs=x"])(
    "%o is refused, with what there is",
    (text) => {
      const store = new Store();
      const fieldSelector = parseFieldSelector(text);
      expect(() => store.list("Pod", { fieldSelector })).toThrow(UnsupportedFieldError);
      expect(() => store.watch("Pod", { fieldSelector }, () => {})).toThrow(
        /only by metadata\.name/,
      );
    },
  );

  it("of a kind that nobody knows may name the object", () => {
    expect(supportedFields("Widget.example.com")).toEqual(["metadata.name", "metadata.namespace"]);
  });
});

describe("a watch", () => {
  it("tells what there is, then a bookmark, then what happens", () => {
    const store = new Store();
    store.apply([put(pod("a")), put(pod("b"))]);
    const { seen, stop, events } = watching(store);
    expect(events.at(-1)).toEqual({
      type: "BOOKMARK",
      resourceVersion: String(store.resourceVersion),
    });
    expect(seen()).toEqual(["ADDED a", "ADDED b", "BOOKMARK"]);
    store.apply([put(pod("c")), put(pod("a", { x: "y" })), remove("b")]);
    expect(seen()).toEqual(["ADDED c", "MODIFIED a", "DELETED b"]);
    store.apply([put({ ...pod("other"), kind: "Service" })]);
    expect(seen()).toEqual([]);
    stop();
    store.apply([put(pod("d"))]);
    expect(seen()).toEqual([]);
  });

  it("of labels tells what comes into sight and goes out of it", () => {
    const store = new Store();
    const { seen, events } = watching(store, { labelSelector: parseSelector("app=x") });
    store.apply([put(pod("a", { app: "x" })), put(pod("b"))]);
    expect(seen()).toEqual(["BOOKMARK", "ADDED a"]);
    store.apply([put(pod("b", { app: "x" }))]);
    expect(seen()).toEqual(["ADDED b"]);
    store.apply([put(pod("b", { app: "x", more: "y" }))]);
    expect(seen()).toEqual(["MODIFIED b"]);
    store.apply([put(pod("b", { app: "z" }))]);
    // The last state that was selected.
    expect(events).toMatchObject([{ object: { metadata: { labels: { app: "x", more: "y" } } } }]);
    expect(seen()).toEqual(["DELETED b"]);
    store.apply([remove("b")]);
    expect(seen()).toEqual([]);
  });

  it("may be of one namespace and of fields", () => {
    const store = new Store();
    const { seen } = watching(store, {
      namespace: "shop",
      fieldSelector: parseFieldSelector("status.phase=Running"),
    });
    store.apply([put(pod("a")), put(pod("far", {}, { status: { phase: "Running" } }, "bank"))]);
    expect(seen()).toEqual(["BOOKMARK"]);
    store.apply([put(pod("a", {}, { status: { phase: "Running" } }))]);
    expect(seen()).toEqual(["ADDED a"]);
  });

  it("goes on from a version without telling anything twice", () => {
    const store = new Store();
    store.apply([put(pod("a")), put(pod("b"))]);
    const { resourceVersion } = store.get("Pod", "shop", "a")!.metadata;
    expect(watching(store, { resourceVersion: resourceVersion! }).seen()).toEqual(["ADDED b"]);
    const now = String(store.resourceVersion);
    store.apply([remove("a")]);
    const late = watching(store, { resourceVersion: now });
    expect(late.seen()).toEqual(["DELETED a"]);
    store.apply([put(pod("c"))]);
    expect(late.seen()).toEqual(["ADDED c"]);
  });

  it.each(["99", "-1", "", "x", "1e3", "1x", "x1", " 1", "0".repeat(16)])(
    "from version %o, which never was, is refused",
    (version) => {
      const store = new Store();
      store.apply([put(pod("a"))]);
      expect(() => watching(store, { resourceVersion: version })).toThrow(
        ResourceVersionExpiredError,
      );
    },
  );

  it("from a version too long ago is refused, whether it came in one batch or in many", () => {
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => put(pod(`p${from + i}`)));
    const store = new Store();
    store.apply([put(pod("first"))]);
    for (let i = 0; i < 3000; i++) store.apply(many(i, 1));
    expect(() => watching(store, { resourceVersion: "1" })).toThrow(/since .*"1".* are not known/);
    const recent = String(store.resourceVersion - 1000);
    expect(watching(store, { resourceVersion: recent }).seen()).toHaveLength(1000);
    const before = String(store.resourceVersion);
    store.apply(many(5000, 5000));
    expect(() => watching(store, { resourceVersion: before })).toThrow(ResourceVersionExpiredError);
    expect(watching(store, { resourceVersion: String(store.resourceVersion) }).seen()).toEqual([]);
  });

  it("remembers the last 1,024 changes at least, and 2,048 at most", () => {
    const store = new Store();
    const from = () => Number(store.resourceVersion);
    const canGoOn = (version: number) => {
      try {
        watching(store, { resourceVersion: String(version) }).stop();
        return true;
      } catch (error) {
        expect(error).toMatchObject({
          name: "ResourceVersionExpiredError",
          code: "resource-version-expired",
          resourceVersion: String(version),
        });
        expect(String(error)).toContain("watch without a version to start anew");
        return false;
      }
    };
    for (let i = 0; i < 2048; i++) store.apply([put(pod(`p${i}`))]);
    expect(canGoOn(0)).toBe(true);
    store.apply([put(pod("one more"))]);
    expect([canGoOn(from() - 1024), canGoOn(from() - 1025)]).toEqual([true, false]);
    const before = from();
    store.apply(Array.from({ length: 1024 }, (_, i) => put(pod(`q${i}`))));
    expect(watching(store, { resourceVersion: String(before) }).seen()).toHaveLength(1024);
    const later = from();
    store.apply(Array.from({ length: 1025 }, (_, i) => put(pod(`r${i}`))));
    expect([canGoOn(later), canGoOn(from())]).toEqual([false, true]);
  });

  it("tells of an object that is created, selected and deleted, each by its own name", () => {
    const store = new Store();
    const { seen, events } = watching(store, { labelSelector: parseSelector("app=x") });
    seen();
    store.apply([put(pod("a", { app: "x" }))]);
    store.apply([remove("a")]);
    expect(events.map((event) => event.type)).toEqual(["ADDED", "DELETED"]);
  });

  it("that follows any history has what a list has, whenever it began", () => {
    const name = fc.constantFrom("a", "b", "c");
    const operation = fc.oneof(
      fc
        .record({ name, app: fc.constantFrom("x", "y") })
        .map((one) => put(pod(one.name, { app: one.app }))),
      name.map(remove),
    );
    const options = { labelSelector: parseSelector("app=x") };
    fc.assert(
      fc.property(fc.array(fc.array(operation), { maxLength: 10 }), fc.nat(9), (history, start) => {
        const store = new Store();
        const replica = new Map<string, KubernetesObject>();
        const apply = (event: WatchEvent) => {
          if (event.type === "BOOKMARK") return;
          const { metadata } = event.object;
          expect(replica.has(metadata.name)).toBe(event.type !== "ADDED");
          if (event.type === "DELETED") replica.delete(metadata.name);
          else replica.set(metadata.name, event.object);
        };
        history.forEach((batch, i) => {
          if (i === start) store.watch("Pod", options, apply);
          store.apply(batch);
          if (i < start) return;
          // An object that went there and back in one batch has a version that nobody is told of.
          const states = (objects: Iterable<KubernetesObject>) =>
            [...objects]
              .map(({ metadata: { resourceVersion: _, ...metadata }, ...rest }) => ({
                ...rest,
                metadata,
              }))
              .sort((x, y) => (x.metadata.name < y.metadata.name ? -1 : 1));
          expect(states(replica.values())).toEqual(states(store.list("Pod", options)));
        });
      }),
    );
  });
});
