import net from "node:net";
import { describe, expect, test } from "vitest";
import { createRelays } from "../../src/proxy/relays/relays.ts";
import { seeded } from "../balancer/seeded.ts";
import { freePort } from "../support/free-port.ts";
import {
  type ChaosClient,
  drainHttp,
  httpServer,
  KINDS,
  type Kind,
  type Outcome,
} from "./chaos-kinds.ts";
import { TestCluster, type TestPod } from "./cluster.ts";

/** More than this by `CHAOS_REQUESTS=200000`; the figures are printed then. */
const REQUESTS = Number(process.env["CHAOS_REQUESTS"] ?? 6_000);
const CONCURRENCY = 64;
/** Every so many milliseconds a pod is killed, drained, added or rolled. */
const EVERY = REQUESTS > 6_000 ? 200 : 100;

/** A keep-alive client: one request at a time, the whole answer or `broken`. */
class Client implements ChaosClient {
  readonly #port: number;
  #socket: net.Socket | undefined;
  /** Who answered last on this connection. */
  pod = "";

  constructor(port: number) {
    this.#port = port;
  }

  async get(): Promise<Outcome> {
    const reused = this.#socket !== undefined;
    const outcome = await this.#once();
    // What every HTTP client does when a connection it kept turns out to be closed.
    return outcome === "broken" && reused && this.#answered === 0 ? this.#once() : outcome;
  }

  #answered = 0;

