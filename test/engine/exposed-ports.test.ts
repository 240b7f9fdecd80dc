import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { ExposedPorts } from "../../src/engine/exposed-ports.ts";
import type { Exposure } from "../../src/manifests/local-config.ts";
import type { ListeningPod } from "../../src/runtime/pod-runtime.ts";
import { freePort } from "../support/free-port.ts";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Stands for what pods listen on: says a word to everyone. */
async function speaker(word: string): Promise<number> {
  return listeningPort(createServer((socket) => socket.end(word)).listen(0, "127.0.0.1"));
}

async function listeningPort(server: Server): Promise<number> {
  closing.push(async () => server.close());
  if (!server.listening) await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function heardAt(port: number): Promise<string> {
  try {
    return await text(connect(port, "127.0.0.1"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
}

const pod = (name: string, ...ports: readonly number[]): ListeningPod => ({
  namespace: "shop",
  name,
  podIP: `10.244.0.${name.length}`,
  ports: ports.map((port) => ({ port })),
});

/** @param speakers by pod and port, where that pod's word is said */
function exposing(exposure: Exposure, speakers: Readonly<Record<string, number>> = {}) {
  const errors: string[] = [];
  const world = { pods: [] as readonly ListeningPod[] };
  const exposed = new ExposedPorts({
    exposure,
    listening: () => world.pods,
    dial: ({ name }, { port }) => connect(speakers[`${name} ${port}`] ?? 1, "127.0.0.1"),
    onError: ({ message }) => errors.push(message),
  });
  closing.push(() => exposed.close());
  exposed.start();
  const become = (...pods: readonly ListeningPod[]) => {
    world.pods = pods;
    exposed.look();
  };
  const at = (name: string) => exposed.of({ namespace: "shop", name });
  return { exposed, become, at, errors };
}

describe("what pods listen on, at 127.0.0.1 of the machine", () => {
  it("is at the same port for the first pod, and at the next one for others", async () => {
    const port = await freePort();
    const speakers = {
      [`a ${port}`]: await speaker("of a"),
      [`bb ${port}`]: await speaker("of bb"),
    };
    const { become, at } = exposing("auto", speakers);
    become(pod("a", port), pod("bb", port));
    await expect.poll(() => at("bb")).toHaveLength(1);
    expect(at("a")).toEqual([{ port, at: port }]);
    const [second] = at("bb");
    expect(second?.at).toBeGreaterThan(port);
    expect(await heardAt(port)).toBe("of a");
    expect(await heardAt(second?.at ?? 0)).toBe("of bb");
  });

  it("is at the next port where another program has it", async () => {
    const port = await speaker("another program");
    const { become, at } = exposing("auto", { [`a ${port}`]: await speaker("of a") });
    become(pod("a", port));
    await expect.poll(() => at("a")).toHaveLength(1);
    expect(await heardAt(port)).toBe("another program");
    expect(await heardAt(at("a")[0]?.at ?? 0)).toBe("of a");
  });

  it("stays where it is while others go, and goes with its pod", async () => {
    const port = await freePort();
    const { become, at } = exposing("auto");
    become(pod("a", port), pod("bb", port));
    await expect.poll(() => at("bb")).toHaveLength(1);
    const before = at("bb");
    become(pod("bb", port), pod("ccc", port));
    await expect.poll(() => at("ccc")).toEqual([{ port, at: port }]);
    expect([at("a"), at("bb")]).toEqual([[], before]);
    become();
    await expect.poll(() => at("bb")).toEqual([]);
    expect(await heardAt(port)).toBe("ECONNREFUSED");
    expect(await heardAt(before[0]?.at ?? 0)).toBe("ECONNREFUSED");
  });

  it("is reset where nobody listens any more", async () => {
    const port = await freePort();
    const { become, at } = exposing("auto");
    become(pod("a", port));
    await expect.poll(() => at("a")).toHaveLength(1);
    expect(await heardAt(port)).toBe("ECONNRESET");
  });

  it("is only what is named, at the port that is named", async () => {
    const [port, other, elsewhere] = [await freePort(), await freePort(), await freePort()];
    const speakers = { [`a ${port}`]: await speaker("of a") };
    const { become, at } = exposing([{ port, at: elsewhere }], speakers);
    become(pod("a", port, other));
    await expect.poll(() => at("a")).toEqual([{ port, at: elsewhere }]);
    expect(await heardAt(elsewhere)).toBe("of a");
    expect([await heardAt(port), await heardAt(other)]).toEqual(["ECONNREFUSED", "ECONNREFUSED"]);
  });

  it("is nothing where that is forbidden", async () => {
    const port = await freePort();
    const { become, at, exposed } = exposing("off");
    become(pod("a", port));
    await exposed.close();
    expect([at("a"), await heardAt(port)]).toEqual([[], "ECONNREFUSED"]);
  });

  it("is told once where no port can be had", async () => {
    const { become, at, errors } = exposing([{ port: 80, at: 65_535 }]);
    await listeningPort(createServer().listen(65_535, "127.0.0.1"));
    become(pod("a", 80));
    await expect.poll(() => errors).toEqual([expect.stringMatching(/^port 80 of pod shop\/a is/)]);
    become(pod("a", 80), pod("bb", 8080));
    become(pod("a", 80));
    expect([at("a"), errors]).toEqual([[], [expect.stringContaining("EADDRINUSE")]]);
  });
});
