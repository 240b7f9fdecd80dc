import { once } from "node:events";
import http from "node:http";
import http2, { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GatewayOptions } from "../../src/proxy/gateway.ts";
import { echoed, putWhenAsked } from "./bodies.ts";
import { raw, request, TestCluster, type TestGateway, type TestPod } from "./cluster.ts";
import { dataFrame, END_STREAM, framesServer, headersFrame } from "./frames.ts";

/** Bytes. */
const BLOCK = 256 * 1024;

const H2C = { spec: { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] } };

describe("HTTP/1.1 to pods that speak HTTP/2", () => {
  let cluster: TestCluster;
  let gateway: TestGateway;

  beforeEach(() => {
    cluster = new TestCluster();
  });

  async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
    gateway = await cluster.gateway(options);
  }

  afterEach(() => cluster[Symbol.asyncDispose]());

  type Answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

  async function pod(answer: Answer): Promise<TestPod> {
    const server = http2.createServer();
    server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      answer(stream, headers);
    });
    return cluster.pod(server);
  }

  async function serve(answer: Answer, options: Partial<GatewayOptions> = {}): Promise<void> {
    cluster.serve("web", [await pod(answer)], H2C);
    await start(options);
  }

  const ask = (options: http.RequestOptions & { body?: string | Buffer } = {}) =>
    request({
      port: gateway.port,
      ...options,
      headers: { host: "web.shop", ...(options.headers as Record<string, string>) },
    });

  test("pass on method, path, headers and who asked, and the answer's", async () => {
    await serve((stream, headers) => {
      stream.respond({ ":status": 201, "x-own": "a", "set-cookie": ["a=1", "b=2"] });
      stream.end(JSON.stringify(headers));
    });
    const answer = await ask({
      method: "DELETE",
      path: "/x?y",
      headers: {
        "X-Own": "z",
        cookie: "a=1; b=2",
        connection: "X-Hop, close",
        "X-Hop": "1",
        te: "trailers",
      },
    });
    expect(answer).toMatchObject({
      status: 201,
      headers: { "x-own": "a", "set-cookie": ["a=1", "b=2"], connection: "close" },
    });
    const seen = JSON.parse(answer.body);
    expect(seen).toMatchObject({
      ":method": "DELETE",
      ":path": "/x?y",
      ":authority": "web.shop",
      ":scheme": "http",
      "x-own": "z",
      cookie: "a=1; b=2",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "web.shop",
      "x-forwarded-proto": "http",
    });
    for (const name of ["connection", "x-hop", "host", "transfer-encoding"]) {
      expect(seen).not.toHaveProperty(name);
    }
  });

  test("many requests share a connection to each pod, and each has a pod of its own", async () => {
    let connections = 0;
    const pods = [];
    for (const name of ["a", "b"]) {
      const one = await pod((stream) => {
        stream.respond({ ":status": 200 });
        stream.end(name);
      });
      one.server.on("connection", () => connections++);
      pods.push(one);
    }
    cluster.serve("web", pods, H2C);
    await start();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const seen = new Set<string>();
    for (let i = 0; i < 30; i++) seen.add((await ask({ agent })).body);
    agent.destroy();
    expect(seen).toEqual(new Set(["a", "b"]));
    expect(connections).toBe(2);
    expect(gateway.events[0]).toMatchObject({ protocol: "HTTP/1.1", status: 200, attempts: 1 });
    expect(gateway.events[0]?.why).toBe("random of 2 ready endpoints");
  });

  test.each([
    ["by length", true],
    ["in chunks", false],
  ])("stream bodies of 16 MB both ways %s", async (_name, sized) => {
    await serve((stream, headers) => {
      const length = headers["content-length"];
      stream.respond({ ":status": 200, ...(length && { "content-length": length }) });
      stream.pipe(stream);
    });
    const { sent, received, headers } = await echoed(gateway.port, BLOCK, sized);
    expect(headers["content-length"]).toBe(sized ? String(64 * BLOCK) : undefined);
    expect(received).toBe(sent);
  });

  test("nothing is held back: one message each way at a time", async () => {
    await serve((stream) => {
      stream.respond({ ":status": 200 });
      stream.on("data", (chunk) => stream.write(chunk));
      stream.on("end", () => stream.end());
    });
    const req = http.request({
      host: "127.0.0.1",
      port: gateway.port,
      method: "POST",
      agent: false,
      headers: { host: "web.shop" },
    });
    req.write("zero");
    const [res] = (await once(req, "response")) as [http.IncomingMessage];
    expect(String((await once(res, "data"))[0])).toBe("zero");
    for (const text of ["one", "two", "three"]) {
      req.write(text);
      expect(String((await once(res, "data"))[0])).toBe(text);
    }
    req.end();
    res.resume();
    await once(res, "end");
  });

  test("trailers go both ways", async () => {
    let got: IncomingHttpHeaders = {};
    await serve((stream) => {
      stream.on("trailers", (trailers) => {
        got = trailers;
      });
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "42", "grpc-status": "0" }));
      stream.resume();
      stream.on("end", () => stream.end("body"));
    });
    const answer = await raw(
      gateway.port,
      "POST / HTTP/1.1\r\nHost: web.shop\r\nTE: trailers\r\nConnection: close, TE\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sent\r\n\r\n3\r\nabc\r\n0\r\nX-Sent: 7\r\n\r\n",
    );
    expect(answer).toMatch(/\r\n4\r\nbody\r\n0\r\nx-sum: 42\r\ngrpc-status: 0\r\n\r\n$/i);
    expect(got).toMatchObject({ "x-sent": "7" });
  });

  test.each([
    ["HEAD with a length", "HEAD", { ":status": 200, "content-length": "1234" }, "", 200],
    ["204", "GET", { ":status": 204 }, "", 204],
    ["304 with a length", "GET", { ":status": 304, "content-length": "99", etag: "x" }, "", 304],
    ["an empty answer", "GET", { ":status": 200 }, "", 200],
    ["an answer with a length", "GET", { ":status": 404, "content-length": "2" }, "no", 404],
  ])("%s ends where it should", async (_name, method, headers, body, status) => {
    await serve((stream) => {
      stream.respond(headers, { endStream: body === "" });
      if (body !== "") stream.end(body);
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 3; i++) {
      const answer = await ask({ method, agent });
      expect(answer).toMatchObject({ status, body });
    }
    agent.destroy();
  });

  test("an HTTP/1.0 client gets no chunks", async () => {
    await serve((stream) => {
      stream.respond({ ":status": 200 });
      stream.write("one ");
      setImmediate(() => stream.end("two"));
    });
    const answer = await raw(gateway.port, "GET / HTTP/1.0\r\nHost: web.shop\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.[01] 200 OK/);
    expect(answer).not.toMatch(/transfer-encoding/i);
    expect(answer).toMatch(/\r\n\r\none two$/);
  });

  test("interim answers come through", async () => {
    await serve((stream) => {
      stream.additionalHeaders({ ":status": 103, link: "</a>" });
      stream.respond({ ":status": 200, "content-length": "2" });
      stream.end("ok");
    });
    const answer = await raw(
      gateway.port,
      "GET / HTTP/1.1\r\nHost: web.shop\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a>\r\n\r\nHTTP/);
    expect(answer).toMatch(/HTTP\/1\.1 200 OK\r\n[\s\S]*ok$/);
  });

  test("a client waits for 100 Continue", async () => {
    const server = http2.createServer((req, res) => {
      req.resume();
      req.on("end", () => res.end("done"));
    });
    cluster.serve("web", [await cluster.pod(server)], H2C);
    await start();
    expect(await putWhenAsked(gateway.port)).toBe(200);
  });

  test("of headers that HTTP/2 has once, in head and trailers, one is kept", async () => {
    let sent: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    await serve((stream, headers) => {
      sent = headers;
      stream.on("trailers", (got) => {
        trailers = got;
      });
      stream.resume();
      stream.on("end", () => {
        stream.respond({ ":status": 200 });
        stream.end("ok");
      });
    });
    const twice =
      "ETag: a\r\nETag: b\r\nAge: 1\r\nAge: 2\r\nUser-Agent: c\r\nUser-Agent: d\r\nHTTP2-Settings: x\r\n";
    const answer = await raw(
      gateway.port,
      `POST / HTTP/1.1\r\nHost: web.shop\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${twice}\r\n2\r\nok\r\n0\r\n${twice}\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    for (const got of [sent, trailers]) {
      expect(got).toMatchObject({ etag: "a", age: "1", "user-agent": "c" });
      expect(got).not.toHaveProperty("http2-settings");
    }
  });

  test.each([
    ["099", END_STREAM],
    ["999", 0],
  ])("the status %s becomes a 502", async (status, flags) => {
    const server = framesServer((id) => [
      headersFrame(id, { ":status": status }, flags),
      ...(flags === 0 ? [dataFrame(id, "ok", END_STREAM)] : []),
    ]);
    cluster.serve("web", [await cluster.pod(server)], H2C);
    await start();
    const answer = await ask();
    expect(answer.status).toBe(502);
    expect(answer.body).toContain(`status ${Number(status)}`);
  });

  test("a flood of interim answers becomes a 502", async () => {
    const server = framesServer((id) => [
      ...Array(1_000).fill(headersFrame(id, { ":status": "103" })),
      headersFrame(id, { ":status": "200" }, END_STREAM),
    ]);
    cluster.serve("web", [await cluster.pod(server)], H2C);
    await start();
    expect((await ask()).status).toBe(502);
  });

  test("pipelined requests are answered in order, each to its end", async () => {
    await serve((stream, headers) => {
      stream.respond({ ":status": 200 });
      setTimeout(() => stream.end(String(headers[":path"])), headers[":path"] === "/1" ? 20 : 0);
    });
    const one = (n: number, more = "") => `GET /${n} HTTP/1.1\r\nHost: web.shop\r\n${more}\r\n`;
    const answer = await raw(gateway.port, one(1) + one(2) + one(3, "Connection: close\r\n"));
    expect(answer.match(/\r\n\/\d\r\n/g)).toEqual(["\r\n/1\r\n", "\r\n/2\r\n", "\r\n/3\r\n"]);
  });

  test("a pod learns that the client went away", async () => {
    const reset = new Promise<number>((resolve) => {
      void serve((stream) => {
        stream.respond({ ":status": 200 });
        stream.write("x");
        stream.on("close", () => resolve(stream.rstCode));
      }).then(() => {
        const req = http.get(
          { host: "127.0.0.1", port: gateway.port, agent: false, headers: { host: "web.shop" } },
          (res) => res.once("data", () => req.destroy()),
        );
        req.on("error", () => {});
      });
    });
    expect(await reset).toBe(constants.NGHTTP2_CANCEL);
    await expect.poll(() => gateway.events.map((event) => event.aborted)).toEqual(["client"]);
  });

  test.each([
    ["reset the stream", (stream: ServerHttp2Stream) => stream.destroy(new Error("broken"))],
    ["died", () => void cluster.pods[0]?.kill()],
  ])("a client learns that a pod %s", async (_name, breakOff) => {
    await serve((stream) => {
      stream.respond({ ":status": 200 });
      stream.write("half", () => setImmediate(() => breakOff(stream)));
    });
    await expect(ask()).rejects.toThrow();
    await expect.poll(() => gateway.events.map((event) => event.aborted)).toEqual(["endpoint"]);
  });

  test("a reset before the answer becomes a 502", async () => {
    await serve((stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    const answer = await ask();
    expect(answer.status).toBe(502);
    expect(answer.body).toMatch(/^502 pod-1 \(10\.244\.0\.1:8080\) failed before it answered/);
  });

  test("a pod that doesn't speak HTTP/2 becomes a 502", async () => {
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    });
    cluster.serve("web", [await cluster.pod(server)], H2C);
    await start();
    expect((await ask()).status).toBe(502);
  });

  test("a pod that doesn't answer in time is given up", async () => {
    await serve(() => {}, { limits: { responseTime: 100 } });
    expect((await ask()).status).toBe(504);
  });

  test("one that refuses connections is passed over, and none is a 503", async () => {
    const pods = [];
    for (const name of ["dead", "alive"]) {
      pods.push(
        await pod((stream) => {
          stream.respond({ ":status": 200 });
          stream.end(name);
        }),
      );
    }
    cluster.serve("web", pods, H2C);
    await pods[0]?.kill();
    await start();
    for (let i = 0; i < 10; i++) {
      const answer = await ask({ method: "POST", body: "x" });
      expect(answer.body).toBe("alive");
    }
    cluster.serve("web", [], H2C);
    expect((await ask()).status).toBe(503);
  });

  test("an upgrade is refused unless it is to a WebSocket, which HTTP/2 knows", async () => {
    await serve((stream) => stream.respond({ ":status": 200 }, { endStream: true }));
    const answer = await raw(
      gateway.port,
      "GET / HTTP/1.1\r\nHost: web.shop\r\nConnection: Upgrade, close\r\nUpgrade: chat\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 501 [\s\S]*its pods speak HTTP\/2/);
  });
});

describe("HTTP/1.1 and pods that refuse streams", () => {
  test("sends again what a pod says it did nothing of, whatever the method, once", async () => {
    await using cluster = new TestCluster();
    const bodies: string[] = [];
    const server = http2.createServer();
    server.on("stream", (stream) => {
      let body = "";
      stream.on("error", () => {});
      stream.on("data", (chunk) => {
        body += chunk;
      });
      stream.on("end", () => {
        bodies.push(body);
        if (bodies.length === 1) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
        stream.respond({ ":status": 200 });
        stream.end("second");
      });
    });
    cluster.serve("web", [await cluster.pod(server)], H2C);
    const gateway = await cluster.gateway();
    const answer = await request({
      port: gateway.port,
      method: "POST",
      headers: { host: "web.shop" },
      body: "hello",
    });
    expect(answer.body).toBe("second");
    expect(bodies).toEqual(["hello", "hello"]);
  });
});
