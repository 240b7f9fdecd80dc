import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EngineOptions } from "../../src/index.ts";
import type { ServiceSpec } from "../../src/objects/service.ts";
import { PROXY_PROTOCOL_ANNOTATION } from "../../src/objects/service-annotations.ts";
import { ask, askMany, mirror, UdpClient, World } from "./world.ts";

/**
 * Behaviours of the Kubernetes conformance and e2e lists (P.9) that concern the data plane, over real sockets:
 * manifests in, connections out. The mirrored addresses they use are Linux'.
 */
describe.skipIf(process.platform !== "linux")("Services [Linux: 127.0.0.0/8]", () => {
  let world: World;
  const clients: UdpClient[] = [];
  const REFUSED = new Set(["ECONNREFUSED"]);
  const HTTP = [{ port: 8000, targetPort: 8080 }];
  const NODE_PORT = 31_871;

  beforeEach(async () => {
    await use();
  });

  /** Another engine than the one of every test. */
  async function use(options: EngineOptions = {}): Promise<void> {
    await world?.[Symbol.asyncDispose]();
    world = new World(options);
    await world.listen();
  }

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await world[Symbol.asyncDispose]();
  });

  async function udp(host: string, port: number): Promise<UdpClient> {
    const client = await new UdpClient().connect(host, port);
    clients.push(client);
    return client;
  }

  test("should serve a basic endpoint from pods", async () => {
    const host = await world.service("web", { ports: HTTP });
    expect(await askMany(host, 8000, 3)).toEqual(REFUSED);
    await world.pod("one", "web");
    expect(await askMany(host, 8000)).toEqual(new Set(["one"]));
    await world.pod("two", "web");
    expect(await askMany(host, 8000)).toEqual(new Set(["one", "two"]));
    await world.kill("one");
    expect(await askMany(host, 8000)).toEqual(new Set(["two"]));
    await world.kill("two");
    expect(await askMany(host, 8000, 3)).toEqual(REFUSED);
  });

  test("should serve multiport endpoints from pods", async () => {
    const host = await world.service("web", {
      ports: [
        { name: "a", port: 8001, targetPort: "first" },
        { name: "b", port: 8002, targetPort: "second" },
      ],
    });
    await world.pod("one", "web", { ports: { first: 100 } });
    await world.pod("two", "web", { ports: { second: 101 } });
    expect(await askMany(host, 8001)).toEqual(new Set(["one 100"]));
    expect(await askMany(host, 8002)).toEqual(new Set(["two 101"]));
    await world.kill("one");
    expect(await askMany(host, 8001, 3)).toEqual(REFUSED);
    expect(await askMany(host, 8002, 3)).toEqual(new Set(["two 101"]));
  });

  test("should serve endpoints on same port and different protocols", async () => {
    const host = await world.service("web", {
      ports: [
        { name: "tcp", port: 8003, protocol: "TCP", targetPort: "t" },
        { name: "udp", port: 8003, protocol: "UDP", targetPort: "u" },
      ],
    });
    await world.pod("one", "web", { ports: { t: 80 }, udpPorts: { u: 80 } });
    expect(await ask(host, 8003)).toBe("one 80");
    expect(await (await udp(host, 8003)).ask("hi")).toBe("one hi");
    const ports = [{ port: 8003, protocol: "UDP" as const, targetPort: "u" }];
    await world.service("web", { ports });
    expect(await ask(host, 8003)).toBe("ECONNREFUSED");
    expect(await (await udp(host, 8003)).ask("hi")).toBe("one hi");
  });

  describe.each([
    ["ClusterIP", { ports: HTTP }, 8000],
    ["NodePort", { type: "NodePort", ports: [{ ...HTTP[0], nodePort: NODE_PORT }] }, NODE_PORT],
  ] as const)("session affinity for %s", (type, spec, port) => {
    const affine = (seconds?: number): Partial<ServiceSpec> => ({
      ...(spec as Partial<ServiceSpec>),
      sessionAffinity: "ClientIP",
      ...(seconds && { sessionAffinityConfig: { clientIP: { timeoutSeconds: seconds } } }),
    });
    const place = (host: string) => (type === "NodePort" ? "127.0.0.1" : host);

    beforeEach(async () => {
      for (const name of ["one", "two", "three"]) await world.pod(name, "web");
    });

    test("should have session affinity work", async () => {
      const host = place(await world.service("web", affine()));
      expect((await askMany(host, port)).size).toBe(1);
    });

    test("should be able to switch session affinity", async () => {
      const host = place(await world.service("web", spec as Partial<ServiceSpec>));
      expect((await askMany(host, port)).size).toBe(3);
      await world.service("web", affine());
      expect((await askMany(host, port)).size).toBe(1);
      await world.service("web", { ...(spec as Partial<ServiceSpec>), sessionAffinity: "None" });
      expect((await askMany(host, port)).size).toBe(3);
    });

    test("should have session affinity timeout work", async () => {
      const host = place(await world.service("web", affine(10)));
      const seen = new Set<string>();
      for (let i = 0; i < 30; i++) {
        seen.add(await ask(host, port));
        world.clock.now += 10_000;
      }
      expect(seen.size).toBe(3);
      const first = await ask(host, port);
      // Each connection prolongs it.
      for (let i = 0; i < 10; i++) {
        world.clock.now += 9_000;
        expect(await ask(host, port)).toBe(first);
      }
    });
  });

  test("should be able to create a functioning NodePort service", async () => {
    const spec = { type: "NodePort", ports: [{ ...HTTP[0], nodePort: NODE_PORT }] } as const;
    const host = await world.service("web", spec as never);
    await world.pod("one", "web");
    await world.pod("two", "web");
    expect(await askMany(host, 8000)).toEqual(new Set(["one", "two"]));
    expect(await askMany("127.0.0.1", NODE_PORT)).toEqual(new Set(["one", "two"]));
    await world.remove("Service", "web");
    expect(await ask("127.0.0.1", NODE_PORT)).toBe("ECONNREFUSED");
    await world.service("other", spec as never);
    await world.pod("three", "other");
    expect(await ask("127.0.0.1", NODE_PORT)).toBe("three");
  });

  describe("type changes", () => {
    const EXTERNAL: Partial<ServiceSpec> = { type: "ExternalName", externalName: "example.com" };
    const CLUSTER_IP: Partial<ServiceSpec> = { type: "ClusterIP", ports: HTTP };
    const NODE: Partial<ServiceSpec> = {
      type: "NodePort",
      ports: [{ port: 8000, targetPort: 8080, nodePort: NODE_PORT }],
    };

    test.each([
      ["ExternalName to ClusterIP", EXTERNAL, CLUSTER_IP],
      ["ExternalName to NodePort", EXTERNAL, NODE],
      ["ClusterIP to ExternalName", CLUSTER_IP, EXTERNAL],
      ["NodePort to ExternalName", NODE, EXTERNAL],
      ["NodePort to ClusterIP", NODE, CLUSTER_IP],
    ])("should be able to change the type from %s, and back", async (_name, from, to) => {
      await world.pod("one", "web");
      let last = "";
      for (const spec of [from, to, from]) {
        const host = await world.service("web", spec);
        if (spec.type === "ExternalName") {
          if (last !== "") expect(await ask(last, 8000)).toBe("ECONNREFUSED");
        } else {
          expect(await ask(host, 8000)).toBe("one");
          last = host;
        }
        expect(await ask("127.0.0.1", NODE_PORT)).toBe(
          spec.type === "NodePort" ? "one" : "ECONNREFUSED",
        );
      }
    });
  });

  test("should allow pods to hairpin back to themselves through services", async () => {
    let host = "";
    await world.pod("one", "web", {
      http: (req, res) => {
        if (req.url === "/inner") res.end("one");
        else void ask(host, 8000, "/inner").then((answer) => res.end(`one through ${answer}`));
      },
    });
    host = await world.service("web", { ports: HTTP });
    expect(await ask(host, 8000)).toBe("one through one");
  });

  test("should preserve source pod IP for traffic through service cluster IP, where asked to", async () => {
    const heads: string[] = [];
    const server = net.createServer((socket) => {
      socket.once("data", (chunk) => {
        heads.push(String(chunk).split("\r\n")[0] ?? "");
        socket.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    await use({ localAddressOf: () => ({ host: "127.0.0.1", port }) });
    const annotations = { [PROXY_PROTOCOL_ANNOTATION]: "v1" };
    const host = await world.service("web", { ports: HTTP }, { annotations });
    await world.pod("one", "web", { ports: {} });
    const client = net.connect({ host, port: 8000, localAddress: "127.0.0.77" });
    const from = await new Promise<string>((resolve) => {
      client.on("connect", () =>
        resolve(`${client.localAddress} ${host} ${client.localPort} 8000`),
      );
    });
    client.end("hello");
    await expect.poll(() => heads).toEqual([`PROXY TCP4 ${from}`]);
    server.close();
  });

  test("should be able to up and down services", async () => {
    const one = await world.service("web", { ports: HTTP });
    const two = await world.service("shop", { ports: HTTP });
    await world.pod("w", "web");
    await world.pod("s", "shop");
    expect([await ask(one, 8000), await ask(two, 8000)]).toEqual(["w", "s"]);
    await world.remove("Service", "web");
    expect([await ask(one, 8000), await ask(two, 8000)]).toEqual(["ECONNREFUSED", "s"]);
    const three = await world.service("third", { ports: HTTP });
    await world.pod("t", "third");
    expect([await ask(two, 8000), await ask(three, 8000)]).toEqual(["s", "t"]);
    const again = await world.service("web", { ports: HTTP });
    expect(again).toBe(one);
    expect(await ask(again, 8000)).toBe("w");
  });

  test("should be rejected when no endpoints exist", async () => {
    const ports = [
      { name: "t", port: 8000, nodePort: NODE_PORT },
      { name: "u", port: 8000, protocol: "UDP" as const, nodePort: NODE_PORT },
    ];
    const host = await world.service("web", { type: "NodePort", ports });
    for (const [place, port] of [
      [host, 8000],
      ["127.0.0.1", NODE_PORT],
    ] as const) {
      expect(await ask(place, port)).toBe("ECONNREFUSED");
      expect(await (await udp(place, port)).ask("hi")).toBe("ECONNREFUSED");
    }
  });

  test.each(["Failed", "Succeeded"])(
    "should be rejected for evicted pods (no endpoints exist), phase %s",
    async (phase) => {
      const host = await world.service("web", { ports: HTTP });
      await world.pod("one", "web");
      expect(await ask(host, 8000)).toBe("one");
      await world.pod("one", "web", { phase, reason: "Evicted", ready: false });
      expect(await ask(host, 8000)).toBe("ECONNREFUSED");
    },
  );

  test("should allow two ports of one number and different protocols on one node port", async () => {
    await world.service("web", {
      type: "NodePort",
      ports: [
        { name: "t", port: 53, targetPort: "t", nodePort: NODE_PORT },
        { name: "u", port: 53, targetPort: "u", protocol: "UDP", nodePort: NODE_PORT },
      ],
    });
    await world.pod("one", "web", { ports: { t: 80 }, udpPorts: { u: 80 } });
    expect(await ask("127.0.0.1", NODE_PORT)).toBe("one 80");
    expect(await (await udp("127.0.0.1", NODE_PORT)).ask("hi")).toBe("one hi");
  });

  test("should create endpoints for unready pods only while publishNotReadyAddresses is set", async () => {
    const host = await world.service("web", { ports: HTTP });
    await world.pod("one", "web", { ready: false });
    expect(await ask(host, 8000)).toBe("ECONNREFUSED");
    await world.service("web", { ports: HTTP, publishNotReadyAddresses: true });
    expect(await ask(host, 8000)).toBe("one");
    await world.pod("one", "web", { ready: false, terminating: true });
    expect(await ask(host, 8000)).toBe("one");
    await world.service("web", { ports: HTTP, publishNotReadyAddresses: false });
    expect(await ask(host, 8000)).toBe("ECONNREFUSED");
  });

  test.each(["service.kubernetes.io/service-proxy-name"])("should implement %s", async (label) => {
    await world.pod("one", "web");
    const host = await world.service("web", { ports: HTTP }, { labels: { [label]: "foo" } });
    expect(await ask(host, 8000)).toBe("ECONNREFUSED");
    await world.service("web", { ports: HTTP }, { labels: {} });
    expect(await ask(host, 8000)).toBe("one");
    await world.service("web", { ports: HTTP }, { labels: { [label]: "foo" } });
    expect(await ask(host, 8000)).toBe("ECONNREFUSED");
  });

  test("should implement service.kubernetes.io/headless: it has no address of its own", async () => {
    await world.service("web", { ports: HTTP, clusterIP: "None" });
    const address = await world.pod("one", "web");
    const slices = world.engine.store.list("EndpointSlice.discovery.k8s.io");
    expect(slices[0]?.metadata.labels).toHaveProperty("service.kubernetes.io/headless");
    expect(world.engine.balancer.serviceAt("None")).toBeUndefined();
    expect(await ask(mirror(address), 8080)).toBe("one");
    expect(await ask(mirror(address), 8000)).toBe("ECONNREFUSED");
  });

  describe("terminating endpoints", () => {
    const NODES: EngineOptions = {
      node: "here",
      nodes: ["here", "there"].map((name) => ({ name, labels: {} })) as never,
    };
    const external = (policy: "Cluster" | "Local"): Partial<ServiceSpec> => ({
      type: "NodePort",
      externalTrafficPolicy: policy,
      ports: [{ port: 8000, targetPort: 8080, nodePort: NODE_PORT }],
    });
    const internal = (policy: "Cluster" | "Local"): Partial<ServiceSpec> => ({
      internalTrafficPolicy: policy,
      ports: HTTP,
    });

    test.each([
      ["internalTrafficPolicy Cluster", internal("Cluster"), 8000],
      ["internalTrafficPolicy Local", internal("Local"), 8000],
      ["externalTrafficPolicy Cluster", external("Cluster"), NODE_PORT],
      ["externalTrafficPolicy Local", external("Local"), NODE_PORT],
    ] as const)(
      "should fallback to them when there are no ready endpoints with %s",
      async (name, spec, port) => {
        await use(NODES);
        const own = await world.service("web", spec);
        const host = name.startsWith("ext") ? "127.0.0.1" : own;
        await world.pod("leaving", "web", { nodeName: "here", terminating: true });
        await world.pod("dead", "web", { nodeName: "here", terminating: true, ready: false });
        expect(await askMany(host, port, 20)).toEqual(new Set(["leaving"]));
        await world.pod("ready", "web", { nodeName: "here" });
        expect(await askMany(host, port, 20)).toEqual(new Set(["ready"]));
      },
    );

    test("a ready endpoint elsewhere goes before them under Cluster, and not under Local", async () => {
      await use(NODES);
      await world.pod("leaving", "web", { nodeName: "here", terminating: true });
      await world.pod("far", "web", { nodeName: "there" });
      const host = await world.service("web", internal("Cluster"));
      expect(await askMany(host, 8000, 20)).toEqual(new Set(["far"]));
      await world.service("web", internal("Local"));
      expect(await askMany(host, 8000, 20)).toEqual(new Set(["leaving"]));
    });

    test("should fail health check node port if there are only terminating endpoints", async () => {
      await use(NODES);
      const healthCheckNodePort = 31_872;
      await world.service("web", {
        type: "LoadBalancer",
        externalTrafficPolicy: "Local",
        healthCheckNodePort,
        ports: [{ port: 8000, targetPort: 8080, nodePort: NODE_PORT }],
      });
      await world.pod("one", "web", { nodeName: "here" });
      const health = async () => JSON.parse(await ask("127.0.0.1", healthCheckNodePort));
      expect(await health()).toMatchObject({ localEndpoints: 1 });
      await world.pod("one", "web", { nodeName: "here", terminating: true });
      expect(await health()).toMatchObject({ localEndpoints: 0, serviceProxyHealthy: true });
      expect(await ask("127.0.0.1", NODE_PORT)).toBe("one");
    });

    test("should respect internalTrafficPolicy=Local", async () => {
      await use(NODES);
      await world.pod("near", "web", { nodeName: "here" });
      await world.pod("far", "web", { nodeName: "there" });
      const host = await world.service("web", internal("Cluster"));
      expect(await askMany(host, 8000)).toEqual(new Set(["near", "far"]));
      await world.service("web", internal("Local"));
      expect(await askMany(host, 8000)).toEqual(new Set(["near"]));
      await world.kill("near");
      // A cluster would leave it without an answer; see docs/proxy.
      expect(await ask(host, 8000)).toBe("ECONNREFUSED");
    });
  });

  test("should be possible to connect to a service via ExternalIP that is not assigned to a node", async () => {
    await world.service("web", { ports: HTTP, externalIPs: ["203.0.113.250"] });
    await world.pod("one", "web");
    expect(await ask(mirror("203.0.113.250"), 8000)).toBe("one");
    await world.service("web", { ports: HTTP, externalIPs: [] });
    expect(await ask(mirror("203.0.113.250"), 8000)).toBe("ECONNREFUSED");
  });

  test("should be able to preserve UDP traffic when server pod cycles", async () => {
    const ports = [{ port: 8004, protocol: "UDP" as const, targetPort: "u" }];
    const host = await world.service("web", { ports });
    await world.pod("one", "web", { ports: {}, udpPorts: { u: 80 } });
    const client = await udp(host, 8004);
    expect(await client.ask("1")).toBe("one 1");
    await world.pod("two", "web", { ports: {}, udpPorts: { u: 80 } });
    expect(await client.ask("2")).toBe("one 2");
    await world.kill("one");
    expect(await client.ask("3")).toBe("two 3");
    await world.kill("two");
    await world.pod("three", "web", { ports: {}, udpPorts: { u: 80 } });
    expect(await client.ask("4")).toBe("three 4");
  });

  test("should reach the pods of a headless Service by their names, where DNS says they are", async () => {
    await world.service("db", { ports: HTTP, clusterIP: "None" });
    for (const name of ["db-0", "db-1"]) {
      await world.pod(name, "db", { hostname: name, subdomain: "db" });
    }
    const { dns } = await world.engine.listen({ dns: { listen: "127.0.0.1:0", view: "local" } });
    const { Resolver } = await import("node:dns/promises");
    const resolver = new Resolver();
    resolver.setServers([`127.0.0.1:${dns?.port}`]);
    for (const name of ["db-0", "db-1"]) {
      const found = await resolver.resolve4(`${name}.db.conformance.svc.cluster.local`);
      expect(found).toHaveLength(1);
      expect(await ask(found[0] ?? "", 8080)).toBe(name);
    }
    const all = await resolver.resolve4("db.conformance.svc.cluster.local");
    expect(await Promise.all(all.sort().map((host) => ask(host, 8080)))).toEqual(["db-0", "db-1"]);
    await world.kill("db-1");
    expect(await ask(all[1] ?? "", 8080)).toBe("ECONNREFUSED");
  });
});
