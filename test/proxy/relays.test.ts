import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PlannedRelay } from "../../src/proxy/relays/relay-plan.ts";
import { createRelays, type Relays, type RelaysOptions } from "../../src/proxy/relays/relays.ts";
import type { TrafficEvent } from "../../src/proxy/traffic-event.ts";
import { freePort } from "../support/free-port.ts";
import { type Deployment, TestCluster, type TestPod } from "./cluster.ts";

/** Connects, sends, half-closes; the answer, or the error's code. */
function ask(port: number, text = "hello", host = "127.0.0.1"): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = net.connect({ host, port, allowHalfOpen: true });
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("end", () => socket.destroy());
    socket.on("close", () => resolve(answer));
    socket.end(text);
  });
}

describe("relays", () => {
  let cluster: TestCluster;
  let relays: Relays;
  let port: number;
  const failures: [PlannedRelay, NodeJS.ErrnoException][] = [];

  beforeEach(async () => {
    cluster = new TestCluster();
    port = await freePort();
    failures.length = 0;
  });

  afterEach(async () => {
    await relays.close(0);
    await cluster[Symbol.asyncDispose]();
  });

  function start(options: Partial<RelaysOptions> = {}): void {
    const { store, balancer, dialer } = cluster;
    relays = createRelays({
      store,
      balancer,
      dialer,
      localAddress: () => "127.0.0.1",
      onListenError: (relay, error) => failures.push([relay, error]),
      ...options,
    });
  }

  const echo = () =>
    cluster.pod(net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)));
  const named = (name: string) => cluster.pod(net.createServer((socket) => socket.end(name)));
  const clusterIP = () => ({ clusterIP: "10.96.0.7", ports: [{ port }] });

  test("pass bytes both ways and keep half-close", async () => {
    cluster.serve("db", [await echo()], { spec: clusterIP() });
    start();
    await relays.settled();
    expect(await ask(port, "x".repeat(3_000_000))).toHaveLength(3_000_000);
  });

  test("refuse connections exactly while no endpoint is usable", async () => {
    const pod = await named("up");
    start();
    cluster.serve("db", [], { spec: clusterIP() });
    await relays.settled();
    expect(await ask(port)).toBe("ECONNREFUSED");
    cluster.serve("db", [pod], { spec: clusterIP() });
    await relays.settled();
    expect(await ask(port)).toBe("up");
    expect(relays.listening().map((relay) => relay.address)).toEqual(["10.96.0.7"]);
    cluster.serve("db", [pod], {
      spec: clusterIP(),
      endpoint: () => ({ conditions: { ready: false } }),
    });
    expect(await ask(port)).toBe("ECONNREFUSED");
    cluster.serve("db", [pod], { spec: clusterIP() });
    await relays.settled();
    expect(await ask(port)).toBe("up");
    cluster.store.apply([
      { op: "delete", key: { kind: "Service", namespace: "shop", name: "db" } },
    ]);
    expect(await ask(port)).toBe("ECONNREFUSED");
  });

  test("leave established connections alone when their endpoint goes", async () => {
    const pod = await echo();
    cluster.serve("db", [pod], { spec: clusterIP() });
    start();
    await relays.settled();
    const socket = net.connect({ host: "127.0.0.1", port });
    socket.write("1");
    await new Promise((resolve) => socket.once("data", resolve));
    cluster.serve("db", [], { spec: clusterIP() });
    socket.write("2");
    const again = await new Promise((resolve) => socket.once("data", resolve));
    expect(String(again)).toBe("2");
    socket.destroy();
  });

  test("go to another pod when one refuses, and only when not strict", async () => {
    const dead = await named("dead");
    const pods = [dead, await named("alive")];
    cluster.serve("db", pods, { spec: clusterIP() });
    await dead.kill();
    start();
    await relays.settled();
    for (let i = 0; i < 20; i++) expect(await ask(port)).toBe("alive");
    await relays.close();
    start({ strict: true });
    await relays.settled();
    const answers = new Set<string>();
    for (let i = 0; i < 40; i++) answers.add(await ask(port));
    expect(answers).toContain("ECONNRESET");
    expect(answers).toContain("alive");
  });

  test("offer NodePorts on 127.0.0.1 under the external policy", async () => {
    const pod = await named("node");
    cluster.serve("db", [pod], {
      spec: { type: "NodePort", clusterIP: "10.96.0.7", ports: [{ port: 5432, nodePort: port }] },
    });
    start({ services: false });
    await relays.settled();
    expect(relays.listening()).toMatchObject([
      { kind: "NodePort", host: "127.0.0.1", port, traffic: "external" },
    ]);
    expect(await ask(port)).toBe("node");
  });

  test.each([
    ["ExternalName", { type: "ExternalName", externalName: "example.com" }],
    ["a headless Service", { clusterIP: "None" }],
    ["a Service without an address", {}],
  ] as const)("do not listen for %s", async (_name, spec) => {
    const pod = await named("x");
    cluster.serve("db", [pod], { spec: { ports: [{ port }], ...spec } });
    start();
    await relays.settled();
    expect(relays.listening()).toEqual([]);
  });

  test("leave Services of other proxies alone", async () => {
    const pod = await named("x");
    const put = cluster.serve("db", [pod], { spec: clusterIP() });
    const labels = { "service.kubernetes.io/service-proxy-name": "other" };
    cluster.store.apply([{ op: "put", object: { ...put, metadata: { ...put.metadata, labels } } }]);
    start();
    await relays.settled();
    expect(relays.listening()).toEqual([]);
  });

  test("report an address that cannot be had, and serve the rest", async () => {
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(port, "127.0.0.1", resolve));
    const other = await freePort();
    const pod = await named("up");
    cluster.serve("db", [pod], { spec: clusterIP() });
    cluster.serve("web", [pod], { spec: { clusterIP: "10.96.0.8", ports: [{ port: other }] } });
    start();
    await relays.settled();
    expect(failures).toMatchObject([[{ address: "10.96.0.7", port }, { code: "EADDRINUSE" }]]);
    expect(await ask(other)).toBe("up");
    await new Promise((resolve) => taken.close(resolve));
  });

  test("listen on the mirrored address by default", async ({ skip }) => {
    if (process.platform !== "linux") skip("only Linux answers on all of 127.0.0.0/8");
    const pod = await named("mirror");
    cluster.serve("db", [pod], { spec: clusterIP() });
    const { store, balancer, dialer } = cluster;
    relays = createRelays({ store, balancer, dialer });
    await relays.settled();
    expect(await ask(port, "", "127.96.0.7")).toBe("mirror");
  });

  test("an address that moves from one Service to another in one batch goes along", async () => {
    const [a, b] = [await named("a"), await named("b")];
    const one = cluster.serve("one", [a], { spec: clusterIP() });
    cluster.serve("two", [b], { spec: { ports: [{ port }] } });
    start();
    await relays.settled();
    expect(await ask(port)).toBe("a");
    const two = cluster.store.get("Service", "shop", "two");
    cluster.store.apply([
      { op: "put", object: { ...two, spec: clusterIP() } as never },
      { op: "put", object: { ...one, spec: { ports: [{ port }] } } as never },
    ]);
    await relays.settled();
    expect(await ask(port)).toBe("b");
  });

  test("reset who is in none of the loadBalancerSourceRanges, on the load balancer's address only", async () => {
    const events: TrafficEvent[] = [];
    const pod = await named("inside");
    const spec = (ranges: string[]) => ({
      type: "LoadBalancer" as const,
      clusterIP: "10.96.0.7",
      ports: [{ port, nodePort: port }],
      loadBalancerSourceRanges: ranges,
    });
    const serve = (ranges: string[]) => {
      const put = cluster.serve("db", [pod], { spec: spec(ranges) });
      const status = { loadBalancer: { ingress: [{ ip: "198.51.100.7" }] } };
      cluster.store.apply([{ op: "put", object: { ...put, status } as never }]);
    };
    serve(["192.0.2.0/24"]);
    const local: Record<string, string> = { "10.96.0.7": "127.0.0.2", "198.51.100.7": "127.0.0.3" };
    start({ localAddress: (a) => local[a], onTraffic: (event) => events.push(event) });
    await relays.settled();
    expect(await ask(port, "", "127.0.0.2")).toBe("inside");
    expect(await ask(port, "", "127.0.0.1")).toBe("inside");
    expect(await ask(port, "", "127.0.0.3")).toBe("ECONNRESET");
    await expect.poll(() => events.length).toBe(3);
    expect(events[2]?.refusal?.reason).toMatch(
      /^shop\/db has loadBalancerSourceRanges 192\.0\.2\./,
    );
    serve(["192.0.2.0/24", "127.0.0.0/8"]);
    expect(await ask(port, "", "127.0.0.3")).toBe("inside");
  });
});

