import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSelector } from "../../src/labels/parse.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { Controller } from "../../src/store/controller.ts";
import type { Change, Operation } from "../../src/store/operation.ts";
import { SettleError } from "../../src/store/settle-error.ts";
import { Store } from "../../src/store/store.ts";

const T0 = new Date("2026-01-01T00:00:00.750Z");

function pod(name: string, extra: Partial<KubernetesObject> = {}, labels = {}): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", labels },
    spec: { containers: [] },
    ...extra,
  };
}

const put = (object: KubernetesObject): Operation => ({ op: "put", object });
const keyOfPod = (name: string) => ({ kind: "Pod", namespace: "shop", name });
const remove = (name: string): Operation => ({ op: "delete", key: keyOfPod(name) });
const status = (name: string, value: unknown): Operation => ({
  op: "status",
  key: keyOfPod(name),
  status: value,
});
const brief = (changes: readonly Change[]) =>
  changes.map(({ type, object }) => `${type} ${object.metadata.name}`);

function storeWith(...controllers: Controller[]): Store {
  return new Store({ controllers, now: () => T0 });
}

describe("a batch", () => {
  const cases: {
    readonly title: string;
    readonly before?: readonly Operation[];
    readonly batch: readonly Operation[];
    readonly net: readonly string[];
  }[] = [
    { title: "of nothing changes nothing", batch: [], net: [] },
    { title: "adds", batch: [put(pod("a"))], net: ["added a"] },
    {
      title: "that puts what is there changes nothing",
      before: [put(pod("a"))],
      batch: [put(pod("a"))],
      net: [],
    },
    {
      title: "that adds and modifies has added",
      batch: [put(pod("a")), put(pod("a", { spec: 1 }))],
      net: ["added a"],
    },
    {
      title: "that adds and deletes changes nothing",
      batch: [put(pod("a")), remove("a")],
      net: [],
    },
    {
      title: "that modifies twice has modified once",
      before: [put(pod("a"))],
      batch: [put(pod("a", { spec: 1 })), put(pod("a", { spec: 2 }))],
      net: ["modified a"],
    },
    {
      title: "that modifies there and back changes nothing",
      before: [put(pod("a"))],
      batch: [put(pod("a", { spec: 1 })), put(pod("a"))],
      net: [],
    },
    {
      title: "that goes there and back and away again has modified",
      before: [put(pod("a"))],
      batch: [put(pod("a", { spec: 1 })), put(pod("a")), put(pod("a", { spec: 2 }))],
      net: ["modified a"],
    },
    {
      title: "that modifies and deletes has deleted",
      before: [put(pod("a"))],
      batch: [put(pod("a", { spec: 1 })), remove("a")],
      net: ["deleted a"],
    },
    {
      title: "that deletes and creates again has done both, as it is another object",
      before: [put(pod("a"))],
      batch: [remove("a"), put(pod("a"))],
      net: ["deleted a", "added a"],
    },
    {
      title: "that deletes, creates and deletes has deleted",
      before: [put(pod("a"))],
      batch: [remove("a"), put(pod("a")), remove("a")],
      net: ["deleted a"],
    },
    {
      title: "keeps the order of first appearance",
      before: [put(pod("a")), put(pod("b"))],
      batch: [put(pod("b", { spec: 1 })), put(pod("c")), put(pod("a", { spec: 1 })), remove("b")],
      net: ["deleted b", "added c", "modified a"],
    },
    { title: "that deletes what is not there changes nothing", batch: [remove("a")], net: [] },
    {
      title: "that writes the status of nothing changes nothing",
      batch: [status("a", 1)],
      net: [],
    },
  ];
  it.each(cases)("$title", ({ before = [], batch, net }) => {
    const store = storeWith();
    store.apply(before);
    const told: string[] = [];
    store.subscribe((changes) => told.push(...brief(changes)));
    expect(brief(store.apply(batch))).toEqual(net);
    expect(told).toEqual(net);
  });

  it("gives the state before the batch with every change", () => {
    const store = storeWith();
    store.apply([put(pod("a", { spec: 0 }))]);
    const [change] = store.apply([put(pod("a", { spec: 1 })), put(pod("a", { spec: 2 }))]);
    expect(change?.previous?.spec).toBe(0);
    expect(change?.object.spec).toBe(2);
    const [deleted] = store.apply([put(pod("a", { spec: 3 })), remove("a")]);
    expect(deleted?.previous?.spec).toBe(2);
    expect(deleted?.object.spec).toBe(3);
  });

  it("does what it can when one operation is broken, and says so", () => {
    const store = storeWith();
    const broken = { op: "put", object: { apiVersion: "v1", kind: "Pod", metadata: {} } };
    const nothing = { op: "put", object: { apiVersion: "v1", kind: "Pod" } };
    const told: string[] = [];
    store.subscribe((changes) => told.push(...brief(changes)));
    const error = thrownBy(() =>
      store.apply([put(pod("a")), broken as never, nothing as never, put(pod("b"))]),
    );
    expect(error).toBeInstanceOf(SettleError);
    expect((error as SettleError).code).toBe("not-settled");
    expect((error as SettleError).errors).toHaveLength(2);
    expect((error as SettleError).message).toContain("a Pod without a name");
    expect(brief((error as SettleError).changes)).toEqual(["added a", "added b"]);
    expect(told).toEqual(["added a", "added b"]);
  });
});

