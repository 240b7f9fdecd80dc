import { Resolver } from "node:dns/promises";
import { describe, expect, it } from "vitest";
import { createDns } from "../../src/dns/dns.ts";
import { DnsOptionError } from "../../src/dns/options.ts";
import { isWithin, zoneOf } from "../../src/dns/zones.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { clusterObjects, clusterStore } from "./case-table.ts";
import { namespaceObject, service, slice, storeOf } from "./objects.ts";

const data = (answers: readonly { data: unknown }[]) => answers.map((record) => record.data);

describe("the local view", () => {
  const ports = [{ name: "http", port: 80 }];
  const store = storeOf(
    service("shop/web", { clusterIPs: ["10.96.3.7", "fd00::7"], ports }),
    service("shop/db", { clusterIP: "None", ports }),
    slice("shop/db", [
      { addresses: ["10.244.0.5"], targetRef: { kind: "Pod", name: "db-0" } },
      { addresses: ["198.51.100.7"], hostname: "outside" },
    ]),
  );
  const dns = createDns({ store, view: "local" });

  it("answers where this machine reaches ClusterIPs and pods", () => {
    expect(data(dns.resolve("web.shop.svc.cluster.local").answers)).toEqual(["127.96.3.7"]);
    const { answers } = dns.resolve("db.shop.svc.cluster.local");
    expect(data(answers)).toEqual(["127.244.0.5", "198.51.100.7"]);
  });

  it("keeps names made of cluster addresses, and their glue reachable", () => {
    const srv = dns.resolve("_http._tcp.db.shop.svc.cluster.local", "SRV");
    expect(data(srv.answers)[0]).toMatchObject({
      port: 8080,
      target: "10-244-0-5.db.shop.svc.cluster.local.",
    });
    expect(srv.additional[0]).toMatchObject({ data: "127.244.0.5" });
    const one = dns.resolve("10-244-0-5.db.shop.svc.cluster.local");
    expect(data(one.answers)).toEqual(["127.244.0.5"]);
  });

  it("has no IPv6 address, which has no mirror", () => {
    expect(dns.resolve("web.shop.svc.cluster.local", "AAAA")).toMatchObject({
      rcode: "NOERROR",
      answers: [],
    });
    expect(dns.explain("web.shop.svc.cluster.local", "AAAA").rule).toBe("family-missing");
  });

  it("names both the mirror and the address behind it", () => {
    for (const name of ["7.3.96.127.in-addr.arpa", "7.3.96.10.in-addr.arpa"]) {
      expect(data(dns.resolve(name, "PTR").answers)).toEqual(["web.shop.svc.cluster.local."]);
    }
    expect(dns.resolve("1.0.0.127.in-addr.arpa", "PTR").rcode).toBe("NXDOMAIN");
  });

  it("leaves the cluster view as it is", () => {
    const cluster = createDns({ store });
    expect(data(cluster.resolve("web.shop.svc.cluster.local").answers)).toEqual(["10.96.3.7"]);
    expect(cluster.resolve("7.3.96.127.in-addr.arpa", "PTR").rcode).toBe("NXDOMAIN");
  });
});

describe("zones", () => {
  it("may be several, answered alike but for their name", () => {
    const dns = createDns({ store: clusterStore(), zones: ["cluster.local", "k8s.test"] });
    for (const [rest, type] of [
      ["web.default.svc", "A"],
      ["_pg._tcp.db.prod.svc", "SRV"],
      ["dns-version", "TXT"],
      ["nope.default.svc", "A"],
      ["", "SOA"],
      ["", "NS"],
    ] as const) {
      const [local, test] = ["cluster.local.", "k8s.test."].map((zone) => {
        const { answers, additional, authority, rcode } = dns.resolve(
          `${rest && `${rest}.`}${zone}`,
          type,
        );
        return JSON.stringify({ rcode, answers, additional, authority }).replaceAll(zone, "ZONE");
      });
      expect(test).toBe(local);
    }
  });

  it("are found by the longest suffix on a label boundary", () => {
    const zones = ["local.", "cluster.local.", "a.cluster.local."];
    expect(zoneOf("x.a.cluster.local.", zones)).toBe("a.cluster.local.");
    expect(zoneOf("ba.cluster.local.", zones)).toBe("cluster.local.");
    expect(zoneOf("xcluster.local.", zones)).toBe("local.");
    expect(zoneOf("local.", zones)).toBe("local.");
    expect(zoneOf("notlocal.", zones)).toBeUndefined();
    expect(isWithin("a\\.cluster.local.", "cluster.local.")).toBe(false);
    expect(isWithin("a.b\\\\.cluster.local.", "cluster.local.")).toBe(true);
    expect(isWithin("anything.", ".")).toBe(true);
  });
});

