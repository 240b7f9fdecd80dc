import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDns, type Dns } from "../../src/dns/dns.ts";
import type { DnsServer } from "../../src/dns/server.ts";
import { clusterStore, type DnsCase, differences, requestOf, table } from "./case-table.ts";
import { exchangeTcp, exchangeUdp } from "./exchange.ts";
import { type FakeUpstream, startUpstream } from "./fake-upstream.ts";

describe("the table of CoreDNS' answers", () => {
  const dnsByConfig = new Map<string, Dns>();
  const servers = new Map<string, DnsServer>();
  let upstream: FakeUpstream;

  beforeAll(async () => {
    upstream = await startUpstream(table.upstream);
    const store = clusterStore();
    for (const [name, config] of Object.entries(table.configs)) {
      const dns = createDns({
        ...config,
        store,
        existingNamespaces: "declared",
        upstream: config.upstream ? [upstream.address] : false,
      });
      dnsByConfig.set(name, dns);
      servers.set(name, await dns.listen());
    }
  });

  afterAll(async () => {
    for (const dns of dnsByConfig.values()) await dns.close();
    await upstream[Symbol.asyncDispose]();
  });

  it("has all its cases", () => {
    expect(table.cases).toHaveLength(158);
  });

  // Which rules of the specification the cases are about; D.18 tells of other servers.
  it.each([
    ["D.1 fields", ["ghost-namespace", "headless-early", "headless-manual", "pod-verified-done"]],
    ["D.2 zones", ["case-srv", "cu-a", "out-of-zone-servfail", "mc-a"]],
    ["D.3 names", ["ent-", "too-long", "wildcard", "other-second-label", "srv-no-underscore"]],
    ["D.4 entries", ["clusterip-", "headless-", "srv-", "ext-below", "lb-a", "nodeport-"]],
    ["D.5 types", ["dual-", "txt-", "mx-", "any-", "https-", "cname-", "soa-below", "axfr-"]],
    ["D.6 CNAMEs", ["ext-a-", "ext-inside-", "ext-missing-", "ext-loop"]],
    ["D.7 name servers", ["apex-ns", "ns-dns-a"]],
    ["D.8 negative answers", ["nx-", "apex-soa", "ent-namespace-missing", "cu-nx"]],
    ["D.9 reverse names", ["ptr-"]],
    ["D.10 pod names", ["pod-"]],
    ["D.11 TTL and case", ["ttl-30", "nx-ttl-30", "case-", "cu-a"]],
    ["D.12 routing", ["out-of-zone-", "fa-", "ptr-fallthrough"]],
    ["D.13 messages", ["wire-", "edns-", "flag-", "class-ch", "tcp", "wide-"]],
    ["D.14 options", ["ie-", "nf-", "pn-", "zo-"]],
    ["D.15 autopath", ["ap-"]],
    ["D.16 quirks", ["apex-txt", "a-at-srv-name", "ext-ip", "ptr-unlabelled-slice", "mc-version"]],
    ["D.17 multi-cluster", ["mc-"]],
    ["D.19 conformance", ["clusterip-a", "headless-srv", "headless-hostname", "ptr-clusterip"]],
  ])("has cases for %s", (_, prefixes) => {
    for (const prefix of prefixes) {
      expect(
        table.cases.some(({ id }) => id.startsWith(prefix)),
        prefix,
      ).toBe(true);
    }
  });

  describe("through answer()", () => {
    it.each(table.cases)("$id: $why", async (dnsCase: DnsCase) => {
      const dns = dnsByConfig.get(dnsCase.config);
      const { transport = "udp", client: address = "127.0.0.1" } = dnsCase;
      const client = { address, port: 4000, transport } as const;
      const request = requestOf(dnsCase);
      expect(differences(dnsCase, await dns?.answer(request, client))).toEqual([]);
      // The second answer may come from the packed ones.
      expect(differences(dnsCase, await dns?.answer(request, client))).toEqual([]);
    });
  });

  describe("over sockets", () => {
    it.each(table.cases)("$id: $why", async (dnsCase: DnsCase) => {
      const server = servers.get(dnsCase.config) as DnsServer;
      // A pod's loopback mirror stands for the pod.
      const from = dnsCase.client?.replace(/^\d+/, "127");
      const options = from === undefined ? {} : { from };
      const request = requestOf(dnsCase);
      if (dnsCase.transport === "tcp") {
        const [reply] = await exchangeTcp([request], server, options);
        expect(differences(dnsCase, reply)).toEqual([]);
        return;
      }
      const patience = dnsCase.reply === false ? { patience: 200 } : {};
      const reply = await exchangeUdp(request, server, { ...options, ...patience });
      expect(differences(dnsCase, reply)).toEqual([]);
    });
  });
});