describe("what is stored", () => {
  it("carries over status, uid and creationTimestamp when a put has none", () => {
    let now = T0;
    const store = new Store({ now: () => now });
    store.apply([put(pod("a", { status: { phase: "Running" } }))]);
    const first = store.get("Pod", "shop", "a")!;
    expect(first.metadata.creationTimestamp).toBe("2026-01-01T00:00:00Z");
    now = new Date("2027-01-01T00:00:00Z");
    store.apply([put(pod("a", { spec: 1 }))]);
    const second = store.get("Pod", "shop", "a")!;
    expect(second.status).toEqual({ phase: "Running" });
    expect(second.metadata.uid).toBe(first.metadata.uid);
    expect(second.metadata.creationTimestamp).toBe(first.metadata.creationTimestamp);
    expect(Number(second.metadata.resourceVersion)).toBe(store.resourceVersion);
  });

  it.each([{ status: undefined }, { status: null }])("takes %o as no status", (extra) => {
    const store = storeWith();
    store.apply([put(pod("a", { status: { phase: "Running" } }))]);
    expect(store.apply([put(pod("a", extra))])).toEqual([]);
    store.apply([put(pod("b", extra))]);
    expect("status" in store.get("Pod", "shop", "b")!).toBe(false);
  });

  it("replaces a status that a put brings, and removes it by a status of undefined", () => {
    const store = storeWith();
    store.apply([put(pod("a", { status: { phase: "Running" } }))]);
    store.apply([put(pod("a", { status: { phase: "Failed" } }))]);
    expect(store.get("Pod", "shop", "a")?.status).toEqual({ phase: "Failed" });
    store.apply([status("a", undefined)]);
    expect("status" in store.get("Pod", "shop", "a")!).toBe(false);
  });

  it("takes an object with another uid for another object", () => {
    const store = storeWith();
    const at = "2020-01-01T00:00:00Z";
    store.apply([put(pod("a", { status: { phase: "Running" } }))]);
    const other = pod("a", {
      metadata: { name: "a", namespace: "shop", uid: "u2", creationTimestamp: at },
    });
    expect(brief(store.apply([put(other)]))).toEqual(["deleted a", "added a"]);
    const stored = store.get("Pod", "shop", "a")!;
    expect(stored.metadata).toMatchObject({ uid: "u2", creationTimestamp: at });
    expect(stored.status).toBeUndefined();
    expect(store.apply([put(other)])).toEqual([]);
  });

  it("gives a recreated object another uid, and the same one in every run", () => {
    const uids = () => {
      const store = storeWith();
      store.apply([put(pod("a"))]);
      const first = store.get("Pod", "shop", "a")?.metadata.uid;
      store.apply([remove("a"), put(pod("a"))]);
      return [first, store.get("Pod", "shop", "a")?.metadata.uid];
    };
    const [first, second] = uids();
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second).not.toBe(first);
    expect(uids()).toEqual([first, second]);
  });

  it("stands in `default` when it names no namespace, and in none when its kind has none", () => {
    const store = storeWith();
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: {} };
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n", namespace: "x" } };
    store.apply([put(service), put(node)]);
    expect(store.get("Service", "default", "web")?.metadata.namespace).toBe("default");
    expect("namespace" in store.get("Node", "", "n")!.metadata).toBe(false);
    expect(store.apply([put(service), put(node)])).toEqual([]);
    store.apply([{ op: "delete", key: { kind: "Service", namespace: "", name: "web" } }]);
    store.apply([{ op: "delete", key: { kind: "Node", namespace: "x", name: "n" } }]);
    expect(store.kinds()).toEqual([]);
  });

  it("may have any name, those of Object.prototype too", () => {
    const store = storeWith();
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    store.apply(names.map((name) => put(pod(name, {}, JSON.parse('{"__proto__":"x"}')))));
    expect(store.list("Pod").map((p) => p.metadata.name)).toEqual(names);
    const selected = store.list("Pod", { labelSelector: parseSelector("app") });
    expect(selected).toEqual([]);
    expect(store.get("Pod", "__proto__", "__proto__")).toBeUndefined();
    expect(store.get("__proto__", "shop", "toString")).toBeUndefined();
    const relabelled = put(pod("toString", {}, JSON.parse('{"__proto__":"y"}')));
    expect(brief(store.apply([relabelled]))).toEqual(["modified toString"]);
  });

  it("is equal whatever the order of keys, and a key set to undefined is none", () => {
    const store = storeWith();
    store.apply([put(pod("a", { spec: { x: 1, y: [{ p: 1, q: 2 }], z: undefined } }))]);
    expect(store.apply([put(pod("a", { spec: { y: [{ q: 2, p: 1 }], x: 1 } }))])).toEqual([]);
    expect(store.apply([put(pod("a", { spec: { y: [{ q: 2, p: 1 }], x: null } }))])).toHaveLength(
      1,
    );
    expect(store.apply([put(pod("a", { spec: { y: {}, x: null } }))])).toHaveLength(1);
    expect(store.apply([put(pod("a", { spec: { y: [], x: null } }))])).toHaveLength(1);
  });
});

