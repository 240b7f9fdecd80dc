import http from "node:http";
import http2 from "node:http2";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { request, TestCluster, type TestGateway } from "./cluster.ts";

let cluster: TestCluster;
let gateway: TestGateway;

beforeEach(async () => {
  cluster = new TestCluster();
  gateway = await cluster.gateway();
});

afterEach(async () => {
  vi.useRealTimers();
  await cluster[Symbol.asyncDispose]();
});

const ask = (method: string) =>
  request({
    port: gateway.port,
    method,
    headers: { host: "web.shop" },
    ...(method === "POST" && { body: "x" }),
  });

describe("a connection that a pod keeps", () => {
  /** A pod that says this of how long it keeps connections. */
  async function serve(keepAlive?: string) {
    const server = http.createServer({ keepAliveTimeout: 0 }, (req, res) => {
      if (keepAlive !== undefined) res.setHeader("Keep-Alive", keepAlive);
      req.resume().on("end", () => res.end("ok"));
    });
    const seen = { connections: 0 };
    server.on("connection", () => seen.connections++);
    cluster.serve("web", [await cluster.pod(server)]);
    return { server, seen };
  }

  const idleFor = (ms: number) => vi.setSystemTime(Date.now() + ms);

  test.each([
    ["GET", 3_900, undefined, true],
    ["GET", 4_100, undefined, false],
    ["POST", 900, undefined, true],
    ["POST", 1_100, undefined, false],
    ["POST", 3_900, "timeout=5", true],
    ["POST", 4_100, "timeout=5", false],
    ["GET", 400, "timeout=1", true],
    ["GET", 600, "timeout=1", false],
    ["GET", 59_000, "timeout=600", true],
    ["GET", 61_000, "timeout=600", false],
  ])("carries %s after %i ms idle, %s: %s", async (method, idle, keepAlive, reused) => {
    const { seen } = await serve(keepAlive);
    vi.useFakeTimers({ toFake: ["Date"] });
    expect((await ask("GET")).status).toBe(200);
    idleFor(idle);
    expect((await ask(method)).status).toBe(200);
    expect(seen.connections).toBe(reused ? 1 : 2);
  });

  test.each([
    ["GET", 900, true],
    ["GET", 1_100, false],
    ["POST", 900, true],
    ["POST", 1_100, false],
  ])(
    "and was seen to close after two seconds carries %s after %i ms idle: %s",
    async (method, idle, reused) => {
      const { server, seen } = await serve();
      vi.useFakeTimers({ toFake: ["Date"] });
      expect((await ask("GET")).status).toBe(200);
      idleFor(2_000);
      const closed = new Promise<void>((resolve) => {
        server.getConnections((_error, count) => {
          expect(count).toBe(1);
          server.closeIdleConnections();
          resolve();
        });
      });
      await closed;
      await expect
        .poll(() => new Promise((resolve) => server.getConnections((_e, count) => resolve(count))))
        .toBe(0);
      // The gateway has heard of it when it opens another one.
      await expect
        .poll(async () => {
          await ask("GET");
          return seen.connections;
        })
        .toBe(2);
      idleFor(idle);
      expect((await ask(method)).status).toBe(200);
      expect(seen.connections).toBe(reused ? 2 : 3);
    },
  );
});

test.each([
  ["with a GOAWAY", (session: http2.ServerHttp2Session) => session.close()],
  ["without a word", (session: http2.ServerHttp2Session) => session.destroy()],
])(
  "no GET is lost on HTTP/2 sessions that pods close %s when they are idle",
  async (_how, close) => {
    const server = http2.createServer();
    let sessions = 0;
    server.on("sessionError", () => {});
    server.on("session", (session) => {
      sessions++;
      session.on("error", () => {});
    });
    server.on("stream", (stream) => {
      stream.on("error", () => {});
      stream.respond({ ":status": 200 });
      stream.end("ok");
      const session = stream.session as http2.ServerHttp2Session;
      stream.on("close", () => setTimeout(() => close(session), 15));
    });
    const spec = { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] };
    cluster.serve("web", [await cluster.pod(server)], { spec });
    const statuses = [];
    for (let i = 0; i < 60; i++) {
      statuses.push((await ask("GET")).status);
      await new Promise((resolve) => setTimeout(resolve, 5 + (i % 20)));
    }
    expect(statuses).toEqual(Array(60).fill(200));
    expect(sessions).toBeGreaterThan(5);
  },
);
