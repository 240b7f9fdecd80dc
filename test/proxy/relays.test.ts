import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PlannedRelay } from "../../src/proxy/relays/relay-plan.ts";
import { createRelays, type Relays, type RelaysOptions } from "../../src/proxy/relays/relays.ts";
import { TestCluster } from "./cluster.ts";

/** A free port on 127.0.0.1, which the mirrored addresses of these tests share. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

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
});