describe("reading", () => {
  it("lists by kind, namespace and labels in order of creation, however many there are", () => {
    const store = storeWith();
    const names = Array.from({ length: 100 }, (_, i) => `p${i}`);
    store.apply(names.map((name, i) => put(pod(name, {}, { even: String(i % 2 === 0) }))));
    const even = names.filter((_, i) => i % 2 === 0);
    const list = () =>
      store
        .list("Pod", { namespace: "shop", labelSelector: parseSelector("even=true") })
        .map(({ metadata }) => metadata.name);
    expect(list()).toEqual(even);
    // Relabelled, deleted and added ones are found by the index that exists now.
    store.apply([
      put(pod("p0", {}, { even: "false" })),
      remove("p2"),
      put(pod("p1", {}, { even: "true" })),
    ]);
    store.apply([put(pod("new", {}, { even: "true" }))]);
    expect(list()).toEqual(["p1", ...even.slice(2), "new"]);
    expect(store.list("Pod", { namespace: "other" })).toEqual([]);
    expect(store.list("Nothing")).toEqual([]);
  });

  it("forgets kinds and namespaces that are empty", () => {
    const store = storeWith();
    store.apply([put(pod("a"))]);
    expect(store.kinds()).toEqual(["Pod"]);
    store.apply([remove("a")]);
    expect(store.kinds()).toEqual([]);
    expect(store.list("Pod")).toEqual([]);
  });

  it("finds the dependents of an owner, through updates and deletions", () => {
    const store = storeWith();
    const owned = (name: string, ...uids: string[]) =>
      put(
        pod(name, {
          metadata: {
            name,
            namespace: "shop",
            ownerReferences: uids.map((uid) => ({ apiVersion: "v1", kind: "X", name: "x", uid })),
          },
        }),
      );
    const names = (uid: string) => store.dependents(uid).map(({ metadata }) => metadata.name);
    store.apply([owned("a", "u1"), owned("b", "u1", "u2"), owned("c")]);
    expect(names("u1")).toEqual(["a", "b"]);
    expect(names("u2")).toEqual(["b"]);
    store.apply([owned("b", "u2"), owned("c", "u1"), status("a", 1)]);
    expect(names("u1")).toEqual(["a", "c"]);
    store.apply([remove("a"), remove("b")]);
    expect(names("u1")).toEqual(["c"]);
    expect(names("u2")).toEqual([]);
    expect(names("nobody")).toEqual([]);
  });
});