describe("options", () => {
  it.each([
    ["ttl", { ttl: -1 }],
    ["ttl", { ttl: 3601 }],
    ["ttl", { ttl: 1.5 }],
    ["zones", { zones: [] }],
    ["upstream", { upstream: ["here"] }],
  ] as const)("refuse a senseless %s", (option, options) => {
    expect(() => createDns({ store: storeOf(), ...options })).toThrowError(DnsOptionError);
    expect(() => createDns({ store: storeOf(), ...options })).toThrowError(option);
  });

  it("answer NS with where the server listens, when nothing else is known", async () => {
    await using dns = createDns({ store: storeOf() });
    expect(dns.resolve("cluster.local", "NS").answers).toEqual([]);
    await using server = await dns.listen();
    expect(dns.resolve("cluster.local", "NS")).toMatchObject({
      answers: [{ data: "ns.dns.cluster.local." }],
      additional: [{ data: server.host }],
    });
    expect(data(dns.resolve("ns.dns.cluster.local").answers)).toEqual(["127.0.0.1"]);
  });

  it("are all taken by engine.listen, which tells the bound address", async () => {
    await using engine = createEngine({ namespaces: "declared" });
    await engine.load(clusterObjects());
    const { dns } = await engine.listen({
      dns: {
        listen: "127.0.0.1:0",
        zones: ["dev.test", "clusterset.local", "in-addr.arpa"],
        serverBlock: ".",
        ttl: 7,
        pods: "insecure",
        fallthrough: ["in-addr.arpa"],
        upstream: [],
        localIPs: ["192.0.2.1"],
        namespaces: ["default", "prod"],
        ignoreEmptyService: true,
        endpointPodNames: true,
        noEndpoints: false,
        noLocalEndpoint: true,
        multicluster: ["clusterset.local"],
        zonal: true,
        autopath: false,
        view: "local",
      },
    });
    const resolver = new Resolver();
    resolver.setServers([`${dns?.host}:${dns?.port}`]);
    const found = (name: string) => resolver.resolve4(name, { ttl: true });
    expect(await found("web.default.svc.dev.test")).toEqual([{ address: "127.96.10.1", ttl: 7 }]);
    expect(await found("1-2-3-4.default.pod.dev.test")).toHaveLength(1);
    expect(await found("ns.dns.dev.test")).toMatchObject([{ address: "192.0.2.1" }]);
    expect(await found("globdb.prod.svc.clusterset.local")).not.toHaveLength(0);
    expect(await found("zone-a.pin._zone.zoned.prod.svc.dev.test")).not.toHaveLength(0);
    expect(await found("pods-abc.pods.prod.svc.dev.test")).toHaveLength(1);
    for (const hidden of ["lonely.default.svc.dev.test", "kube-dns.kube-system.svc.dev.test"]) {
      await expect(found(hidden)).rejects.toMatchObject({ code: "ENOTFOUND" });
    }
  });

  it("noLocalEndpoint keeps NS at ns.dns though a Service has the address", () => {
    const options = { store: clusterStore(), localIPs: ["10.244.0.10"] };
    const found = createDns(options).resolve("cluster.local", "NS");
    expect(data(found.answers)).toEqual(["kube-dns.kube-system.svc.cluster.local."]);
    const plain = createDns({ ...options, noLocalEndpoint: true }).resolve("cluster.local", "NS");
    expect(data(plain.answers)).toEqual(["ns.dns.cluster.local."]);
  });

  it("noEndpoints hides all that comes from slices", () => {
    const dns = createDns({ store: clusterStore(), noEndpoints: true });
    expect(dns.resolve("db.prod.svc.cluster.local").rcode).toBe("NXDOMAIN");
    expect(dns.resolve("10-244-1-11.web.default.svc.cluster.local").rcode).toBe("NXDOMAIN");
    expect(dns.resolve("20.2.244.10.in-addr.arpa", "PTR").rcode).toBe("NXDOMAIN");
    expect(dns.resolve("web.default.svc.cluster.local").rcode).toBe("NOERROR");
  });

  it("synced says whether what is missing may come yet", () => {
    let synced = false;
    const dns = createDns({ store: clusterStore(), synced: () => synced });
    const missing = dns.resolve("nope.default.svc.cluster.local");
    expect(missing).toMatchObject({ rcode: "SERVFAIL", authoritative: true });
    expect(missing.authority).toMatchObject([{ data: { serial: 0 } }]);
    expect(dns.resolve("dns-version.cluster.local", "TXT").rcode).toBe("NOERROR");
    synced = true;
    expect(dns.resolve("nope.default.svc.cluster.local").rcode).toBe("NXDOMAIN");
  });

  it("an object whose name can't be written is SERVFAIL in a message, and hurts no other", () => {
    const long = "x".repeat(70);
    const store = storeOf(
      namespaceObject("shop"),
      service("shop/bad", { type: "ExternalName", externalName: `${long}.example` }),
      service("shop/web", { clusterIP: "10.96.0.1" }),
    );
    const dns = createDns({ store });
    expect(dns.resolve("bad.shop.svc.cluster.local").rcode).toBe("NOERROR");
    expect(dns.resolve("web.shop.svc.cluster.local").answers).toHaveLength(1);
  });

  it.each(["__proto__", "constructor", "toString"])(
    "a Service called %s is like any other",
    (name) => {
      const store = storeOf(service(`shop/${name}`, { clusterIP: "10.96.0.1" }));
      const dns = createDns({ store });
      const lower = name.toLowerCase();
      expect(dns.resolve(`${name}.shop.svc.cluster.local`).rcode).toBe(
        lower === name ? "NOERROR" : "NXDOMAIN",
      );
      expect(dns.resolve(`${name}.${name}.svc.cluster.local`).rcode).toBe("NXDOMAIN");
    },
  );
});
