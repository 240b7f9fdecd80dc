import type { LookupAddress, LookupOptions, lookup as systemLookup } from "node:dns";
import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, it } from "vitest";
import { createDns, type LookupFrom } from "../../src/dns/dns.ts";
import type { Lookup } from "../../src/dns/lookup.ts";
import { clusterStore, table } from "./case-table.ts";
import { startUpstream } from "./fake-upstream.ts";
import { namespaceObject, service, storeOf } from "./objects.ts";

type Answer = LookupAddress | LookupAddress[];

function ask(lookup: Lookup, name: string, options: LookupOptions | number = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    lookup(name, options, (error, address, family) => {
      if (error !== null) reject(error);
      else resolve(typeof address === "string" ? { address, family: family ?? 0 } : address);
    });
  });
}

const NO_FALLBACK = ((name: string, _: unknown, callback: (error: Error) => void) =>
  callback(new Error(`asked the system for ${name}`))) as unknown as typeof systemLookup;

describe("lookup", () => {
  const dns = createDns({ store: clusterStore(), existingNamespaces: "declared" });
  const from: LookupFrom = { namespace: "default", fallback: NO_FALLBACK };
  const lookup = dns.lookup(from);

  it.each([
    ["web", "10.96.10.1"],
    ["web.default", "10.96.10.1"],
    ["web.default.svc", "10.96.10.1"],
    ["web.default.svc.cluster.local", "10.96.10.1"],
    ["web.default.svc.cluster.local.", "10.96.10.1"],
    ["WEB", "10.96.10.1"],
    ["db-0.db.prod", "10.244.2.20"],
    ["ext-inside", "10.96.10.1"],
    ["web6", "fd00:10:96::15"],
    ["192.0.2.7", "192.0.2.7"],
    ["::1", "::1"],
  ])("finds %s at %s", async (name, address) => {
    expect(await ask(lookup, name)).toEqual({ address, family: address.includes(":") ? 6 : 4 });
  });

  it("asks its fallback, and nobody else, where an ExternalName leads outside", async () => {
    const asked: string[] = [];
    const found = [{ address: "192.0.2.77", family: 4 }];
    const fallback = ((name: string, _: object, done: (...found: unknown[]) => void) => {
      asked.push(name);
      done(null, found);
    }) as unknown as NonNullable<LookupFrom["fallback"]>;
    expect(await ask(dns.lookup({ ...from, fallback }), "ext")).toEqual(found[0]);
    expect(asked).toEqual(["www.example.com"]);
  });

  it("takes the options as dns.lookup does", async () => {
    const v4 = { address: "10.96.10.3", family: 4 };
    const v6 = { address: "fd00:10:96::3", family: 6 };
    expect(await ask(lookup, "dual", { all: true })).toEqual([v4, v6]);
    expect(await ask(lookup, "dual", 6)).toEqual(v6);
    expect(await ask(lookup, "dual", { family: 6 })).toEqual(v6);
    expect(await ask(lookup, "dual", { family: "IPv4" })).toEqual(v4);
    const order = { all: true, order: "ipv6first" } as LookupOptions;
    expect(await ask(lookup, "dual", order)).toEqual([v6, v4]);
    expect(await ask(lookup, "dual", { all: true, verbatim: false })).toEqual([v4, v6]);
    const address = await new Promise((resolve) => lookup("web", (_, found) => resolve(found)));
    expect(address).toBe("10.96.10.1");
  });

  it("fails as dns.lookup does, with the reason", async () => {
    const missing = "wbe.default.svc.cluster.local";
    await expect(ask(lookup, missing)).rejects.toMatchObject({
      code: "ENOTFOUND",
      syscall: "getaddrinfo",
      hostname: missing,
      message: expect.stringContaining("did you mean web.default?"),
    });
    await expect(ask(lookup, "web", 6)).rejects.toThrow("asked the system for web");
  });

  it("leaves names that are not ours to the system", async () => {
    await expect(ask(lookup, "example.org")).rejects.toThrow("asked the system for example.org");
    expect(await ask(dns.lookup(), "localhost", 4)).toEqual({ address: "127.0.0.1", family: 4 });
    await expect(ask(lookup, "ext.default", { family: 4 })).rejects.toThrow(
      "asked the system for www.example.com",
    );
  });

  it("answers the table's address cases", async () => {
    await using upstream = await startUpstream(table.upstream);
    let count = 0;
    for (const dnsCase of table.cases) {
      const { config, q, type, answer } = dnsCase;
      const settings = table.configs[config];
      const isAddress = type === "A" || type === "AAAA";
      const special = dnsCase.raw ?? dnsCase.class ?? dnsCase.client ?? dnsCase.edns?.version;
      if (!isAddress || special !== undefined || settings === undefined) continue;
      const ours = createDns({
        ...settings,
        store: clusterStore(),
        existingNamespaces: "declared",
        upstream: settings.upstream ? upstream.address : false,
      });
      const found = answer.filter((record) => record.type === type).map(({ data }) => data);
      // A lone CNAME is followed through the system, which the table knows nothing of.
      if (answer.length > 0 && found.length === 0) continue;
      // Names outside of the zones are not ours to look up.
      if (answer.length > 0 && !dnsCase.flags["aa"]) continue;
      const options = { all: true, family: type === "A" ? 4 : 6 } as const;
      const result = await ask(ours.lookup(from), q, options).catch(() => []);
      expect((result as LookupAddress[]).map(({ address }) => address).sort(), dnsCase.id).toEqual(
        [...found].sort(),
      );
      count++;
      await ours.close();
    }
    expect(count).toBeGreaterThan(70);
  });
});