describe("controllers", () => {
  /** Copies every Pod's spec to a ConfigMap, as long as there is one. */
  function copier(): Controller {
    return {
      name: "copier",
      reconcile: (changes, store) =>
        changes
          .filter(({ kind }) => kind === "Pod")
          .map(({ object }): Operation => {
            const { name, namespace = "" } = object.metadata;
            const current = store.get("Pod", namespace, name);
            const metadata = { name, namespace };
            return current === undefined
              ? { op: "delete", key: { kind: "ConfigMap", namespace, name } }
              : put({ apiVersion: "v1", kind: "ConfigMap", metadata, spec: current.spec });
          }),
    };
  }

  it("settle inside apply, and their work is part of the batch", () => {
    const store = storeWith(copier());
    expect(brief(store.apply([put(pod("a", { spec: 1 }))]))).toEqual(["added a", "added a"]);
    expect(store.get("ConfigMap", "shop", "a")).toMatchObject({ spec: 1 });
    store.apply([remove("a")]);
    expect(store.kinds()).toEqual([]);
  });

  it("are told every change once, their own and each other's included, in order", () => {
    const told: string[][] = [[], []];
    const spy = (i: number, make?: string): Controller => ({
      name: `spy ${i}`,
      reconcile(changes, store) {
        told[i]!.push(...brief(changes));
        return make !== undefined && store.get("Pod", "shop", make) === undefined
          ? [put(pod(make))]
          : [];
      },
    });
    const store = storeWith(spy(0, "x"), spy(1, "y"));
    store.apply([put(pod("a"))]);
    expect(told[0]).toEqual(["added a", "added x", "added y"]);
    expect(told[1]).toEqual(["added a", "added x", "added y"]);
  });

  it("are told only of the kinds that they want, and are not called for others", () => {
    const told: string[][] = [];
    const picky: Controller = {
      name: "picky",
      kinds: new Set(["ConfigMap"]),
      reconcile(changes) {
        told.push(brief(changes));
        if (told.length === 1) throw new Error("once");
        return [];
      },
    };
    const store = storeWith(picky);
    const config = (name: string) => put({ ...pod(name), kind: "ConfigMap" });
    store.apply([put(pod("a"))]);
    expect(told).toEqual([]);
    expect(() => store.apply([put(pod("b")), config("c")])).toThrow("picky: once");
    store.apply([put(pod("d"))]);
    store.apply([put(pod("e")), config("f")]);
    expect(told).toEqual([["added c"], ["added c"], ["added f"]]);
  });

  it("are given the store's clock, read once a batch", () => {
    const times: Date[] = [];
    let reads = 0;
    const clock: Controller = {
      name: "clock",
      reconcile(_, store, now) {
        times.push(now);
        return store.get("Pod", "shop", "b") === undefined ? [put(pod("b"))] : [];
      },
    };
    const store = new Store({ controllers: [clock], now: () => new Date(++reads) });
    store.apply([put(pod("a"))]);
    expect(reads).toBe(1);
    expect(times.map(Number)).toEqual([1, 1]);
  });

  it("that never settle are stopped, and everyone is told what happened till then", () => {
    const fighter = (name: string, wanted: number): Controller => ({
      name,
      reconcile: (_, store) =>
        store.get("Pod", "shop", "a")?.spec === (wanted as never)
          ? []
          : [put(pod("a", { spec: wanted }))],
    });
    const store = storeWith(fighter("one", 1), fighter("two", 2));
    const told: string[] = [];
    store.subscribe((changes) => told.push(...brief(changes)));
    const error = thrownBy(() => store.apply([put(pod("a"))]));
    expect(error).toBeInstanceOf(SettleError);
    expect(String(error)).toContain("do not settle; last: modified Pod shop/a");
    expect(told).toEqual(["added a"]);
    // What does not concern the fight goes on.
    expect(() => store.apply([])).not.toThrow();
  });

  it("that throw lose nothing: others work, everyone is told, and they get the changes again", () => {
    let broken = true;
    const seen: string[][] = [];
    const fragile: Controller = {
      name: "fragile",
      reconcile(changes) {
        seen.push(brief(changes));
        if (broken) throw new Error("boom");
        return [];
      },
    };
    const store = storeWith(fragile, copier());
    const told: string[] = [];
    store.subscribe((changes) => told.push(...brief(changes)));
    const error = thrownBy(() => store.apply([put(pod("a"))])) as SettleError;
    expect(error.message).toBe("fragile: boom");
    expect((error.errors[0] as Error).cause).toEqual(new Error("boom"));
    expect(brief(error.changes)).toEqual(["added a", "added a"]);
    expect(told).toEqual(["added a", "added a"]);
    expect(seen).toEqual([["added a"]]);
    broken = false;
    store.apply([put(pod("b"))]);
    expect(seen[1]).toEqual(["added a", "added a", "added b"]);
    expect(store.get("ConfigMap", "shop", "b")).toBeDefined();
    store.apply([put(pod("c"))]);
    expect(seen[3]).toEqual(["added c"]);
  });

  it("that throw are given later changes of the same batch, too, once each", () => {
    let broken = true;
    const seen: string[][] = [];
    const fragile: Controller = {
      name: "fragile",
      kinds: new Set(["ConfigMap", "Pod"]),
      reconcile(changes) {
        seen.push(brief(changes));
        if (broken) throw new Error("boom");
        return [];
      },
    };
    // Comes after the one that fails, and makes an object that it wants to know of.
    const store = storeWith(fragile, copier());
    expect(() => store.apply([put(pod("a"))])).toThrow("fragile: boom");
    expect(() => store.apply([])).not.toThrow();
    broken = false;
    store.apply([put(pod("b"))]);
    expect(seen[0]).toEqual(["added a"]);
    expect(seen[1]).toEqual(["added a", "added a", "added b"]);
    expect(seen.slice(2)).toEqual([["added b"]]);
  });

  it("and batches that want what can't be are named with the reason", () => {
    const wrong: Controller = {
      name: "wrong",
      reconcile: (changes) => (changes.some(({ kind }) => kind === "Pod") ? [put(pod(""))] : []),
    };
    const error = thrownBy(() =>
      storeWith(wrong).apply([put(pod("")), put(pod("a"))]),
    ) as SettleError;
    expect(error.name).toBe("SettleError");
    expect(error.errors.map((each) => (each as Error).message)).toEqual([
      "batch: a Pod without a name",
      "wrong: a Pod without a name",
    ]);
    expect(brief(error.changes)).toEqual(["added a"]);
  });

  it("may apply to the store by mistake without harm: it happens afterwards", () => {
    let store: Store | undefined;
    const rude: Controller = {
      name: "rude",
      reconcile(changes) {
        if (changes.some(({ object }) => object.metadata.name === "a"))
          store?.apply([put(pod("b"))]);
        return [];
      },
    };
    store = storeWith(rude);
    expect(brief(store.apply([put(pod("a"))]))).toEqual(["added a"]);
    expect(store.get("Pod", "shop", "b")).toBeDefined();
  });
});

