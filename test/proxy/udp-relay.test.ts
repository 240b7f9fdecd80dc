import dgram from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBalancer } from "../../src/balancer/balancer.ts";
import { systemBinder } from "../../src/net/binder.ts";
import { directDialer } from "../../src/proxy/direct-dialer.ts";
import { mappedDialer } from "../../src/proxy/mapped-dialer.ts";
import { createRelays, type Relays } from "../../src/proxy/relays/relays.ts";
import type { TrafficEvent } from "../../src/proxy/traffic-event.ts";
import { Store } from "../../src/store/store.ts";
import { endpoint, service, slice } from "../balancer/objects.ts";
import { freePort } from "../support/free-port.ts";

async function bound(): Promise<dgram.Socket> {
  const socket = dgram.createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

describe("UDP relays", () => {
  let store: Store;
  let relays: Relays;
  let port: number;
  const events: TrafficEvent[] = [];
  const refused: Error[] = [];
  const errors: Error[] = [];
  const listening: dgram.Socket[] = [];
  const sockets: dgram.Socket[] = [];
  const pods = new Map<string, number>();

  beforeEach(async () => {
    port = await freePort();
    store = new Store();
    pods.clear();
    events.length = 0;
    refused.length = 0;
    listening.length = 0;
    errors.length = 0;
    const balancer = createBalancer({ store });
    const dialer = mappedDialer((address) => {
      const local = pods.get(address);
      return local === undefined ? undefined : { host: "127.0.0.1", port: local };
    }, directDialer);
    relays = createRelays({
      store,
      balancer,
      dialer,
      localAddress: () => "127.0.0.1",
      retryTime: 20,
      onTraffic: (event) => events.push(event),
      onError: (error) => errors.push(error),
      binder: {
        ...systemBinder,
        bind(socket, host, port) {
          listening.push(socket);
          systemBinder.bind(socket, host, port);
        },
      },
      onListenError: (_relay, error) => refused.push(error),
    });
  });

  afterEach(async () => {
    await relays.close(0);
    for (const socket of sockets.splice(0)) socket.close();
  });

  /** A pod that answers with its name and what it got. */
  async function pod(address: string): Promise<void> {
    const socket = await bound();
    sockets.push(socket);
    socket.on("message", (message, { port, address: from }) =>
      socket.send(`${address} ${message}`, port, from),
    );
    pods.set(address, socket.address().port);
  }

  async function serve(addresses: readonly string[], protocol: "UDP" | "SCTP" = "UDP") {
    store.apply([
      {
        op: "put",
        object: service("dns", { clusterIP: "10.96.0.10", ports: [{ port, protocol }] }),
      },
      {
        op: "put",
        object: slice({
          service: "dns",
          ports: [{ port: 53, protocol }],
          endpoints: addresses.map((address) => endpoint(address)),
        }),
      },
    ]);
    await relays.settled();
  }

  async function client(): Promise<(text: string) => Promise<string>> {
    const socket = dgram.createSocket("udp4");
    sockets.push(socket);
    socket.on("error", () => {});
    socket.connect(port, "127.0.0.1");
    await once(socket, "connect");
    return async (text) => {
      const answer = new Promise<string>((resolve) => {
        socket.once("message", (message) => resolve(String(message)));
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
      });
      socket.send(text);
      return answer;
    };
  }

  test("keep a client with its endpoint, and give clients different ones", async () => {
    await Promise.all(["10.244.0.1", "10.244.0.2"].map(pod));
    await serve(["10.244.0.1", "10.244.0.2"]);
    const seen = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const ask = await client();
      const first = await ask("a");
      expect(await ask("b")).toBe(first.replace("a", "b"));
      seen.add(first);
    }
    expect(seen.size).toBe(2);
  });

  test("send a flow elsewhere when its endpoint leaves", async () => {
    await Promise.all(["10.244.0.1", "10.244.0.2"].map(pod));
    await serve(["10.244.0.1"]);
    const ask = await client();
    expect(await ask("x")).toBe("10.244.0.1 x");
    await serve(["10.244.0.1", "10.244.0.2"]);
    expect(await ask("x")).toBe("10.244.0.1 x");
    await serve(["10.244.0.2"]);
    expect(await ask("x")).toBe("10.244.0.2 x");
    expect(events).toMatchObject([
      { protocol: "UDP", endpoint: "10.244.0.1:53", client: "127.0.0.1" },
    ]);
  });

  test("refuse while there is no endpoint, and serve when one comes", async () => {
    await pod("10.244.0.1");
    await serve([]);
    const ask = await client();
    expect(await ask("x")).toBe("ECONNREFUSED");
    await serve(["10.244.0.1"]);
    expect(await ask("x")).toBe("10.244.0.1 x");
    await serve([]);
    expect(await ask("x")).toBe("ECONNREFUSED");
  });

  test("outlive an endpoint that no way leads to, and try another one", async () => {
    await pod("10.244.0.1");
    await serve(["255.255.255.255"]);
    const ask = await client();
    const lost = ask("x");
    // No socket may be connected to everybody: refused at once, on every machine.
    await expect.poll(() => errors).toMatchObject([{ syscall: "connect" }]);
    await serve(["10.244.0.1"]);
    expect(await ask("y")).toBe("10.244.0.1 y");
    expect(await lost).toBe("10.244.0.1 y");
    expect(events).toMatchObject([{ protocol: "UDP", endpoint: "255.255.255.255:53" }]);
  });

  test("take an address that could not be had when it becomes free", async () => {
    await pod("10.244.0.1");
    const holder = dgram.createSocket("udp4");
    holder.bind(port, "127.0.0.1");
    await once(holder, "listening");
    await serve(["10.244.0.1"]);
    expect(refused).toMatchObject([{ code: "EADDRINUSE" }]);
    holder.close();
    await expect.poll(() => relays.listening()).toHaveLength(1);
    const ask = await client();
    expect(await ask("x")).toBe("10.244.0.1 x");
  });

  test("carry datagrams of any size, empty ones too", async () => {
    await pod("10.244.0.1");
    await serve(["10.244.0.1"]);
    const ask = await client();
    expect(await ask("")).toBe("10.244.0.1 ");
    expect(await ask("y".repeat(60_000))).toHaveLength(60_011);
  });

  test("outlive a datagram from port 0, which nobody can answer", async () => {
    await pod("10.244.0.1");
    await serve(["10.244.0.1"]);
    const ask = await client();
    expect(await ask("x")).toBe("10.244.0.1 x");
    for (const from of [0, 65_536]) {
      listening[0]?.emit("message", Buffer.from("y"), { address: "127.0.0.1", port: from });
      expect(await ask("x")).toBe("10.244.0.1 x");
      expect(await ask("x")).toBe("10.244.0.1 x");
    }
    // No kernel says 65536: what cannot be sent is told, and ends nothing.
    await expect.poll(() => errors).toMatchObject([{ code: "ERR_SOCKET_BAD_PORT" }]);
    await relays.close(0);
    expect(events.map(({ client }) => client)).toEqual(["127.0.0.1", "127.0.0.1"]);
  });

  test("refuse SCTP with a message that says what to do", async () => {
    await serve(["10.244.0.1"], "SCTP");
    expect(refused).toMatchObject([
      { code: "sctp-unsupported", message: expect.stringContaining("use a TCP or UDP port") },
    ]);
  });
});
