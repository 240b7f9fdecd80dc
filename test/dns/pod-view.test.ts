import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDns } from "../../src/dns/dns.ts";
import {
  candidateNames,
  formatResolverConfig,
  parseResolverConfig,
  resolverConfigOf,
} from "../../src/dns/resolver-config.ts";
import type { PodSpec } from "../../src/objects/pod.ts";
import { clusterStore } from "./case-table.ts";
import { pod, service, storeOf } from "./objects.ts";

const HOST = {
  nameservers: ["192.0.2.53"],
  searches: ["corp.example.", "cluster.local"],
  options: [{ name: "rotate" }],
};
const CLUSTER = { nameservers: ["10.96.0.10"], domain: "cluster.local.", host: HOST };
const SEARCH = ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"];

function configOf(spec: Partial<PodSpec>, cluster = CLUSTER) {
  return resolverConfigOf(pod("shop/web-1", {}, spec), cluster);
}

describe("a pod's resolv.conf", () => {
  const first = {
    nameservers: ["10.96.0.10"],
    searches: [...SEARCH, "corp.example"],
    options: [{ name: "ndots", value: "5" }],
  };
  const host = { ...HOST, searches: ["corp.example", "cluster.local"] };
  it.each<[string, Partial<PodSpec>, unknown]>([
    ["by default", {}, first],
    ["with ClusterFirst", { dnsPolicy: "ClusterFirst" }, first],
    ["with ClusterFirst on the host's network", { hostNetwork: true }, host],
    [
      "with ClusterFirstWithHostNet on the host's network",
      { dnsPolicy: "ClusterFirstWithHostNet", hostNetwork: true },
      first,
    ],
    ["with Default", { dnsPolicy: "Default" }, host],
    ["with None", { dnsPolicy: "None" }, { nameservers: [], searches: [], options: [] }],
    [
      "with None and dnsConfig",
      {
        dnsPolicy: "None",
        dnsConfig: {
          nameservers: ["1.1.1.1"],
          searches: ["a"],
          options: [{ name: "ndots", value: "2" }],
        },
      },
      { nameservers: ["1.1.1.1"], searches: ["a"], options: [{ name: "ndots", value: "2" }] },
    ],
    [
      "with dnsConfig added",
      {
        dnsConfig: {
          nameservers: ["10.96.0.10", "1.1.1.1", "2.2.2.2", "3.3.3.3"],
          searches: ["cluster.local", "my.search_underscore", "."],
          options: [{ name: "ndots", value: "1" }, { name: "edns0" }],
        },
      },
      {
        nameservers: ["10.96.0.10", "1.1.1.1", "2.2.2.2"],
        searches: [...SEARCH, "corp.example", "my.search_underscore", "."],
        options: [{ name: "ndots", value: "1" }, { name: "edns0" }],
      },
    ],
  ])("is right %s", (_, spec, expected) => {
    expect(configOf(spec)).toEqual(expected);
  });

  it("falls back to the host's when the cluster has no DNS", () => {
    expect(configOf({}, { ...CLUSTER, nameservers: [] })).toEqual(host);
  });

  it("keeps within 32 search domains, 2048 characters and 253 for each", () => {
    const searches = Array.from({ length: 40 }, (_, i) => `d${i}.example`);
    expect(configOf({ dnsPolicy: "None", dnsConfig: { searches } }).searches).toEqual(
      searches.slice(0, 32),
    );
    const long = Array.from({ length: 30 }, (_, i) => `${i}.${"x".repeat(60)}.${"y".repeat(60)}`);
    const kept = configOf({ dnsPolicy: "None", dnsConfig: { searches: long } }).searches;
    expect(kept.join(" ").length).toBeLessThanOrEqual(2048);
    expect([...kept, long[kept.length]].join(" ").length).toBeGreaterThan(2048);
    const over = ["a.".repeat(127), "b.example"];
    expect(configOf({ dnsPolicy: "None", dnsConfig: { searches: over } }).searches).toEqual([
      "b.example",
    ]);
  });

  it("is written and read back", () => {
    const config = configOf({});
    expect(formatResolverConfig(config)).toBe(
      `nameserver 10.96.0.10\nsearch ${SEARCH.join(" ")} corp.example\noptions ndots:5\n`,
    );
    expect(parseResolverConfig(formatResolverConfig(config))).toEqual(config);
    expect(parseResolverConfig("# nothing\n; here\nsortlist x\n")).toEqual({
      nameservers: [],
      searches: [],
      options: [],
    });
  });
});

describe("the names a resolver tries", () => {
  const config = configOf({});
  it.each([
    [
      "web",
      [
        "web.shop.svc.cluster.local.",
        "web.svc.cluster.local.",
        "web.cluster.local.",
        "web.corp.example.",
        "web.",
      ],
    ],
    ["web.", ["web."]],
    ["a.b.c.d.e.f", ["a.b.c.d.e.f.", "a.b.c.d.e.f.shop.svc.cluster.local."]],
    ["www.example.com", ["www.example.com.shop.svc.cluster.local."]],
  ])("for %s begin with %j", (name, names) => {
    expect(candidateNames(name, config).slice(0, names.length)).toEqual(names);
  });

  it("take a search path of the root and one with an underscore", () => {
    const searches = [".", "my.search_underscore"];
    expect(candidateNames("web", { ...config, searches })).toEqual([
      "web.",
      "web.my.search_underscore.",
    ]);
  });

  it("always hold the name itself, once", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{1,3}(\.[a-z]{1,3}){0,7}$/),
        fc.nat(6),
        (name, ndots) => {
          const options = [{ name: "ndots", value: String(ndots) }];
          const names = candidateNames(name, { ...config, options });
          expect(names.filter((candidate) => candidate === `${name}.`)).toHaveLength(1);
          const dots = name.split(".").length - 1;
          expect(names[0] === `${name}.`).toBe(dots >= ndots);
        },
      ),
    );
  });
});

describe("DNS as a pod sees it", () => {
  it("shows every query tried until one finds something", () => {
    const dns = createDns({ store: clusterStore() });
    const view = dns.as({ namespace: "default", pod: "client" });
    const { tried, found } = view.resolve("db.prod");
    expect(tried.map(({ name, rcode }) => [name, rcode])).toEqual([
      ["db.prod.default.svc.cluster.local.", "NXDOMAIN"],
      ["db.prod.svc.cluster.local.", "NOERROR"],
    ]);
    expect(found?.answers).toHaveLength(2);
    expect(view.resolve("nope").found).toBeUndefined();
  });

  it("goes on after NODATA, as glibc does", () => {
    const store = storeOf(
      service("shop/web", { clusterIP: "10.96.0.1" }),
      service("svc/web", { clusterIP: "fd00::1" }),
    );
    const view = createDns({ store }).as({ namespace: "shop" });
    const { tried } = view.resolve("web", "AAAA");
    expect(tried.length).toBeGreaterThan(1);
    expect(tried[0]).toMatchObject({ rcode: "NOERROR", answers: [] });
  });

  it("is of a pod that exists", () => {
    const dns = createDns({ store: clusterStore() });
    expect(() => dns.as({ namespace: "default", pod: "nobody" })).toThrowError(
      expect.objectContaining({ code: "dns-option", option: "pod" }),
    );
  });

  it("names the servers that listen", async () => {
    await using dns = createDns({ store: clusterStore() });
    await dns.listen();
    expect(dns.as({ namespace: "prod" }).config.nameservers).toEqual(["127.0.0.1"]);
  });
});
