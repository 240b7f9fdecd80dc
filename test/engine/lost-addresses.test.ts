import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { freePort } from "../support/free-port.ts";

let engine: Engine;
const others: { kill(): void }[] = [];

afterEach(async () => {
  for (const other of others.splice(0)) other.kill();
  await engine.close();
});

/** Another program of this machine that listens on all its addresses. */
async function program(port: number) {
  const code = `require("node:net").createServer((s) => s.end("other")).listen(${port}, "0.0.0.0", () => console.log(1))`;
  const child = spawn(process.execPath, ["-e", code]);
  others.push(child);
  await once(child.stdout, "data");
  return child;
}

const objects = (address: string, port: number, endpoint: number): KubernetesObject[] => [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop" },
    spec: { clusterIP: address, ports: [{ port }] },
  } as KubernetesObject,
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "web-1",
      namespace: "shop",
      labels: { "kubernetes.io/service-name": "web" },
    },
    addressType: "IPv4",
    ports: [{ port: endpoint }],
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
  } as unknown as KubernetesObject,
];

const NAME = "web.shop.svc.cluster.local";

async function greeting(host: string, port: number): Promise<string> {
  const socket = net.connect(port, host);
  const [data] = await once(socket, "data");
  socket.destroy();
  return String(data);
}

describe.runIf(process.platform === "linux")("an address that another program has", () => {
  it("is told with its holder, left out of names, and had as soon as it is free", async () => {
    const port = await freePort();
    const child = await program(port);
    const pod = net.createServer((socket) => socket.end("ours")).listen(0, "127.0.0.1");
    await once(pod, "listening");
    const { port: podPort } = pod.address() as net.AddressInfo;
    engine = createEngine();
    const told: unknown[] = [];
    engine.on("unreachable", ({ host }, error, holder) =>
      told.push([host, (error as NodeJS.ErrnoException).code, holder?.pid]),
    );
    const regained = once(engine, "reachable");
    await engine.load(objects("10.96.3.7", port, podPort));
    await engine.listen({ services: true, relays: {} });
    const lookUp = (): Promise<string> =>
      new Promise((resolve) => {
        engine.lookup(NAME, { family: 4 }, (error, address) =>
          resolve(error ? `${error.message}` : String(address)),
        );
      });

    expect(told).toEqual([["127.96.3.7", "EADDRINUSE", child.pid]]);
    expect(engine.lostAddresses).toMatchObject([{ relay: { host: "127.96.3.7", port } }]);
    expect(await greeting("127.96.3.7", port)).toBe("other");
    expect(await lookUp()).toContain(`(pid ${child.pid}) listens`);

    child.kill();
    const [relay] = await regained;
    expect(relay).toMatchObject({ host: "127.96.3.7", port });
    expect(engine.lostAddresses).toEqual([]);
    expect(await lookUp()).toBe("127.96.3.7");
    expect(await greeting("127.96.3.7", port)).toBe("ours");
    pod.close();
  });

  it("is left out of names where the Service has no endpoint, too, and refuses once it is free", async () => {
    const port = await freePort();
    const child = await program(port);
    engine = createEngine();
    const told: unknown[] = [];
    engine.on("unreachable", (relay) => told.push(relay));
    const [service, slice] = objects("10.96.3.9", port, 1) as [KubernetesObject, KubernetesObject];
    await engine.load([service]);
    await engine.listen({ services: true });
    const named = (): Promise<string> =>
      new Promise((resolve) => {
        engine.lookup(NAME, { family: 4 }, (error, address) =>
          resolve(error ? `${error.message}` : String(address)),
        );
      });
    expect(await named()).toContain(`(pid ${child.pid}) listens`);
    // Nothing is to listen there, and so nobody need be told that nothing does.
    expect(told).toEqual([]);
    expect(engine.lostAddresses).toMatchObject([{ relay: { host: "127.96.3.9", port } }]);

    child.kill();
    await vi.waitFor(() => expect(engine.lostAddresses).toEqual([]), { timeout: 60_000 });
    expect(await named()).toBe("127.96.3.9");
    const [refused] = await once(net.connect(port, "127.96.3.9"), "error");
    expect(refused).toMatchObject({ code: "ECONNREFUSED" });

    // It stays the other's when an endpoint comes and goes.
    const other = await program(port);
    engine.store.apply([{ op: "put", object: slice }]);
    await vi.waitFor(() => expect(told).toHaveLength(1), { timeout: 60_000 });
    const key = { kind: "EndpointSlice.discovery.k8s.io", namespace: "shop", name: "web-1" };
    engine.store.apply([{ op: "delete", key }]);
    expect(await named()).toContain(`(pid ${other.pid}) listens`);
  });

  it("is none where the mirror is another", async () => {
    const port = await freePort();
    const held = net.createServer((socket) => socket.end("other")).listen(port, "127.96.3.8");
    const pod = net.createServer((socket) => socket.end("ours")).listen(0, "127.0.0.1");
    await Promise.all([once(held, "listening"), once(pod, "listening")]);
    const { port: podPort } = pod.address() as net.AddressInfo;
    engine = createEngine({ mirror: 1 });
    await engine.load(objects("10.96.3.8", port, podPort));
    await engine.listen({ services: true });
    expect(engine.lostAddresses).toEqual([]);
    expect(await greeting("127.116.3.8", port)).toBe("ours");
    pod.close();
    held.close();
  });

  it("is refused as the number of a mirror that does not exist", () => {
    expect(() => createEngine({ mirror: 6 })).toThrow("choose one from 0 to 5");
    engine = createEngine();
  });
});
