import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type net from "node:net";
import { Agent, WebSocket } from "undici";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRelays, type Relays } from "../../src/proxy/relays/relays.ts";
import { freePort } from "../support/free-port.ts";
import { putWhenAsked } from "./bodies.ts";
import { raw, request, TestCluster } from "./cluster.ts";
import { breakOff, upgrade, upgrading } from "./upgraded.ts";

/** Megabytes that go each way; 1024 by `BODY_MB=1024`, the figures are printed then. */
const BODY_MB = Number(process.env["BODY_MB"] ?? 256);
const MB = 1024 * 1024;

/** A WebSocket server's end of RFC 6455: answers each message with itself, and pings with pongs. */
function echoWebSocket(req: http.IncomingMessage, socket: net.Socket): void {
  const key = `${req.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let input = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    input = Buffer.concat([input, chunk]);
    while (input.length >= 6) {
      const short = (input[1] ?? 0) & 0x7f;
      const at = short === 126 ? 4 : 2;
      if (input.length < at + 4) return;
      const length = short === 126 ? input.readUInt16BE(2) : short;
      if (input.length < at + 4 + length) return;
      const mask = input.subarray(at, at + 4);
      const payload = Buffer.from(input.subarray(at + 4, at + 4 + length));
      for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
      const head = Buffer.alloc(at);
      head[0] = input[0] ?? 0;
      head[1] = short;
      if (short === 126) head.writeUInt16BE(length, 2);
      const closing = ((head[0] ?? 0) & 0x0f) === 8;
      if (closing) socket.end(Buffer.concat([head, payload]));
      else socket.write(Buffer.concat([head, payload]));
      input = input.subarray(at + 4 + length);
    }
  });
}

describe.each(["gateway", "relay"] as const)("end to end through %s", (way) => {
  let cluster: TestCluster;
  let relays: Relays;
  let port: number;

  beforeEach(async () => {
    cluster = new TestCluster();
    const { store, balancer, dialer } = cluster;
    const gateway = await cluster.gateway();
    relays = createRelays({ store, balancer, dialer, localAddress: () => "127.0.0.1" });
    port = way === "relay" ? await freePort() : gateway.port;
  });

  afterEach(async () => {
    await relays.close(0);
    await cluster[Symbol.asyncDispose]();
  });

  async function serve(server: net.Server): Promise<void> {
    const spec = { clusterIP: "10.96.0.7", ports: [{ port: way === "relay" ? port : 80 }] };
    cluster.serve("web", [await cluster.pod(server)], { spec });
    await relays.settled();
  }

  const pod = (listener: http.RequestListener) => serve(http.createServer(listener));
  const ask = (options: http.RequestOptions & { body?: string | Buffer } = {}) =>
    request({ port, headers: { host: "web.shop" }, ...options });
  const get = (version: string, more = "") =>
    raw(port, `GET / HTTP/${version}\r\nHost: web.shop\r\nConnection: close\r\n${more}\r\n`);

  test("WebSocket: 10,000 messages of different lengths, each answered in order", async () => {
    const { server } = upgrading(echoWebSocket);
    await serve(server);
    // The handshake names the Service; where it goes is the agent's business.
    const dispatcher = new Agent({
      connect: {
        lookup: (_host, _options, callback) =>
          callback(null, [{ address: "127.0.0.1", family: 4 }]),
      },
    });
    const socket = new WebSocket(`ws://web.shop.localhost:${port}/`, { dispatcher });
    await once(socket, "open");
    const messages = Array.from({ length: 10_000 }, (_, i) => `${i} `.padEnd((i * 7) % 300, "x"));
    const got: string[] = [];
    const all = new Promise<void>((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        got.push(String(data));
        if (got.length === messages.length) resolve();
      });
    });
    for (const message of messages) socket.send(message);
    await all;
    expect(got).toEqual(messages);
    socket.close();
    await once(socket, "close");
    await dispatcher.destroy();
  });

  test("an abrupt end on either side of an upgraded connection reaches the other", async () => {
    const { server, sockets } = upgrading(echoWebSocket);
    await serve(server);
    await breakOff(port, await upgrade(port), sockets);
  });

  test("server-sent events arrive one by one", async () => {
    let send: (text: string) => void = () => {};
    await pod((_req, res) => {
      res.writeHead(200, { "Content-Type": "text/event-stream" });
      res.flushHeaders();
      send = (text) => res.write(`data: ${text}\n\n`);
    });
    const res = await new Promise<http.IncomingMessage>((resolve) => {
      http.get({ port, host: "127.0.0.1", agent: false, headers: { host: "web.shop" } }, resolve);
    });
    for (const text of ["one", "two", "three"]) {
      const event = once(res, "data");
      send(text);
      expect(String((await event)[0])).toBe(`data: ${text}\n\n`);
    }
    res.destroy();
  });

  test(`${BODY_MB} MB up and down with flat memory`, { timeout: 300_000 }, async () => {
    const block = randomBytes(MB);
    const write = async (to: NodeJS.WritableStream) => {
      for (let i = 0; i < BODY_MB; i++) if (!to.write(block)) await once(to, "drain");
      to.end();
    };
    const read = async (from: AsyncIterable<Buffer>) => {
      let size = 0;
      for await (const chunk of from) size += chunk.length;
      return size;
    };
    await pod((req, res) => {
      if (req.method === "GET") void write(res);
      else void read(req).then((size) => res.end(String(size)));
    });
    const call = async (method: string) => {
      const req = http.request({
        host: "127.0.0.1",
        port,
        method,
        agent: false,
        headers: { host: "web.shop" },
      });
      const response = once(req, "response") as Promise<[http.IncomingMessage]>;
      if (method === "GET") req.end();
      else await write(req);
      return (await response)[0];
    };
    const rss: number[] = [];
    const clock = setInterval(() => rss.push(process.memoryUsage().rss / MB), 20);
    let uploaded = "";
    for await (const chunk of await call("POST")) uploaded += chunk;
    expect(Number(uploaded)).toBe(BODY_MB * MB);
    const downloaded = await read(await call("GET"));
    expect(downloaded).toBe(BODY_MB * MB);
    clearInterval(clock);
    const early = rss.slice(0, Math.ceil(rss.length / 4));
    const grown = Math.max(...rss) - Math.max(...early);
    expect(grown).toBeLessThan(Math.max(64, BODY_MB / 4));
    if (BODY_MB > 256) {
      const sampled = rss.filter((_, i) => i % Math.ceil(rss.length / 10) === 0);
      process.stdout.write(`${way}: rss MB ${sampled.map((mb) => mb.toFixed(0)).join(" ")}\n`);
    }
  });

  test("a client waits for 100 Continue", async () => {
    await pod((req, res) => {
      req.resume();
      req.on("end", () => res.end("done"));
    });
    expect(await putWhenAsked(port)).toBe(200);
  });

  test("HEAD and 304 have the headers of a body and none", async () => {
    await pod((req, res) => {
      res.statusCode = req.method === "HEAD" ? 200 : 304;
      res.setHeader("Content-Length", 1234);
      res.setHeader("ETag", '"x"');
      res.end();
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (const [method, status] of [
      ["HEAD", 200],
      ["GET", 304],
      ["HEAD", 200],
    ] as const) {
      const answer = await ask({ method, agent });
      expect(answer).toMatchObject({ status, body: "", headers: { etag: '"x"' } });
    }
    agent.destroy();
  });

  test("trailers after chunks arrive, in both directions", async () => {
    let sent = {};
    await pod((req, res) => {
      req.resume();
      req.on("end", () => {
        sent = req.trailers;
        res.setHeader("Trailer", "X-Sum");
        res.write("body");
        res.addTrailers({ "X-Sum": "42" });
        res.end();
      });
    });
    const answer = await raw(
      port,
      "POST / HTTP/1.1\r\nHost: web.shop\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sent\r\n\r\n3\r\nabc\r\n0\r\nX-Sent: 7\r\n\r\n",
    );
    expect(answer).toMatch(/\r\n4\r\nbody\r\n0\r\nx-sum: 42\r\n\r\n$/i);
    // httpxy pipes the body, and with it its trailers are gone.
    expect(sent).toEqual({ "x-sent": "7" });
  });

  test("an HTTP/1.0 client gets its answer, and the end of the connection", async () => {
    await pod((_req, res) => {
      res.write("one ");
      setImmediate(() => res.end("two"));
    });
    const answer = await get("1.0");
    expect(answer).toMatch(/^HTTP\/1\.[01] 200 OK/);
    expect(answer).not.toMatch(/transfer-encoding/i);
    expect(answer).toMatch(/\r\n\r\none two$/);
  });
});
