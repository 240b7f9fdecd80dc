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
