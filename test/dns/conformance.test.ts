import { Resolver } from "node:dns/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDns, type Dns } from "../../src/dns/dns.ts";
import { decodeMessage } from "../../src/dns/wire/decode.ts";
import { encodeMessage } from "../../src/dns/wire/encode.ts";
import type { Message } from "../../src/dns/wire/message.ts";
import { exchangeTcp, exchangeUdp } from "./exchange.ts";
import { namespaceObject, pod, put, service, slice, storeOf } from "./objects.ts";

/** What the Kubernetes conformance and e2e suites ask of cluster DNS (D.19), by their own scenarios. */
describe("Kubernetes conformance", () => {
  const NS = "dns-1234";
  const http = { name: "http", port: 80, protocol: "TCP" } as const;
  const store = storeOf(
    namespaceObject("default"),
    namespaceObject(NS),
    service("default/kubernetes", {
      clusterIP: "10.96.0.1",
      ports: [{ name: "https", port: 443 }],
    }),
    service(`${NS}/dns-test-service`, { clusterIP: "None", ports: [http] }),
    slice(
      `${NS}/dns-test-service`,
      [{ addresses: ["10.244.0.5"], hostname: "dns-querier-1" }],
      [{ ...http, port: 80 }],
    ),
    service(`${NS}/test-service-2`, { clusterIP: "10.96.4.2", ports: [http] }),
    service(`${NS}/dns-test-service-2`, { clusterIP: "None", ports: [http] }),
    slice(`${NS}/dns-test-service-2`, [{ addresses: ["10.244.0.6"], hostname: "dns-querier-2" }]),
    service(`${NS}/1kubernetes`, { clusterIP: "10.96.4.3", ports: [http] }),
    service(`${NS}/dns-test-service-3`, { type: "ExternalName", externalName: "foo.example.com" }),
    pod(`${NS}/host-net`, {}, { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }),
    pod(
      `${NS}/searching`,
      {},
      {
        dnsPolicy: "None",
        dnsConfig: {
          nameservers: ["10.96.0.10"],
          searches: [
            ".",
            "my_search.example",
            ...Array.from({ length: 8 }, (_, i) => `${"long".repeat(12)}.s${i}.example`),
            `${NS}.svc.cluster.local`,
          ],
          options: [{ name: "ndots", value: "5" }],
        },
      },
    ),
  );
  let dns: Dns;
  const lookups: Record<string, (name: string, type: string) => Promise<Message>> = {};

  beforeAll(async () => {
    dns = createDns({ store, existingNamespaces: "declared", ttl: 30, pods: "insecure" });
    const server = await dns.listen();
    const query = (name: string, type: string) =>
      encodeMessage({ id: 5, rd: true, questions: [{ name, type, class: 1 }] });
    lookups["UDP"] = async (name, type) =>
      decodeMessage((await exchangeUdp(query(name, type), server)) as Buffer);
    lookups["TCP"] = async (name, type) =>
      decodeMessage((await exchangeTcp([query(name, type)], server))[0] as Buffer);
  });
  afterAll(() => dns.close());

  describe.each(["UDP", "TCP"])("over %s", (transport) => {
    const find = async (name: string, type = "A") => {
      const { rcode, answers } = await (lookups[transport] as (typeof lookups)[string])(name, type);
      expect(rcode).toBe("NOERROR");
      return answers.map(({ data }) => data);
    };

    it("should provide DNS for the cluster", async () => {
      expect(await find("kubernetes.default.svc.cluster.local")).toEqual(["10.96.0.1"]);
    });

    it("should provide DNS for services: A", async () => {
      expect(await find(`dns-test-service.${NS}.svc.cluster.local`)).toEqual(["10.244.0.5"]);
      expect(await find(`test-service-2.${NS}.svc.cluster.local`)).toEqual(["10.96.4.2"]);
    });

    it("should provide DNS for services: SRV of named ports", async () => {
      expect(await find(`_http._tcp.dns-test-service.${NS}.svc.cluster.local`, "SRV")).toEqual([
        {
          priority: 0,
          weight: 100,
          port: 80,
          target: `dns-querier-1.dns-test-service.${NS}.svc.cluster.local.`,
        },
      ]);
      expect(await find(`_http._tcp.test-service-2.${NS}.svc.cluster.local`, "SRV")).toEqual([
        { priority: 0, weight: 100, port: 80, target: `test-service-2.${NS}.svc.cluster.local.` },
      ]);
    });

    it("should provide DNS for services: PTR of a ClusterIP", async () => {
      expect(await find("2.4.96.10.in-addr.arpa", "PTR")).toEqual([
        `test-service-2.${NS}.svc.cluster.local.`,
      ]);
    });

    it("should provide DNS for pods for Hostname and Subdomain", async () => {
      expect(await find(`dns-querier-2.dns-test-service-2.${NS}.svc.cluster.local`)).toEqual([
        "10.244.0.6",
      ]);
    });

    it("should provide DNS for a service whose name starts with a digit", async () => {
      expect(await find(`1kubernetes.${NS}.svc.cluster.local`)).toEqual(["10.96.4.3"]);
    });

    it("should provide DNS for ExternalName services", async () => {
      const name = `dns-test-service-3.${NS}.svc.cluster.local`;
      expect(await find(name, "CNAME")).toEqual(["foo.example.com."]);
      expect((await find(name))[0]).toBe("foo.example.com.");
    });
  });

  it("should resolve DNS of partial qualified names for the cluster", () => {
    const view = dns.as({ namespace: NS });
    for (const name of ["kubernetes.default", "kubernetes.default.svc"]) {
      expect(view.resolve(name).found?.answers).toMatchObject([{ data: "10.96.0.1" }]);
    }
  });

  it("should resolve DNS of partial qualified names for services", () => {
    const view = dns.as({ namespace: NS });
    for (const name of [
      "dns-test-service",
      `dns-test-service.${NS}`,
      `dns-test-service.${NS}.svc`,
    ]) {
      expect(view.resolve(name).found?.answers).toMatchObject([{ data: "10.244.0.5" }]);
    }
    const srv = view.resolve(`_http._tcp.dns-test-service.${NS}.svc`, "SRV");
    expect(srv.found?.answers).toHaveLength(1);
  });

  it("should provide DNS for ExternalName services that change", async () => {
    const name = `dns-test-service-3.${NS}.svc.cluster.local`;
    const resolver = new Resolver();
    const server = await dns.listen();
    resolver.setServers([`${server.host}:${server.port}`]);
    put(
      store,
      service(`${NS}/dns-test-service-3`, {
        type: "ExternalName",
        externalName: "bar.example.com",
      }),
    );
    expect(await resolver.resolveCname(name)).toEqual(["bar.example.com"]);
    put(
      store,
      service(`${NS}/dns-test-service-3`, {
        type: "ClusterIP",
        clusterIP: "10.96.4.9",
        ports: [http],
      }),
    );
    expect(await resolver.resolve4(name)).toEqual(["10.96.4.9"]);
    put(
      store,
      service(`${NS}/dns-test-service-3`, {
        type: "ExternalName",
        externalName: "foo.example.com",
      }),
    );
    expect(await resolver.resolveCname(name)).toEqual(["foo.example.com"]);
  });

  it("should support more than 6 search paths and more than 256 characters, `.` and underscores", () => {
    const view = dns.as({ namespace: NS, pod: "searching" });
    expect(view.config.searches).toHaveLength(11);
    expect(view.config.searches.join(" ").length).toBeGreaterThan(256);
    const { tried, found } = view.resolve("test-service-2");
    expect(tried.map(({ name }) => name)).toContain("test-service-2.my_search.example.");
    expect(found?.answers).toMatchObject([{ data: "10.96.4.2" }]);
  });

  it("should provide DNS to pods on the host's network with ClusterFirstWithHostNet", () => {
    const view = dns.as({ namespace: NS, pod: "host-net" });
    expect(view.resolve("test-service-2").found?.answers).toMatchObject([{ data: "10.96.4.2" }]);
  });
});
