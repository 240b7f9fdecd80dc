import http from "node:http";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GatewayOptions } from "../../src/proxy/gateway.ts";
import { echoed } from "./bodies.ts";
import { raw, request, TestCluster, type TestGateway } from "./cluster.ts";
import { breakOff, upgrade, upgrading } from "./upgraded.ts";

describe("HTTP/1.1 through the gateway", () => {
  let cluster: TestCluster;
  let gateway: TestGateway;

  beforeEach(async () => {
    cluster = new TestCluster();
    await start({});
  });

  async function start(options: Partial<GatewayOptions>): Promise<void> {
    gateway = await cluster.gateway(options);
  }

  afterEach(() => cluster[Symbol.asyncDispose]());

  /** A pod that answers with given bytes to every request head it reads. */
  async function rawPod(answer: string | ((head: string, socket: net.Socket) => void)) {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      let pending = "";
      socket.setEncoding("latin1");
      socket.on("end", () => socket.end());
      socket.on("data", (text: string) => {
        pending += text;
        const end = pending.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = pending.slice(0, end + 4);
        pending = pending.slice(end + 4);
        if (typeof answer === "string") socket.end(answer, "latin1");
        else answer(head, socket);
      });
    });
    cluster.serve("web", [await cluster.pod(server)]);
  }

  const get = (more = "", version = "1.1", method = "GET") =>
    raw(
      gateway.port,
      `${method} / HTTP/${version}\r\nHost: web.shop\r\nConnection: close\r\n${more}\r\n`,
    );

  test("HEAD has the length of a body and none", async () => {
    cluster.serve("web", [
      await cluster.httpPod((_req, res) => {
        res.setHeader("Content-Length", 1234);
        res.end();
      }),
    ]);
    const answer = await get("", "1.1", "HEAD");
    expect(answer).toMatch(/content-length: 1234\r\n/i);
    expect(answer).toMatch(/\r\n\r\n$/);
  });

  test.each([
    ["304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: x\r\n\r\n"],
    ["204", "HTTP/1.1 204 No Content\r\n\r\n"],
  ])("%s ends with its head", async (_name, bytes) => {
    await rawPod(bytes);
    const answer = await get();
    expect(answer.slice(0, 12)).toBe(bytes.slice(0, 12));
    expect(answer).toMatch(/\r\n\r\n$/);
    await expect.poll(() => gateway.events.length).toBe(1);
    expect(gateway.events[0]).not.toHaveProperty("aborted");
  });

  test("an answer that ends with its connection is whole", async () => {
    await rawPod("HTTP/1.1 200 OK\r\nX: y\r\n\r\nuntil the end");
    expect(await get()).toMatch(/until the end|d\r\nuntil the end\r\n0\r\n\r\n$/);
  });

  test("an answer of an HTTP/1.0 server is passed on", async () => {
    await rawPod("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold");
    expect(await get()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*old$/);
  });

  test("an HTTP/1.0 client gets no chunks", async () => {
    cluster.serve("web", [
      await cluster.httpPod((_req, res) => {
        res.write("one ");
        setImmediate(() => res.end("two"));
      }),
    ]);
    const answer = await get("", "1.0");
    expect(answer).toMatch(/^HTTP\/1\.[01] 200 OK/);
    expect(answer).not.toMatch(/transfer-encoding/i);
    expect(answer).toMatch(/\r\n\r\none two$/);
  });

  test("chunked trailers arrive", async () => {
    cluster.serve("web", [
      await cluster.httpPod((_req, res) => {
        res.setHeader("Trailer", "X-Sum");
        res.write("body");
        res.addTrailers({ "X-Sum": "42" });
        res.end();
      }),
    ]);
    const answer = await request({ port: gateway.port, headers: { host: "web.shop" } });
    expect(answer.body).toBe("body");
    expect(answer.trailers).toEqual({ "x-sum": "42" });
  });

  test("a client waits for 100 Continue, and gets the answer instead where the pod says no", async () => {
    const server = http.createServer((req, res) => {
      let size = 0;
      req.on("data", (chunk) => {
        size += chunk.length;
      });
      req.on("end", () => res.end(String(size)));
    });
    server.on("checkContinue", (req, res) => {
      if (req.url === "/no") {
        res.writeHead(413, { Connection: "close" }).end();
      } else {
        res.writeContinue();
        server.emit("request", req, res);
      }
    });
    cluster.serve("web", [await cluster.pod(server)]);
    const ask = (path: string) =>
      new Promise<string>((resolve, reject) => {
        const req = http.request({
          port: gateway.port,
          host: "127.0.0.1",
          path,
          method: "PUT",
          agent: false,
          headers: { host: "web.shop", expect: "100-continue", "content-length": 5 },
        });
        let continued = false;
        req.on("continue", () => {
          continued = true;
          req.end("hello");
        });
        req.on("response", (res) => {
          res.resume();
          res.on("close", () => resolve(`${res.statusCode} ${continued}`));
          if (!continued) req.destroy();
        });
        req.on("error", (error) => {
          if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") reject(error);
        });
        req.flushHeaders();
      });
    expect(await ask("/yes")).toBe("200 true");
    expect(await ask("/no")).toBe("413 false");
  });

  test("interim answers come through", async () => {
    await rawPod(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    const interim = /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\n(?=HTTP)/;
    const answer = await get();
    expect(answer.replace(interim, "")).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*ok$/);
    expect(answer).toMatch(interim);
  });

  test.each([
    ["a 204", "", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nX: y\r\n\r\n"],
    ["a chunked 204", "", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n"],
    [
      "an interim answer",
      "",
      "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No\r\nX: y\r\n\r\n",
    ],
    [
      "a switch",
      "Connection: Upgrade\r\nUpgrade: websocket\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 5\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX: y\r\n\r\n",
    ],
  ])("%s comes without the framing of a body", async (_name, more, bytes) => {
    await rawPod(bytes);
    const answer = await raw(
      gateway.port,
      `GET / HTTP/1.1\r\nHost: web.shop\r\n${more || "Connection: close\r\n"}\r\n`,
    );
    expect(answer).toMatch(/\r\nX: y\r\n/i);
    expect(answer).not.toMatch(/content-length|transfer-encoding/i);
  });

  test("OPTIONS * stays what it is", async () => {
    cluster.serve("web", [await cluster.httpPod((req, res) => res.end(req.url))]);
    expect(
      await raw(gateway.port, "OPTIONS * HTTP/1.1\r\nHost: web.shop\r\nConnection: close\r\n\r\n"),
    ).toMatch(/\r\n\r\n(?:1\r\n)?\*(?:\r\n0\r\n\r\n)?$/);
  });

  test("only the word close ends a connection", async () => {
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("ok"))]);
    const answer = await raw(
      gateway.port,
      "GET / HTTP/1.1\r\nHost: web.shop\r\nConnection: closely\r\n\r\nGET / HTTP/1.1\r\nHost: web.shop\r\nConnection: x, Close\r\n\r\n",
    );
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  test.each([
    ["loopback", "6.6.6.6, 203.0.113.9, 127.0.0.1", "for=6.6.6.6"],
    ["never", "127.0.0.1", undefined],
  ] as const)(
    "what is said of where a request came from is believed: %s",
    async (trustForwarded, list, forwarded) => {
      await start({ trustForwarded });
      let seen: http.IncomingHttpHeaders = {};
      cluster.serve("web", [
        await cluster.httpPod((req, res) => {
          seen = req.headers;
          res.end("ok");
        }),
      ]);
      await get(
        "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.9\r\nForwarded: for=6.6.6.6\r\n",
      );
      expect(seen["x-forwarded-for"]).toBe(list);
      expect(seen["forwarded"]).toBe(forwarded);
    },
  );

  test("a pod learns that nobody waits for its switch of protocols any more", async () => {
    let podClosed: Promise<unknown> | undefined;
    await rawPod((_head, socket) => {
      podClosed = new Promise((resolve) => socket.on("end", resolve).on("error", resolve));
    });
    const client = net.connect({ host: "127.0.0.1", port: gateway.port });
    client.on("error", () => {});
    client.write(
      "GET / HTTP/1.1\r\nHost: web.shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    await expect.poll(() => podClosed !== undefined).toBe(true);
    client.destroy();
    await podClosed;
    await expect.poll(() => gateway.events.length).toBe(1);
  });

  test("server-sent events arrive one by one", async () => {
    let send: (text: string) => void = () => {};
    cluster.serve("web", [
      await cluster.httpPod((_req, res) => {
        res.writeHead(200, { "Content-Type": "text/event-stream" });
        res.flushHeaders();
        send = (text) => res.write(`data: ${text}\n\n`);
      }),
    ]);
    const res = await new Promise<http.IncomingMessage>((resolve) => {
      http.get(
        { port: gateway.port, host: "127.0.0.1", agent: false, headers: { host: "web.shop" } },
        resolve,
      );
    });
    for (const text of ["one", "two", "three"]) {
      const event = new Promise((resolve) => res.once("data", (chunk) => resolve(String(chunk))));
      send(text);
      expect(await event).toBe(`data: ${text}\n\n`);
    }
    res.destroy();
  });

  test("a pod learns that the client went away", async () => {
    let gone: Promise<void> | undefined;
    cluster.serve("web", [
      await cluster.httpPod((_req, res) => {
        res.write("x");
        gone = new Promise((resolve) => res.on("close", resolve));
      }),
    ]);
    await new Promise<void>((resolve) => {
      const req = http.get(
        { port: gateway.port, host: "127.0.0.1", agent: false, headers: { host: "web.shop" } },
        (res) =>
          res.once("data", () => {
            req.destroy();
            resolve();
          }),
      );
      req.on("error", () => {});
    });
    await gone;
    await expect.poll(() => gateway.events.map((event) => event.aborted)).toEqual(["client"]);
  });

  test("a client learns that a pod broke off", async () => {
    await rawPod((_head, socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      setImmediate(() => socket.destroy());
    });
    const error = await request({ port: gateway.port, headers: { host: "web.shop" } }).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    await expect.poll(() => gateway.events.map((event) => event.aborted)).toEqual(["endpoint"]);
  });

  test.each([
    ["no HTTP at all", "garbage\r\n\r\n"],
    ["a length with U+00A0", "HTTP/1.1 200 OK\r\nContent-Length: 1\xa0\r\n\r\na"],
    ["chunked with U+00A0", "HTTP/1.1 200 OK\r\nTransfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a bare CR in a header", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n"],
    ["a switch nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"],
    ["of status 099", "HTTP/1.1 099 x\r\nContent-Length: 2\r\n\r\nok"],
    ["of status 000", "HTTP/1.1 000 x\r\nContent-Length: 2\r\n\r\nok"],
    ["of a reason with a control character", "HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n"],
    [
      "compressed on the way",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    ],
    ["nothing", ""],
  ])("an answer that is %s becomes a 502", async (_name, bytes) => {
    await rawPod(bytes);
    const answer = await request({ port: gateway.port, headers: { host: "web.shop" } });
    expect(answer.status).toBe(502);
    expect(answer.body).toMatch(
      /^502 (?:pod-1 \(10\.244\.0\.1:8080\) failed before it answered|the pod('s| switches| uses))/,
    );
  });

  test("bytes a pod sends unasked never become someone's answer", async () => {
    await rawPod((_head, socket) => {
      socket.write(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
      );
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 5; i++) {
      const answer = await request({ port: gateway.port, agent, headers: { host: "web.shop" } });
      expect(answer.body).toBe("ok");
    }
    agent.destroy();
  });

  test("bodies of 64 MB go both ways, unchanged and by length or in chunks", async () => {
    cluster.serve("web", [
      await cluster.httpPod((req, res) => {
        if (req.headers["content-length"] !== undefined) {
          res.setHeader("Content-Length", req.headers["content-length"]);
        }
        req.pipe(res);
      }),
    ]);
    for (const sized of [true, false]) {
      const { sent, received } = await echoed(gateway.port, 1024 * 1024, sized);
      expect(received).toBe(sent);
    }
  });

  test("WebSocket-like traffic: 10,000 messages each way, and an abrupt end on either side", async () => {
    const { server, sockets } = upgrading((_req, socket) => {
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      );
      socket.on("data", (chunk) => socket.write(chunk));
    });
    cluster.serve("web", [await cluster.pod(server)]);
    const client = await upgrade(gateway.port);
    let received = 0;
    const all = new Promise<void>((resolve) => {
      client.on("data", (chunk) => {
        received += chunk.length;
        if (received === 10_000 * 8) resolve();
      });
    });
    for (let i = 0; i < 10_000; i++) client.write(String(i).padStart(8));
    await all;
    await breakOff(gateway.port, client, sockets);
    await expect
      .poll(() => gateway.events.map((event) => event.kind))
      .toEqual(["upgrade", "upgrade"]);
  });

  test("an upgrade the pod declines is an ordinary answer", async () => {
    await rawPod("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    const answer = await get("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nno$/);
  });

  test("a head that comes too slowly is cut off", async () => {
    await start({ limits: { headTime: 500 } });
    const answer = await raw(gateway.port, "GET / HTTP/1.1\r\nHost: ");
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("a pod that doesn't answer in time is given up", async () => {
    await start({ limits: { responseTime: 100 } });
    cluster.serve("web", [await cluster.httpPod(() => {})]);
    const answer = await request({ port: gateway.port, headers: { host: "web.shop" } });
    expect(answer.status).toBe(504);
  });

  test("an idle connection is closed", async () => {
    await start({ limits: { idleTime: 500 } });
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("ok"))]);
    const answer = await raw(gateway.port, "GET / HTTP/1.1\r\nHost: web.shop\r\n\r\n");
    expect(answer).toMatch(/ok$/);
  });

  test("a flood of 64 MB of headers is answered early and costs little memory", async () => {
    const before = process.memoryUsage().rss;
    const socket = net.connect({ host: "127.0.0.1", port: gateway.port });
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => {});
    const line = Buffer.from(`X: ${"a".repeat(16_380)}\r\n`);
    socket.write("GET / HTTP/1.1\r\nHost: web.shop\r\n");
    for (let i = 0; i < 4096 && !socket.destroyed; i++) {
      if (!socket.write(line)) {
        await Promise.race([
          new Promise((resolve) => socket.once("drain", resolve)),
          new Promise((resolve) => socket.once("close", resolve)),
        ]);
      }
    }
    await new Promise((resolve) => {
      socket.once("close", resolve);
      if (socket.destroyed) resolve(undefined);
      socket.end();
    });
    expect(answer).toMatch(/^HTTP\/1\.1 431 |^$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1024 * 1024);
  });

  test("events say which pod answered and why", async () => {
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("hello"))]);
    await request({ port: gateway.port, path: "/x?y", headers: { host: "web.shop" } });
    await request({ port: gateway.port, headers: { host: "nobody.shop" } });
    await expect.poll(() => gateway.events.length).toBe(2);
    expect(gateway.events[0]).toMatchObject({
      kind: "request",
      protocol: "HTTP/1.1",
      client: "127.0.0.1",
      method: "GET",
      host: "web.shop",
      path: "/x?y",
      service: { namespace: "shop", service: "web" },
      endpoint: "10.244.0.1:8080",
      pod: "pod-1",
      why: "random of 1 ready endpoint",
      status: 200,
      attempts: 1,
    });
    expect(gateway.events[1]).toMatchObject({ status: 404, refusal: { code: "no-service" } });
  });
});
