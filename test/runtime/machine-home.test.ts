import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { LocalPorts } from "../../src/runtime/local-ports.ts";
import { MachineHome } from "../../src/runtime/machine-home.ts";

const pool = () => new LocalPorts(process.pid * 7);
const homeWith = (ports: LocalPorts) =>
  new MachineHome(ports, {
    podIP: "127.244.0.5",
    hostIP: "127.0.0.1",
    serviceAddress: () => undefined,
    inherited: {},
    extra: {},
  });
const web = { name: "web", ports: [{ containerPort: 8080 }, { containerPort: 9090 }] };

describe("the local ports of a pod", () => {
  it("stay the same from run to run", async () => {
    const ports = homeWith(pool());
    const first = new Map(await ports.portsOf(web));
    expect([...first.keys()]).toEqual([8080, 9090]);
    expect(new Map(await ports.portsOf(web))).toEqual(first);
  });

  it("change when something else has taken one meanwhile", async () => {
    const ports = homeWith(pool());
    const first = new Map(await ports.portsOf(web));
    const thief = createServer().listen(first.get(8080), "127.0.0.1");
    await once(thief, "listening");
    const second = await ports.portsOf(web);
    expect(second.get(8080)).not.toBe(first.get(8080));
    expect(second.get(9090)).toBe(first.get(9090));
    expect(ports.addressOf(8080)).toEqual({ host: "127.0.0.1", port: second.get(8080) });
    thief.close();
  });

  it("are one for all when a container declares none", async () => {
    const ports = homeWith(pool());
    await ports.portsOf({ name: "web" });
    expect(ports.addressOf(1234)).toBeDefined();
    expect(ports.addressOf(4321)).toEqual(ports.addressOf(1234));
  });

  it("are nowhere for a port that a container does not have", async () => {
    const ports = homeWith(pool());
    await ports.portsOf(web);
    expect(ports.addressOf(1234)).toBeUndefined();
  });

  it("are none of another pod's, and free again when the pod is gone", async () => {
    const shared = pool();
    const [a, b] = [homeWith(shared), homeWith(shared)];
    const taken = [...(await a.portsOf(web)).values(), ...(await b.portsOf(web)).values()];
    expect(new Set(taken).size).toBe(4);
    await a.release();
    expect(a.addressOf(8080)).toBeUndefined();
    expect(b.addressOf(8080)).toBeDefined();
  });
});