  #once(): Promise<Outcome> {
    this.#answered = 0;
    const socket = this.#socket ?? net.connect({ host: "127.0.0.1", port: this.#port });
    if (this.#socket === undefined) this.pod = "";
    this.#socket = socket;
    return new Promise((resolve) => {
      let text = "";
      const done = (outcome: Outcome) => {
        socket.removeAllListeners();
        socket.on("error", () => {});
        if (outcome === "broken" || /\r\nconnection: close\r\n/i.test(text)) {
          socket.destroy();
          this.#socket = undefined;
        } else {
          socket.on("close", () => {
            if (this.#socket === socket) this.#socket = undefined;
          });
          socket.on("end", () => {
            if (this.#socket === socket) this.#socket = undefined;
            socket.destroy();
          });
        }
        resolve(outcome);
      };
      socket.on("error", () => done("broken"));
      socket.on("close", () => done("broken"));
      socket.on("end", () => done("broken"));
      socket.on("data", (chunk) => {
        this.#answered += chunk.length;
        text += chunk.toString("latin1");
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) return;
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
        if (text.length < end + 4 + length) return;
        const body = text.slice(end + 4);
        this.pod = /pod (\S+)/.exec(body)?.[1] ?? this.pod;
        done({ status: Number(text.slice(9, 12)), body });
      });
      socket.write("GET / HTTP/1.1\r\nHost: web.shop\r\n\r\n");
    });
  }

  close(): void {
    this.#socket?.destroy();
  }
}

/** Every fourth goes through the relay. */
const HTTP1: Kind = {
  server: httpServer,
  drain: drainHttp,
  client({ gateway, relay }) {
    return new Client(clients++ % 4 === 0 ? relay : gateway);
  },
};
let clients = 0;

async function run(mode: "kill" | "graceful", kind: Kind, name: string) {
  const cluster = new TestCluster();
  const random = seeded(mode === "kill" ? 1 : 2);
  const { store, balancer, dialer } = cluster;
  const port = await freePort();

  const live: TestPod[] = [];
  const draining = new Set<TestPod>();
  const killed = new Set<string>();
  const closing = new Set<string>();
  const ports = (kind.spec?.ports ?? [{ port }]).map((each) => ({ ...each, port }));
  const spec = { clusterIP: "10.96.0.7", ports };
  const publish = () =>
    cluster.serve("web", [...live, ...draining], {
      spec,
      endpoint: (pod) =>
        draining.has(pod)
          ? { conditions: { ready: false, serving: true, terminating: true } }
          : { conditions: { ready: true } },
    });
  const add = async () => {
    let address = "";
    const pod = await cluster.pod(
      kind.server(
        () => `pod ${address}`,
        () => closing.has(address),
      ),
    );
    address = pod.address;
    live.push(pod);
    publish();
  };
  const take = () => live.splice(Math.floor(random() * live.length), 1)[0] as TestPod;
  const kill = async () => {
    const pod = take();
    killed.add(pod.address);
    // Dead first, known to be dead later: what a crash looks like.
    await pod.kill();
    publish();
  };
  const drain = async () => {
    const pod = take();
    draining.add(pod);
    publish();
    await new Promise((resolve) => setTimeout(resolve, EVERY / 2));
    // What the kernel has accepted for it, it must accept too, and one comes in each turn of its loop: closing
    // resets the rest. Who queues up last and has an answer knows that nobody is left before.
    const local = cluster.localAddressOf(pod.address, 8080);
    for (let i = 0; i < 2; i++) {
      const last = kind.client({ gateway: local?.port ?? 0, relay: local?.port ?? 0 });
      await last.get();
      last.close();
    }
    closing.add(pod.address);
    await kind.drain(pod.server);
    draining.delete(pod);
    publish();
  };
  for (let i = 0; i < 4; i++) await add();
  const gateway = await cluster.gateway({ onTraffic: () => {} });
  const relays = createRelays({ store, balancer, dialer, localAddress: () => "127.0.0.1" });
  await relays.settled();

  let sent = 0;
  let excused = 0;
  const lost: string[] = [];
  const memory: number[] = [];
  let running = true;
  const chaos = (async () => {
    for (let turn = 0; running; turn++) {
      await new Promise((resolve) => setTimeout(resolve, EVERY));
      if (live.length < 3 || turn % 3 === 0) await add();
      else if (mode === "kill" && turn % 3 === 1) await kill();
      else await drain();
    }
  })();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      const client = kind.client({ gateway: gateway.port, relay: port });
      while (sent < REQUESTS) {
        if (++sent % Math.ceil(REQUESTS / 10) === 0) memory.push(process.memoryUsage().heapUsed);
        const before = killed.size;
        const outcome = await client.get();
        if (outcome !== "broken" && outcome.status === 200) continue;
        const text = outcome === "broken" ? "broken" : outcome.body;
        // Where no refusal can be read, a killed pod is all that the client can see of it.
        const onKilled =
          [...killed].some((address) => text.includes(`(${address}:`)) ||
          (text === "broken" && (killed.has(client.pod ?? "") || killed.size > before));
        if (onKilled) excused++;
        else lost.push(text);
      }
      client.close();
    }),
  );
  running = false;
  await chaos;
  await relays.close(0);
  await cluster[Symbol.asyncDispose]();
  if (REQUESTS > 6_000) {
    const heap = memory.map((bytes) => (bytes / 1e6).toFixed(0)).join(" ");
    process.stdout.write(
      `${name}, ${mode}: ${sent} requests, ${cluster.pods.length} pods, ${killed.size} killed, ${excused} in flight on them, ${lost.length} lost, heap MB ${heap}\n`,
    );
  }
  return { lost, excused, killed: killed.size };
}

describe.each(Object.entries({ "HTTP/1.1": HTTP1, ...KINDS }))(
  "64 clients of %s while pods come and go",
  (name, kind) => {
    test("lose nothing but what was in flight on a killed pod", { timeout: 600_000 }, async () => {
      const { lost, excused, killed } = await run("kill", kind, name);
      expect(lost).toEqual([]);
      expect(killed).toBeGreaterThan(0);
      expect(excused).toBeLessThanOrEqual(killed * CONCURRENCY);
    });

    test("lose nothing at all when pods terminate gracefully", { timeout: 600_000 }, async () => {
      const { lost, excused } = await run("graceful", kind, name);
      expect(lost).toEqual([]);
      expect(excused).toBe(0);
    });
  },
);