describe("relays on pod addresses", () => {
  let cluster: TestCluster;
  let relays: Relays;
  const failures: string[] = [];

  beforeEach(() => {
    cluster = new TestCluster();
    failures.length = 0;
  });

  afterEach(async () => {
    await relays.close(0);
    await cluster[Symbol.asyncDispose]();
  });

  /** Pods get addresses of their own below 127.0.1.0, so that tests don't meet each other's mirrors. */
  function start(options: Partial<RelaysOptions> = {}): void {
    const { store, balancer, dialer, localAddressOf } = cluster;
    relays = createRelays({
      store,
      balancer,
      dialer,
      localAddressOf,
      localAddress: (address) => address.replace("10.244.0", "127.0.1"),
      onListenError: (_relay, error) => failures.push(error.message),
      ...options,
    });
  }

  async function headless(port: number, more: Partial<Deployment> = {}) {
    const pods: TestPod[] = [];
    for (const name of ["zero", "one"]) {
      pods.push(
        await cluster.pod(
          net.createServer((socket) => socket.end(name)),
          port,
        ),
      );
    }
    const serve = (chosen = pods) =>
      cluster.serve("db", chosen, {
        spec: { clusterIP: "None", ports: [{ port }] },
        port: { port },
        ...more,
      });
    serve();
    return { pods, serve };
  }

  test("lead to that pod and no other, at the pod's own port", async () => {
    const port = await freePort();
    await headless(port);
    start();
    await relays.settled();
    for (let i = 0; i < 10; i++) {
      expect(await ask(port, "", "127.0.1.1")).toBe("zero");
      expect(await ask(port, "", "127.0.1.2")).toBe("one");
    }
    expect(relays.listening()).toMatchObject([
      { kind: "Pod", address: "10.244.0.1", host: "127.0.1.1", port },
      { kind: "Pod", address: "10.244.0.2", host: "127.0.1.2", port },
    ]);
  });

  test("are only where a name leads to the pod: others leave its port to every program", async () => {
    const port = await freePort();
    const { pods, serve } = await headless(port);
    const spec = { clusterIP: "10.96.0.7", ports: [{ port: 80, targetPort: port }] };
    cluster.serve("db", pods, { spec, port: { port } });
    start();
    await relays.settled();
    expect(relays.listening().filter(({ kind }) => kind === "Pod")).toEqual([]);
    const program = net.createServer().listen(port, "0.0.0.0");
    await once(program, "listening");
    program.close();
    serve();
    await relays.settled();
    expect(relays.listening().filter(({ kind }) => kind === "Pod")).toHaveLength(2);
  });

  test("are there while the pod serves, and gone with it", async () => {
    const port = await freePort();
    const { pods, serve } = await headless(port);
    start();
    await relays.settled();
    serve(pods.slice(1));
    expect(await ask(port, "", "127.0.1.1")).toBe("ECONNREFUSED");
    expect(await ask(port, "", "127.0.1.2")).toBe("one");
    serve();
    await relays.settled();
    expect(await ask(port, "", "127.0.1.1")).toBe("zero");
  });

  test.each([
    ["not ready", { ready: false, serving: false }, "ECONNREFUSED"],
    ["published before it is ready", { ready: true, serving: false }, "zero"],
    ["terminating and still serving", { ready: false, serving: true, terminating: true }, "zero"],
  ])("answer for a pod that is %s as its process would", async (_name, conditions, expected) => {
    const port = await freePort();
    await headless(port, { endpoint: () => ({ conditions }) });
    start();
    await relays.settled();
    expect(await ask(port, "", "127.0.1.1")).toBe(expected);
  });

  test("stay when one of two Services over the same pods goes", async () => {
    const port = await freePort();
    const { pods } = await headless(port);
    const spec = { clusterIP: "None", ports: [{ port }] };
    cluster.serve("db-read", pods, { spec, port: { port } });
    start();
    await relays.settled();
    cluster.store.apply([
      { op: "delete", key: { kind: "Service", namespace: "shop", name: "db" } },
    ]);
    await relays.settled();
    expect(await ask(port, "", "127.0.1.2")).toBe("one");
    cluster.store.apply([
      { op: "delete", key: { kind: "Service", namespace: "shop", name: "db-read" } },
    ]);
    expect(await ask(port, "", "127.0.1.2")).toBe("ECONNREFUSED");
  });

  test("are none for pods that don't run here, and none where relays are for NodePorts only", async () => {
    const port = await freePort();
    await headless(port);
    start({ localAddressOf: () => undefined });
    await relays.settled();
    expect(relays.listening()).toEqual([]);
    await relays.close();
    start({ services: false });
    await relays.settled();
    expect(relays.listening()).toEqual([]);
  });

  test("leave a process alone that listens on all addresses at its pod's port", async () => {
    const server = net.createServer((socket) => socket.end("itself"));
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    const { port } = server.address() as net.AddressInfo;
    await headless(port);
    start({ localAddressOf: () => ({ host: "127.0.0.1", port }) });
    await relays.settled();
    expect(relays.listening()).toEqual([]);
    expect(failures).toEqual([]);
    expect(await ask(port, "", "127.0.1.1")).toBe("itself");
    await new Promise((resolve) => server.close(resolve));
  });
});
