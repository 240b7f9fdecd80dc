import http, { type IncomingMessage } from "node:http";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Engine } from "../../src/proxy/exchange/engine.ts";
import { gatewayContext } from "../../src/proxy/gateway.ts";
import { http1Front } from "../../src/proxy/inbound/http1/http1-front.ts";
import type { Limits } from "../../src/proxy/limits.ts";
import { SocketConnection } from "../../src/proxy/transport/socket-connection.ts";
import { raw, request, TestCluster, type TestGateway } from "./cluster.ts";

/** Longer than the gateway lingers after a last answer. */
const LONGER_THAN_LINGER = 1_700;

const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Holds back what is written to clients, as a full send buffer would. */
class SlowLink {
  #held: (() => void)[] = [];
  #open = false;

  hold(client: net.Socket): void {
    const write = client._write.bind(client);
    client._write = (chunk, encoding, callback) => {
      if (this.#open) write(chunk, encoding, callback);
      else this.#held.push(() => write(chunk, encoding, callback));
    };
    (client as { _writev?: unknown })._writev = undefined;
  }

  open(): void {
    this.#open = true;
    for (const write of this.#held.splice(0)) write();
  }
}

describe("clients that don't read, or send no more", () => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  let answered: number;
  const closers: (() => void)[] = [];

  beforeEach(() => {
    cluster = new TestCluster();
    answered = 0;
  });

  const onTraffic = ({ path }: { path?: string }) => {
    if (path !== "/other") answered++;
  };

  async function start(limits: Partial<Limits> = {}): Promise<void> {
    gateway = await cluster.gateway({ limits, onTraffic });
  }

  /** A gateway whose clients are behind this link. @returns its port. */
  async function startBehind(link: SlowLink, limits: Partial<Limits> = {}): Promise<number> {
    const { store, balancer, dialer } = cluster;
    const engine = new Engine(gatewayContext({ store, balancer, dialer, limits, onTraffic }));
    const front = http1Front(engine);
    const server = net.createServer({ allowHalfOpen: true }, (client) => {
      client.on("error", () => {});
      link.hold(client);
      front.serve(new SocketConnection(client), Buffer.alloc(0));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => {
      server.close();
      engine.close();
    });
    return (server.address() as net.AddressInfo).port;
  }

  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await cluster[Symbol.asyncDispose]();
  });

  const other = () =>
    request({ port: gateway.port, path: "/other", headers: { host: "web.shop" } });

  test.each([
    ["refusals", "nope.shop", 60_000],
    ["answers", "web.shop", 1_000],
  ] as const)(
    "%s nobody reads are not made",
    { timeout: 180_000 },
    async (_what, host, requests) => {
      const body = Buffer.alloc(60_000, "x");
      cluster.serve("web", [
        await cluster.httpPod((req, res) => res.end(req.url === "/other" ? "ok" : body)),
      ]);
      await start();
      const client = net.connect({ host: "127.0.0.1", port: gateway.port });
      client.pause();
      client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\n\r\n`.repeat(requests));
      let before = -1;
      const settled = async () => {
        const same = answered === before;
        before = answered;
        for (let i = 0; i < 20; i++) expect((await other()).status).toBe(200);
        return same && answered === before;
      };
      await expect.poll(settled, { timeout: 120_000 }).toBe(true);
      expect(answered).toBeLessThan(requests);
      client.resume();
      await expect.poll(() => answered, { timeout: 120_000 }).toBe(requests);
      client.destroy();
    },
  );

  test("a client's requests go to pods one after the other", async () => {
    let now = 0;
    let most = 0;
    const order: string[] = [];
    cluster.serve("web", [
      await cluster.httpPod((req, res) => {
        order.push(req.url ?? "");
        most = Math.max(most, ++now);
        setTimeout(() => {
          now--;
          res.end("ok");
        }, 5);
      }),
    ]);
    await start();
    const client = net.connect({ host: "127.0.0.1", port: gateway.port });
    client.resume();
    const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);
    client.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: web.shop\r\n\r\n`).join(""));
    await expect.poll(() => answered).toBe(50);
    expect(most).toBe(1);
    expect(order).toEqual(paths);
    client.destroy();
  });

  test("interim answers wait for the client", async () => {
    let taken = 0;
    const hint = `HTTP/1.1 103 Early Hints\r\nLink: ${"x".repeat(60_000)}\r\n\r\n`;
    const flood = net.createServer((socket) => {
      const more = () => {
        if (taken < 900) {
          socket.write(hint, () => {
            taken++;
            more();
          });
        } else {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
      };
      socket.once("data", more);
    });
    cluster.serve("flood", [await cluster.pod(flood)]);
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("ok"))]);
    await start();
    const client = net.connect({ host: "127.0.0.1", port: gateway.port });
    client.pause();
    client.write("GET / HTTP/1.1\r\nHost: flood.shop\r\n\r\n");
    let before = -1;
    const settled = async () => {
      const same = taken > 0 && taken === before;
      before = taken;
      for (let i = 0; i < 20; i++) await other();
      return same && taken === before;
    };
    await expect.poll(settled, { timeout: 120_000 }).toBe(true);
    expect(taken).toBeLessThan(900);
    client.resume();
    await expect.poll(() => answered, { timeout: 120_000 }).toBe(1);
    client.destroy();
  });

  test("interim answers without end are a 502", async () => {
    const flood = net.createServer((socket) => {
      const hints = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100);
      const more = () => {
        if (!socket.destroyed) socket.write(hints, more);
      };
      socket.once("data", more);
    });
    cluster.serve("web", [await cluster.pod(flood)]);
    await start();
    const answer = await raw(
      gateway.port,
      "GET / HTTP/1.1\r\nHost: web.shop\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/HTTP\/1\.1 502 [\s\S]*1000 interim answers\n$/);
  });

  test.each([
    ["after its last answer", "Connection: close\r\n", {}],
    ["between two requests", "", { idleTime: 500 }],
  ])("a slow client gets all of its answer %s", async (_when, more, limits) => {
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("all of it"))]);
    const link = new SlowLink();
    const got = raw(
      await startBehind(link, limits),
      `GET / HTTP/1.1\r\nHost: web.shop\r\n${more}\r\n`,
    );
    await expect.poll(() => answered).toBe(1);
    await passed(LONGER_THAN_LINGER);
    link.open();
    expect(await got).toMatch(/all of it$/);
  });

  test("a client that takes nothing of its last answer is cut off", async () => {
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("all of it"))]);
    const port = await startBehind(new SlowLink(), { stallTime: 200 });
    const got = raw(port, "GET / HTTP/1.1\r\nHost: web.shop\r\nConnection: close\r\n\r\n");
    expect(await got).toBe("");
  });

  describe("stalling", () => {
    test("a request's body that stops is cut off, on both sides", async () => {
      let podClosed: Promise<unknown> | undefined;
      cluster.serve("web", [
        await cluster.httpPod((req) => {
          req.resume().on("error", () => {});
          podClosed = new Promise((resolve) => req.socket.on("close", resolve));
        }),
      ]);
      await start({ stallTime: 300 });
      await raw(
        gateway.port,
        "POST / HTTP/1.1\r\nHost: web.shop\r\nContent-Length: 10\r\n\r\nhalf",
      );
      await podClosed;
      expect(podClosed).toBeDefined();
    });

    test("a client that left while it was not read is noticed", async () => {
      const closed: Promise<unknown>[] = [];
      const silent = net.createServer((socket) => {
        socket.resume();
        closed.push(new Promise((resolve) => socket.on("close", resolve)));
      });
      cluster.serve("web", [await cluster.pod(silent)]);
      await start({ stallTime: 300 });
      const client = net.connect({ host: "127.0.0.1", port: gateway.port });
      client.on("error", () => {});
      client.write("GET / HTTP/1.1\r\nHost: web.shop\r\n\r\n".repeat(200_000));
      await expect.poll(() => closed.length).toBe(1);
      client.destroy();
      await closed[0];
    });

    test("an upload nobody reads is given up", async () => {
      let podClosed: Promise<unknown> | undefined;
      const deaf = net.createServer({ pauseOnConnect: true }, (socket) => {
        podClosed = new Promise((resolve) => socket.on("close", resolve));
        setTimeout(() => socket.resume(), 2_000);
      });
      cluster.serve("web", [await cluster.pod(deaf)]);
      await start({ stallTime: 300 });
      const client = net.connect({ host: "127.0.0.1", port: gateway.port });
      client.on("error", () => {});
      const left = new Promise((resolve) => client.on("close", resolve));
      client.write("POST / HTTP/1.1\r\nHost: web.shop\r\nContent-Length: 50000000\r\n\r\n");
      client.write(Buffer.alloc(50_000_000));
      client.resume();
      await left;
      await podClosed;
      expect(podClosed).toBeDefined();
    });

    test("a body that comes slowly and an answer that is silent for long are not", async () => {
      let heard = "";
      cluster.serve("web", [
        await cluster.httpPod((req: IncomingMessage, res) => {
          req.on("data", (chunk) => {
            heard += chunk;
          });
          req.on("end", () => {
            res.write("first ");
            setTimeout(() => res.end("second"), 2_000);
          });
        }),
      ]);
      await start({ stallTime: 1_500 });
      const req = http.request({
        port: gateway.port,
        host: "127.0.0.1",
        method: "POST",
        agent: false,
        headers: { host: "web.shop" },
      });
      const got = new Promise<string>((resolve, reject) => {
        req.on("error", reject);
        req.on("response", (res) => {
          let text = "";
          res.on("data", (chunk) => {
            text += chunk;
          });
          res.on("error", reject);
          res.on("end", () => resolve(text));
        });
      });
      // Much less than the limit each, as a busy machine takes its time, and more than it together.
      for (let i = 0; i < 8; i++) {
        req.write(String(i));
        await passed(250);
      }
      req.end();
      expect(await got).toBe("first second");
      expect(heard).toBe("01234567");
    });
  });
});