describe("time", () => {
  function alarm(): Controller & { readonly rang: number[] } {
    let wake: Date | undefined = new Date(1000);
    const rang: number[] = [];
    return {
      name: "alarm",
      rang,
      nextWake: () => wake,
      reconcile(_, __, now) {
        if (wake === undefined || now < wake) return [];
        rang.push(Number(now));
        wake = rang.length < 2 ? new Date(Number(now) + 1000) : undefined;
        return [put(pod(`at-${Number(now)}`))];
      },
    };
  }

  it("wakes controllers by tick when theirs has come, not before", () => {
    let now = new Date(0);
    const clock = alarm();
    const store = new Store({ controllers: [clock], now: () => now });
    expect(store.nextWake()).toEqual(new Date(1000));
    expect(store.tick()).toEqual([]);
    now = new Date(1500);
    expect(brief(store.tick())).toEqual(["added at-1500"]);
    expect(store.nextWake()).toEqual(new Date(2500));
    expect(store.tick()).toEqual([]);
    now = new Date(2500);
    expect(brief(store.tick())).toEqual(["added at-2500"]);
    expect(store.nextWake()).toBeUndefined();
    expect(clock.rang).toEqual([1500, 2500]);
  });

  /** Wants to be called at a time, or never; says when it was. */
  function sleeper(wake: number | undefined): Controller & { readonly calls: number[] } {
    const calls: number[] = [];
    return {
      name: "sleeper",
      calls,
      nextWake: () => (wake === undefined ? undefined : new Date(wake)),
      reconcile(_, __, now) {
        calls.push(Number(now));
        return [];
      },
    };
  }

  it.each([
    [[], undefined],
    [[undefined], undefined],
    [[undefined, 3000], 3000],
    [[2000, 3000, 1000, undefined], 1000],
  ])("wakes next at the earliest of %j", (wakes, expected) => {
    const plain: Controller = { name: "plain", reconcile: () => [] };
    const store = storeWith(plain, ...wakes.map(sleeper));
    expect(store.nextWake()).toEqual(expected === undefined ? undefined : new Date(expected));
  });

  it("calls at a tick those alone whose time has come, and at a batch without changes nobody", () => {
    const [early, now, late, never] = [999, 1000, 1001, undefined].map(sleeper) as [
      ReturnType<typeof sleeper>,
      ReturnType<typeof sleeper>,
      ReturnType<typeof sleeper>,
      ReturnType<typeof sleeper>,
    ];
    const all = [early, now, late, never];
    const store = new Store({ controllers: all, now: () => new Date(1000) });
    store.apply([]);
    expect(all.map(({ calls }) => calls.length)).toEqual([0, 0, 0, 0]);
    store.tick();
    expect(all.map(({ calls }) => calls)).toEqual([[1000], [1000], [], []]);
  });
});

