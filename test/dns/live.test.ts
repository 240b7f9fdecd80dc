import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDns } from "../../src/dns/dns.ts";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import type { ResourceRecord, SoaRecord } from "../../src/dns/wire/message.ts";
import type { Store } from "../../src/store/store.ts";
import { namespaceObject, pod, put, remove, service, slice, storeOf } from "./objects.ts";

const web = service("shop/web", { clusterIP: "10.96.0.1", ports: [{ name: "http", port: 80 }] });
const db = service("shop/db", { clusterIP: "None", ports: [{ name: "pg", port: 5432 }] });
const name = "web.shop.svc.cluster.local.";

function query(name: string, type = "A", id = 1): Uint8Array {
  return encodeMessage({ id, rd: true, questions: [{ name, type, class: 1 }] });
}

function addresses(records: readonly ResourceRecord[]): unknown[] {
  return records.map(({ data }) => data).sort();
}

describe("a change in the store", () => {
  it("is in the answers when apply returns, packed ones included", async () => {
    const store = storeOf(web);
    await using dns = createDns({ store });
    const ask = () => decodeMessage(dns.answer(query(name)) as Uint8Array);
    expect(addresses(ask().answers)).toEqual(["10.96.0.1"]);
    expect(addresses(ask().answers)).toEqual(["10.96.0.1"]);
    put(store, { ...web, spec: { ...web.spec, clusterIP: "10.96.0.2" } });
    expect(addresses(ask().answers)).toEqual(["10.96.0.2"]);
    remove(store, "Service", "shop", "web");
    expect(ask().rcode).toBe("NXDOMAIN");
    put(store, web);
    expect(addresses(ask().answers)).toEqual(["10.96.0.1"]);
  });

  it("makes and ends namespaces", async () => {
    const store = storeOf(web);
    await using declared = createDns({ store, existingNamespaces: "declared" });
    await using implied = createDns({ store });
    expect(declared.resolve(name).rcode).toBe("NXDOMAIN");
    expect(implied.resolve(name).rcode).toBe("NOERROR");
    put(store, namespaceObject("shop"));
    expect(declared.resolve(name).rcode).toBe("NOERROR");
    remove(store, "Namespace", "", "shop");
    remove(store, "Service", "shop", "web");
    expect(declared.resolve("shop.svc.cluster.local").rcode).toBe("NXDOMAIN");
    expect(implied.resolve("shop.svc.cluster.local").rcode).toBe("NXDOMAIN");
  });

  it("turns an ExternalName into a ClusterIP", async () => {
    const store = storeOf(service("shop/web", { type: "ExternalName", externalName: "a.example" }));
    await using dns = createDns({ store });
    expect(dns.resolve(name, "CNAME").answers).toMatchObject([{ data: "a.example." }]);
    put(store, service("shop/web", { type: "ExternalName", externalName: "b.example" }));
    expect(dns.resolve(name, "CNAME").answers).toMatchObject([{ data: "b.example." }]);
    put(store, web);
    expect(dns.resolve(name).answers).toMatchObject([{ type: "A", data: "10.96.0.1" }]);
  });

  // D.6: eleven CNAMEs at most; a longer chain is dropped as a whole.
  it.each([1, 10, 11, 12, 13])("answers a chain of %i ExternalNames", async (length) => {
    const links = Array.from({ length }, (_, i) =>
      service(`shop/link-${i}`, {
        type: "ExternalName",
        externalName: i + 1 === length ? name : `link-${i + 1}.shop.svc.cluster.local`,
      }),
    );
    await using dns = createDns({ store: storeOf(web, ...links) });
    const { rcode, answers } = dns.resolve("link-0.shop.svc.cluster.local.");
    expect(rcode).toBe("NOERROR");
    const whole = [
      ...links.map(({ metadata }) => ["CNAME", `${metadata.name}.shop.svc.cluster.local.`]),
      ["A", name],
    ];
    expect(answers.map(({ type, name }) => [type, name])).toEqual(length > 11 ? [] : whole);
  });

  it("moves the serial forward, also of answers packed before", async () => {
    let now = 1_700_000_000_000;
    const store = storeOf(web);
    await using dns = createDns({ store, now: () => new Date(now) });
    const serial = () => {
      const { authority } = decodeMessage(
        dns.answer(query("nope.shop.svc.cluster.local.")) as Uint8Array,
      );
      return (authority[0] as SoaRecord).data.serial;
    };
    expect(serial()).toBe(1_700_000_000);
    put(store, db);
    const second = serial();
    expect(second).toBeGreaterThan(1_700_000_000);
    now += 60_000;
    put(store, { ...db, spec: { ...db.spec, clusterIP: "10.96.0.9" } });
    expect(serial()).toBe(1_700_000_060);
    now -= 3_600_000;
    put(store, db);
    expect(serial()).toBe(1_700_000_061);
  });

  it("never leaves a stale packed answer behind", () => {
    const names = [
      "web.shop.svc",
      "db.shop.svc",
      "a.db.shop.svc",
      "shop.svc",
      "10-244-0-1.shop.pod",
    ];
    const asked = [
      ...names.flatMap((n) => ["A", "SRV"].map((t) => [`${n}.cluster.local.`, t] as const)),
      ["1.0.96.10.in-addr.arpa.", "PTR"] as const,
      ["1.0.244.10.in-addr.arpa.", "PTR"] as const,
    ];
    const steps: Record<string, (store: Store) => void> = {
      web: (store) => put(store, web),
      moveWeb: (store) => put(store, service("shop/web", { clusterIP: "10.96.0.2" })),
      alias: (store) =>
        put(
          store,
          service("shop/web", { type: "ExternalName", externalName: "db.shop.svc.cluster.local" }),
        ),
      noWeb: (store) => remove(store, "Service", "shop", "web"),
      db: (store) => put(store, db),
      noDb: (store) => remove(store, "Service", "shop", "db"),
      endpoint: (store) =>
        put(store, slice("shop/db", [{ addresses: ["10.244.0.1"], hostname: "a" }])),
      two: (store) => put(store, slice("shop/db", ["10.244.0.1", "10.244.0.2"])),
      down: (store) =>
        put(store, slice("shop/db", [{ addresses: ["10.244.0.1"], conditions: { ready: false } }])),
      gone: (store) => remove(store, "EndpointSlice.discovery.k8s.io", "shop", "db-1"),
      relabelled: (store) => {
        const other = slice("shop/web", ["10.244.0.1"]);
        put(store, { ...other, metadata: { ...other.metadata, name: "db-1" } });
      },
      namespace: (store) => put(store, namespaceObject("shop")),
      noNamespace: (store) => remove(store, "Namespace", "", "shop"),
      pod: (store) => put(store, pod("shop/p", { podIP: "10.244.0.1", phase: "Running" })),
      ended: (store) => put(store, pod("shop/p", { podIP: "10.244.0.1", phase: "Failed" })),
      noPod: (store) => remove(store, "Pod", "shop", "p"),
    };
    const batches = fc.array(fc.constantFrom(...Object.keys(steps)), {
      minLength: 1,
      maxLength: 30,
    });
    const modes = fc.constantFrom("declared" as const, "implied" as const);
    fc.assert(
      fc.property(batches, modes, (list, existingNamespaces) => {
        const store = storeOf();
        const options = { store, existingNamespaces, pods: "verified" as const };
        const dns = createDns(options);
        for (const step of list) {
          steps[step]?.(store);
          const fresh = createDns({ ...options, packedBytes: 0 });
          for (const [asking, type] of asked) {
            const [kept, right] = [dns, fresh].map((server) => {
              const reply = decodeMessage(server.answer(query(asking, type)) as Uint8Array);
              return [
                reply.rcode,
                addresses(reply.answers)
                  .map((data) => JSON.stringify(data))
                  .sort(),
              ];
            });
            expect(kept, `${asking} ${type} after ${step}`).toEqual(right);
          }
          void fresh.close();
        }
        void dns.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe("packed answers", () => {
  it("carry the ID of the request and keep the case of its name", async () => {
    await using dns = createDns({ store: storeOf(web) });
    for (const [id, typed] of [
      [1, name],
      [2, name],
      [3, "WEB.shop.svc.cluster.local."],
    ] as const) {
      const reply = decodeMessage(dns.answer(query(typed, "A", id)) as Uint8Array);
      expect(reply).toMatchObject({ id, questions: [{ name: typed }], answers: [{ name: typed }] });
    }
  });

  it("come in a new order each time", async () => {
    const endpoints = ["10.244.0.1", "10.244.0.2", "10.244.0.3"];
    await using dns = createDns({ store: storeOf(db, slice("shop/db", endpoints)) });
    const orders = new Set<string>();
    const first = new Map<unknown, number>();
    for (let i = 0; i < 600; i++) {
      const reply = decodeMessage(dns.answer(query("db.shop.svc.cluster.local.")) as Uint8Array);
      const order = reply.answers.map(({ data }) => data);
      expect([...order].sort()).toEqual(endpoints);
      orders.add(order.join());
      first.set(order[0], (first.get(order[0]) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    for (const count of first.values()) expect(count).toBeGreaterThan(120);
  });

  it("stay right when there is room for few", async () => {
    const many = Array.from({ length: 20 }, (_, i) =>
      service(`shop/s${i}`, { clusterIP: `10.96.1.${i}` }),
    );
    await using dns = createDns({ store: storeOf(...many), packedBytes: 2048 });
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 20; i++) {
        const reply = dns.answer(query(`s${i}.shop.svc.cluster.local.`)) as Uint8Array;
        expect(decodeMessage(reply).answers).toMatchObject([{ data: `10.96.1.${i}` }]);
      }
    }
  });

  it("are not shared between requests that differ in anything but the ID", async () => {
    await using dns = createDns({ store: storeOf(web) });
    const questions = [{ name, type: "A", class: 1 }];
    const edns = { udpSize: 1232, version: 0, do: false, options: [] };
    for (let i = 0; i < 2; i++) {
      const plain = decodeMessage(dns.answer(encodeMessage({ questions })) as Uint8Array);
      const withOpt = decodeMessage(dns.answer(encodeMessage({ questions, edns })) as Uint8Array);
      const rd = decodeMessage(dns.answer(encodeMessage({ questions, rd: true })) as Uint8Array);
      expect(plain).toMatchObject({ rd: false });
      expect(plain.edns).toBeUndefined();
      expect(withOpt.edns).toEqual(edns);
      expect(rd.rd).toBe(true);
    }
  });
});

describe("watchName", () => {
  it("tells what changed, inside apply, and nothing else", async () => {
    const store = storeOf(web, db);
    await using dns = createDns({ store });
    const seen: unknown[] = [];
    const stop = dns.watchName("db.shop.svc.cluster.local", "A", ({ rcode, answers }) => {
      // Answers given from here on are by the new state as well.
      const reply = decodeMessage(dns.answer(query("db.shop.svc.cluster.local.")) as Uint8Array);
      expect(reply.rcode).toBe(rcode);
      seen.push([rcode, addresses(answers)]);
    });
    put(store, slice("shop/db", ["10.244.0.1"]));
    expect(seen).toEqual([["NOERROR", ["10.244.0.1"]]]);
    put(store, slice("shop/db", ["10.244.0.1"], [{ name: "x", port: 1 }]));
    put(store, { ...web, spec: { clusterIP: "10.96.0.7" } });
    expect(seen).toHaveLength(1);
    remove(store, "Service", "shop", "db");
    expect(seen[1]).toEqual(["NXDOMAIN", []]);
    stop();
    put(store, db);
    expect(seen).toHaveLength(2);
  });

  it("follows a CNAME to what it depends on", async () => {
    const alias = service("shop/web", {
      type: "ExternalName",
      externalName: "db.prod.svc.cluster.local",
    });
    const store = storeOf(alias, service("prod/db", { clusterIP: "10.96.0.3" }));
    await using dns = createDns({ store });
    const seen: unknown[] = [];
    dns.watchName(name, "A", ({ answers }) => seen.push(addresses(answers)));
    put(store, service("prod/db", { clusterIP: "10.96.0.4" }));
    expect(seen).toEqual([["10.96.0.4", "db.prod.svc.cluster.local."]]);
  });
});