describe("programs with lookup", () => {
  const serving = async () => {
    const server = createServer((request, response) => response.end(request.headers.host));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const store = storeOf(namespaceObject("shop"), service("shop/web", { clusterIP: "127.0.0.1" }));
    const dns = createDns({ store });
    return { port: (server.address() as AddressInfo).port, server, lookup: dns.lookup() };
  };

  it("reach a Service by net.connect and http.get", async () => {
    const { port, server, lookup } = await serving();
    const socket = connect({ host: "web.shop", port, lookup: lookup as never });
    await once(socket, "connect");
    socket.destroy();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: "web.shop.svc", port, lookup: lookup as never }, resolve).on("error", reject);
    });
    response.setEncoding("utf8");
    expect(await response.toArray()).toEqual([`web.shop.svc:${port}`]);
    server.close();
  });

  it("reach a Service by an http.Agent, over one connection for many requests", async () => {
    const { port, server, lookup } = await serving();
    let connections = 0;
    server.on("connection", () => connections++);
    const agent = new Agent({ keepAlive: true, lookup: lookup as never });
    for (let i = 0; i < 3; i++) {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get({ host: "web.shop", port, agent }, resolve).on("error", reject);
      });
      response.setEncoding("utf8");
      expect(await response.toArray()).toEqual([`web.shop:${port}`]);
    }
    expect(connections).toBe(1);
    agent.destroy();
    server.close();
  });

  it("reach a Service by fetch", async () => {
    const { port, server, lookup } = await serving();
    // Node does not export the agent that its fetch uses, but keeps one here.
    await fetch(`http://127.0.0.1:${port}/`);
    const key = Symbol.for("undici.globalDispatcher.1");
    const { Agent } = { Agent: (globalThis as never)[key] as { constructor: unknown } };
    const Dispatcher = Agent.constructor as new (options: unknown) => unknown;
    const dispatcher = new Dispatcher({ connect: { lookup } });
    const init = { dispatcher } as RequestInit;
    const response = await fetch(`http://web.shop:${port}/`, init);
    expect(await response.text()).toBe(`web.shop:${port}`);
    server.close();
    server.closeAllConnections();
  });
});
