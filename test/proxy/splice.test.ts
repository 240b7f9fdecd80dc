import net, { type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createRelays, type Relays } from "../../src/proxy/relays/relays.ts";
import { TestCluster } from "./cluster.ts";

const ONE_MEGABYTE = 1_000_000;

async function listen(server: net.Server, host = "127.0.0.1", port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as net.AddressInfo).port;
}

const event = (emitter: net.Socket | net.Server, name: string) =>
  new Promise<unknown>((resolve) => emitter.once(name, resolve));

/** Whether this machine has `::1`. */
async function hasIpv6(): Promise<boolean> {
  const server = net.createServer();
  try {
    await listen(server, "::1");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

describe("a relayed connection", () => {
  const closers: (() => unknown)[] = [];
  let closeRelays: () => Promise<void>;

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** A relay to a server at that port of 127.0.0.1, and its own port. */
  async function relayTo(listening: number): Promise<number> {
    const cluster = new TestCluster();
    const probe = net.createServer();
    const port = await listen(probe);
    probe.close();
    await event(probe, "close");
    const pod = cluster.attach(listening);
    cluster.serve("db", [pod], { spec: { clusterIP: "10.96.0.7", ports: [{ port }] } });
    const { store, balancer, dialer } = cluster;
    const relays: Relays = createRelays({
      store,
      balancer,
      dialer,
      // One choice and what comes of it: whoever gets through did so on that choice.
      strict: true,
      localAddress: () => "127.0.0.1",
    });
    closers.push(
      () => cluster[Symbol.asyncDispose](),
      () => relays.close(0),
    );
    closeRelays = () => relays.close(0);
    await relays.settled();
    return port;
  }

  /** Client and pod at the two ends of a relay. */
  async function joined(): Promise<{ client: Socket; pod: Socket }> {
    const server = net.createServer({ allowHalfOpen: true });
    const port = await relayTo(await listen(server));
    const accepted = event(server, "connection");
    const client = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const pod = (await accepted) as Socket;
    closers.push(() => server.close());
    for (const socket of [client, pod]) {
      socket.on("error", () => {});
      closers.push(() => socket.destroy());
    }
    return { client, pod };
  }

  for (const [from, to] of [
    ["client", "pod"],
    ["pod", "client"],
  ] as const) {
    test(`what the ${from} ends after the ${to} arrives whole, however slowly it is read`, async () => {
      const ends = await joined();
      ends[to].end();
      ends[from].resume();
      await event(ends[from], "end");
      ends[from].end(Buffer.alloc(8 * ONE_MEGABYTE, "x"));
      let received = 0;
      ends[to].on("data", (chunk: Buffer) => {
        received += chunk.length;
        ends[to].pause();
        setImmediate(() => ends[to].resume());
      });
      await event(ends[to], "end");
      expect(received).toBe(8 * ONE_MEGABYTE);
    });

    test(`the ${to} goes on sending when the ${from} has ended`, async () => {
      const ends = await joined();
      ends[from].end("over");
      let heard = "";
      ends[to].on("data", (chunk) => {
        heard += chunk;
      });
      await event(ends[to], "end");
      expect(heard).toBe("over");
      let answer = "";
      ends[from].on("data", (chunk) => {
        answer += chunk;
      });
      ends[to].end("not yet");
      await event(ends[from], "end");
      expect(answer).toBe("not yet");
    });

    test(`a reset of the ${from} is a reset to the ${to}`, async () => {
      const ends = await joined();
      ends[to].resume();
      ends[from].write("hello");
      await event(ends[to], "data");
      const error = event(ends[to], "error");
      ends[from].resetAndDestroy();
      expect(await error).toMatchObject({ code: "ECONNRESET" });
    });

    test(`a ${to} that doesn't read holds the ${from} up`, async () => {
      const ends = await joined();
      ends[to].pause();
      for (let i = 0; i < 100; i++) ends[from].write(Buffer.alloc(ONE_MEGABYTE));
      // Enough turns to pass everything on; the kernel's buffers on the way hold far less.
      for (let turn = 0; turn < 1_000; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(ends[from].writableLength).toBeGreaterThan(50 * ONE_MEGABYTE);
      let received = 0;
      ends[to].on("data", (part: Buffer) => {
        received += part.length;
      });
      ends[from].end();
      ends[to].resume();
      await event(ends[to], "end");
      expect(received).toBe(100 * ONE_MEGABYTE);
    });
  }

  test("leaves no connection to the pod when its client is cut off in the middle", async () => {
    const { client, pod } = await joined();
    client.pause();
    client.end();
    pod.resume();
    await event(pod, "end");
    pod.write(Buffer.alloc(100 * ONE_MEGABYTE));
    // Until the relay waits for its client.
    for (let turn = 0; turn < 1_000; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(pod.writableLength).toBeGreaterThan(0);
    const gone = event(pod, "close");
    await closeRelays();
    await gone;
  });

  test("finds its pod again that comes back at the other loopback address", async ({ skip }) => {
    if (!(await hasIpv6())) skip("this machine has no ::1");
    const names = net.createServer((socket) => socket.end("four"));
    const port = await listen(names);
    const relay = await relayTo(port);
    const ask = async () => {
      const socket = net.connect({ port: relay, host: "127.0.0.1" });
      let answer = "";
      socket.on("data", (chunk) => {
        answer += chunk;
      });
      socket.on("error", (error: NodeJS.ErrnoException) => {
        answer = error.code ?? "";
      });
      await event(socket, "close");
      return answer;
    };
    expect(await ask()).toBe("four");
    expect(await ask()).toBe("four");
    names.close();
    await event(names, "close");
    const moved = net.createServer((socket) => socket.end("six"));
    await listen(moved, "::1", port);
    expect(await ask()).toBe("six");
    moved.close();
    await event(moved, "close");
    expect(await ask()).toBe("ECONNRESET");
    const back = net.createServer((socket) => socket.end("four again"));
    await listen(back, "127.0.0.1", port);
    expect(await ask()).toBe("four again");
    back.close();
  });
});
