import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { attach, node, podNamed, run, SERVER, scene } from "./harness.ts";

const PROBED = (path: string) => ({
  containers: [
    {
      name: "main",
      image: "x",
      ports: [{ containerPort: 8080 }],
      readinessProbe: { httpGet: { path, port: 8080 }, periodSeconds: 1 },
      livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    },
  ],
});

it("says what each probe found last, and when", async () => {
  await using it = scene([podNamed("a", PROBED("/"))], { run: [run(node(SERVER))] });
  const name = { namespace: "default", name: "a" };
  expect(it.runtime.lastProbes(name)).toEqual([]);
  const before = Date.now();
  const passed = () => it.runtime.lastProbes(name).filter(({ ok }) => ok).length;
  await expect.poll(passed, { timeout: 60_000 }).toBe(2);
  const probes = it.runtime.lastProbes(name);
  expect([...probes].sort((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
    { container: "main", kind: "liveness", at: expect.any(Number), ok: true },
    { container: "main", kind: "readiness", at: expect.any(Number), ok: true },
  ]);
  for (const { at } of probes) expect(at).toBeGreaterThanOrEqual(before);
});

it("says why a probe failed, and what stands for a probe that there is not", async () => {
  const silent = `setInterval(() => {}, 1000);`;
  await using it = scene([podNamed("a")], { run: [run(node(silent))] });
  const name = { namespace: "default", name: "a" };
  await expect.poll(() => it.runtime.lastProbes(name).length, { timeout: 60_000 }).toBe(1);
  expect(it.runtime.lastProbes(name)).toMatchObject([
    { kind: "connect", ok: false, message: expect.stringContaining("connection refused on 8080") },
  ]);
});

it("tells attached pods from others, and what their probe found", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await using it = scene([podNamed("a")], { attach: [attach([{ host: "127.0.0.1", port }])] });
  await it.until("ready", () => it.ready("a"));
  expect(it.runtime.attaches(it.pod("a"))).toBe(true);
  expect(it.runtime.lastProbes({ namespace: "default", name: "a" })).toMatchObject([
    { container: "main", kind: "connect", ok: true },
  ]);
  await using other = scene([podNamed("b")], { run: [run(node(SERVER))] });
  expect(other.runtime.attaches(other.pod("b"))).toBe(false);
  server.close();
});