describe("subscribers", () => {
  it("are called once a batch, and not at all when it changed nothing", () => {
    const store = storeWith();
    let calls = 0;
    store.subscribe(() => calls++);
    store.apply([put(pod("a")), put(pod("b"))]);
    store.apply([put(pod("a"))]);
    expect(calls).toBe(1);
  });

  it("may apply: the batch runs when the current one is done and everyone was told", () => {
    const store = storeWith();
    const told: string[] = [];
    store.subscribe((changes) => {
      if (store.get("Pod", "shop", "b") === undefined) {
        expect(store.apply([put(pod("b"))])).toEqual([]);
        expect(store.get("Pod", "shop", "b")).toBeUndefined();
      }
      told.push(...brief(changes).map((text) => `1 ${text}`));
    });
    store.subscribe((changes) => told.push(...brief(changes).map((text) => `2 ${text}`)));
    expect(brief(store.apply([put(pod("a"))]))).toEqual(["added a"]);
    expect(told).toEqual(["1 added a", "2 added a", "1 added b", "2 added b"]);
  });

  it("that throw hinder nobody, and batches that were waiting still run", () => {
    const store = storeWith();
    const told: string[] = [];
    store.subscribe((changes) => {
      if (brief(changes)[0] === "added a") store.apply([put(pod("b"))]);
      throw new Error(`no ${brief(changes)}`);
    });
    store.subscribe((changes) => told.push(...brief(changes)));
    const error = thrownBy(() => store.apply([put(pod("a"))])) as SettleError;
    expect(error.message).toBe("subscriber: no added a; subscriber: no added b");
    expect(brief(error.changes)).toEqual(["added a"]);
    expect(told).toEqual(["added a", "added b"]);
    expect(store.get("Pod", "shop", "b")).toBeDefined();
  });

  it("are not called after they unsubscribed, even in the middle of a round", () => {
    const store = storeWith();
    const told: string[] = [];
    let stop = () => {};
    store.subscribe(() => stop());
    stop = store.subscribe(() => told.push("second"));
    store.subscribe(() => told.push("third"));
    store.apply([put(pod("a"))]);
    expect(told).toEqual(["third"]);
  });

  it("may be the same function twice", () => {
    const store = storeWith();
    let calls = 0;
    const listener = () => {
      calls++;
    };
    const stop = store.subscribe(listener);
    store.subscribe(listener);
    store.apply([put(pod("a"))]);
    expect(calls).toBe(2);
    stop();
    store.apply([put(pod("b"))]);
    expect(calls).toBe(3);
  });
});

