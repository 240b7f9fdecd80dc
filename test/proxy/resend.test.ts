import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BrokenOff, mayResend } from "../../src/proxy/exchange/resend.ts";
import type { GatewayOptions } from "../../src/proxy/gateway.ts";
import { request, TestCluster, type TestGateway, type TestPod } from "./cluster.ts";

const GET: BrokenOff = {
  method: "GET",
  untouched: false,
  reused: true,
  answered: false,
  replayable: true,
  resent: 0,
  strict: false,
};

describe("a request whose connection broke (P.10)", () => {
  test.each([
    ["on a kept connection", {}, true],
    ["on a new connection", { reused: false }, false],
    ["after a byte of the answer", { answered: true }, false],
    ["with a body too long to keep", { replayable: false }, false],
    ["for the second time", { resent: 1 }, false],
    ["in strict mode", { strict: true }, false],
    ["that the endpoint did nothing of", { untouched: true, reused: false, method: "POST" }, true],
    ["that endpoints did nothing of for the fifth time", { untouched: true, resent: 4 }, true],
    ["that endpoints did nothing of for the sixth time", { untouched: true, resent: 5 }, false],
    ["that the endpoint did nothing of, in strict mode", { untouched: true, strict: true }, false],
    [
      "that the endpoint did nothing of, with too long a body",
      { untouched: true, replayable: false },
      false,
    ],
    [
      "that the endpoint did nothing of, after an interim answer",
      { untouched: true, answered: true },
      false,
    ],
    ...["HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].map(
      (method) => [`as ${method}`, { method }, true] as const,
    ),
    ...["POST", "PATCH", "get", "FOO", "__proto__"].map(
      (method) => [`as ${method}`, { method }, false] as const,
    ),
  ] as const)("%s", (_name, more, expected) => {
    expect(mayResend({ ...GET, ...more })).toBe(expected);
  });
});

describe("the gateway", () => {
  let cluster: TestCluster;
  let gateway: TestGateway;

  beforeEach(() => {
    cluster = new TestCluster();
  });

  async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
    gateway = await cluster.gateway(options);
  }

  afterEach(() => cluster[Symbol.asyncDispose]());

  /** Answers the first request of each connection, and resets the connection at the second. */
  async function fickle(seen: string[]): Promise<TestPod> {
    const server = net.createServer((socket) => {
      let requests = 0;
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        const end = text.indexOf("\r\n\r\n");
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
        if (end < 0 || text.length < end + 4 + length) return;
        seen.push(`${text.slice(0, text.indexOf(" "))} ${text.length - end - 4}`);
        text = "";
        if (++requests === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        else socket.resetAndDestroy();
      });
    });
    return cluster.pod(server);
  }

  /** With a body where the method takes one. */
  async function ask(method: string, bytes = 0) {
    const answer = await request({
      port: gateway.port,
      method,
      headers: { host: "web.shop" },
      ...(bytes > 0 ? { body: "x".repeat(bytes) } : {}),
    });
    return answer.status;
  }

  test.each([
    ["GET", 0, 200],
    ["DELETE", 0, 200],
    ["POST", 0, 502],
    ["POST", 100, 502],
    ["PUT", 1_000, 200],
    ["PUT", 65_000, 200],
    ["PUT", 70_000, 502],
  ] as const)(
    "sends %s with %i bytes again after a kept connection died: %i",
    async (method, bytes, expected) => {
      const seen: string[] = [];
      cluster.serve("web", [await fickle(seen)]);
      await start();
      expect(await ask("GET")).toBe(200);
      expect(await ask(method, bytes)).toBe(expected);
      const sent = seen.filter((line) => line === `${method} ${bytes}`).length;
      expect(sent).toBe((method === "GET" && bytes === 0 ? 1 : 0) + (expected === 200 ? 2 : 1));
    },
  );

  test("sends nothing again in strict mode", async () => {
    const seen: string[] = [];
    cluster.serve("web", [await fickle(seen)]);
    await start({ strict: true });
    expect(await ask("GET")).toBe(200);
    expect(await ask("GET")).toBe(502);
    expect(seen).toHaveLength(2);
  });

  test("sends nothing again that broke on a new connection", async () => {
    let connections = 0;
    const server = net.createServer((socket) => {
      connections++;
      socket.once("data", () => socket.resetAndDestroy());
    });
    cluster.serve("web", [await cluster.pod(server)]);
    await start();
    expect(await ask("GET")).toBe(502);
    expect(connections).toBe(1);
  });

  test("tries every endpoint for a request that was not sent, of any method", async () => {
    const dead = [];
    for (let i = 0; i < 11; i++) dead.push(await cluster.httpPod((_req, res) => res.end("dead")));
    const alive = await cluster.httpPod((req, res) => req.resume().on("end", () => res.end("ok")));
    cluster.serve("web", [...dead, alive]);
    await Promise.all(dead.map((pod) => pod.kill()));
    await start();
    // Some of the eleven are ejected on the way, and they too are better than none.
    for (let i = 0; i < 30; i++) expect(await ask("POST", 10)).toBe(200);
    expect(Math.max(...gateway.events.map((event) => event.attempts))).toBeGreaterThan(5);
    await alive.kill();
    expect(await ask("POST", 10)).toBe(502);
    expect(gateway.events.at(-1)).toMatchObject({
      attempts: 12,
      refusal: { code: "connect-failed" },
    });
  });

  test("takes the first choice and what comes of it in strict mode", async () => {
    const pods = [
      await cluster.httpPod((_req, res) => res.end("dead")),
      await cluster.httpPod((_req, res) => res.end("ok")),
    ];
    cluster.serve("web", pods);
    await pods[0]?.kill();
    await start({ strict: true });
    const statuses = new Set<number>();
    for (let i = 0; i < 40; i++) statuses.add(await ask("GET"));
    expect(statuses).toEqual(new Set([200, 502]));
    expect(new Set(gateway.events.map((event) => event.attempts))).toEqual(new Set([1]));
  });
});