describe("properties", () => {
  const name = fc.constantFrom("a", "b", "c");
  const spec = fc.constantFrom(0, 1, 2);
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    fc.tuple(name, spec).map(([n, s]) => put(pod(n, { spec: s }))),
    fc.tuple(name, spec).map(([n, s]) => put(pod(n, { spec: s, status: s }))),
    fc.tuple(name, spec).map(([n, s]) => status(n, s)),
    name.map(remove),
  );
  const batches = fc.array(fc.array(operation, { maxLength: 8 }), { maxLength: 8 });

  it("a replica that follows the net changes has the store's state after every batch", () => {
    fc.assert(
      fc.property(batches, (history) => {
        const store = storeWith();
        const replica = new Map<string, KubernetesObject>();
        for (const batch of history) {
          const version = store.resourceVersion;
          const changes = store.apply(batch);
          for (const { type, object, previous } of changes) {
            const { name: n } = object.metadata;
            expect(replica.has(n)).toBe(type !== "added");
            if (type !== "added")
              expect(withoutVersion(previous!)).toEqual(withoutVersion(replica.get(n)!));
            if (type === "deleted") replica.delete(n);
            else replica.set(n, object);
          }
          const state = (objects: Iterable<KubernetesObject>) =>
            [...objects]
              .map(withoutVersion)
              .sort((x, y) => (x.metadata.name < y.metadata.name ? -1 : 1));
          expect(state(replica.values())).toEqual(state(store.list("Pod")));
          if (changes.length > 0) expect(store.resourceVersion).toBeGreaterThan(version);
        }
      }),
    );
  });

  it("one batch ends where its operations would end one by one", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
        const together = storeWith();
        together.apply(operations);
        const apart = storeWith();
        for (const one of operations) apart.apply([one]);
        expect(together.list("Pod")).toEqual(apart.list("Pod"));
        expect(together.apply(together.list("Pod").map(put))).toEqual([]);
      }),
    );
  });
});

function withoutVersion(object: KubernetesObject): KubernetesObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("touch", () => {
  it("has the controllers look again, and is no change for anybody else", () => {
    const seen: string[] = [];
    const store = new Store({
      controllers: [
        {
          name: "looker",
          reconcile(changes) {
            for (const { type, object } of changes) seen.push(`${type} ${object.metadata.name}`);
            return [];
          },
        },
      ],
    });
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop" } };
    store.apply([{ op: "put", object: pod }]);
    const told: unknown[] = [];
    store.subscribe((changes) => told.push(changes));
    const version = store.resourceVersion;
    const key = { kind: "Pod", namespace: "shop", name: "web" };
    expect(store.apply([{ op: "touch", key }])).toEqual([]);
    expect(
      store.apply([
        { op: "touch", key },
        { op: "touch", key },
      ]),
    ).toEqual([]);
    expect(store.apply([{ op: "touch", key: { ...key, name: "absent" } }])).toEqual([]);
    expect(seen).toEqual(["added web", "modified web", "modified web", "modified web"]);
    expect(told).toEqual([]);
    expect(store.resourceVersion).toBe(version);
    store.apply([
      { op: "touch", key },
      { op: "delete", key },
    ]);
    expect(told).toMatchObject([[{ type: "deleted" }]]);
  });
});
