import http from "node:http";
import net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { GatewayOptions } from "../../src/proxy/gateway.ts";
import { raw, request, TestCluster, type TestGateway } from "./cluster.ts";

describe("the gateway", () => {
  let cluster: TestCluster;
  let gateway: TestGateway;

  async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
    cluster = new TestCluster();
    gateway = await cluster.gateway(options);
  }

  afterEach(async () => {
    await gateway.close(100);
    await cluster[Symbol.asyncDispose]();
  });

  async function threePods(): Promise<void> {
    const pods = await Promise.all(
      [1, 2, 3].map((n) => cluster.httpPod((_req, res) => res.end(`web-${n}`))),
    );
    cluster.serve("web", pods);
  }

  test.each([
    "web.shop.svc.cluster.local",
    "WEB.shop.SVC.cluster.local.",
    "web.shop.svc",
    "web.shop",
    "web",
    "web.shop.svc.cluster.local.localhost",
    "web.shop.localhost:8080",
    "web.localhost",
    "web.shop:1234",
  ])("answers for Host %s", async (host) => {
    await start({ defaultNamespace: "shop" });
    await threePods();
    const answer = await request({ port: gateway.port, headers: { host } });
    expect(answer.body).toMatch(/^web-[123]$/);
  });

  test.each([
    ["example.com", 404, "no-service"],
    ["127.0.0.1", 404, "no-service"],
    ["localhost:8080", 404, "no-service"],
    ["web.other", 404, "no-service"],
    ["nobody", 404, "no-service"],
    ["web.shop.svc.example.com", 404, "no-service"],
    ["__proto__", 404, "no-service"],
    ["a b", 400, "bad-request"],
    ["web.shop:99999", 400, "bad-request"],
    ["web.shop/x", 400, "bad-request"],
  ])("refuses Host %j with %i", async (host, status, code) => {
    await start();
    await threePods();
    const answer = await request({
      port: gateway.port,
      headers: { host, accept: "application/json" },
    });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ status, code });
  });

  test("spreads 300 requests over three pods, on one connection and on many", async () => {
    await start();
    await threePods();
    for (const agent of [new http.Agent({ keepAlive: true, maxSockets: 1 }), undefined]) {
      const seen = new Map<string, number>();
      for (let i = 0; i < 300; i++) {
        const { body } = await request({
          port: gateway.port,
          headers: { host: "web.shop" },
          ...(agent === undefined ? {} : { agent }),
        });
        seen.set(body, (seen.get(body) ?? 0) + 1);
      }
      agent?.destroy();
      expect([...seen.keys()].sort()).toEqual(["web-1", "web-2", "web-3"]);
    }
  });

  test("is a forward proxy whose URL names the service port", async () => {
    await start();
    const pod = await cluster.httpPod((req, res) => res.end(`${req.headers.host} ${req.url}`));
    cluster.serve("web", [pod], {
      spec: { ports: [{ name: "metrics", port: 9090 }] },
      port: { name: "metrics", port: 8080 },
    });
    const proxied = (path: string) =>
      request({ port: gateway.port, path, headers: { host: "ignored.example" } });
    const ok = await proxied("http://web.shop.svc.cluster.local:9090/a?b=c");
    expect(ok.body).toBe("web.shop.svc.cluster.local:9090 /a?b=c");
    expect((await proxied("http://web.shop:9090?x")).body).toBe("web.shop:9090 /?x");
    expect(await proxied("http://web.shop/")).toMatchObject({
      status: 404,
      body: expect.stringContaining("has no port 80/TCP; it has metrics 9090/TCP"),
    });
    expect(await proxied("http://example.com/")).toMatchObject({ status: 404 });
    expect(await proxied("http://127.0.0.1:22/")).toMatchObject({ status: 404 });
    expect(await proxied("ftp://web.shop:9090/")).toMatchObject({ status: 400 });
    expect(await proxied("http://u:p@web.shop:9090/")).toMatchObject({ status: 400 });
  });

  test("opens tunnels to service names and ClusterIPs, and to nothing else", async () => {
    await start();
    const pod = await cluster.pod(
      net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)),
    );
    cluster.serve("db", [pod], { spec: { clusterIP: "10.96.0.9", ports: [{ port: 5432 }] } });
    for (const target of ["db.shop:5432", "10.96.0.9:5432"]) {
      const answer = await raw(
        gateway.port,
        `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\nhello`,
        true,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 [^\r]*\r\n\r\nhello$/);
    }
    for (const target of ["127.0.0.1:22", "10.96.0.10:5432", "db.shop:22", "example.com:443"]) {
      const answer = await raw(gateway.port, `CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n`, true);
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    }
    expect(await raw(gateway.port, "CONNECT db HTTP/1.1\r\nHost: x\r\n\r\n", true)).toMatch(
      /^HTTP\/1\.1 400 /,
    );
  });

  test("passes WebSocket upgrades through", async () => {
    await start();
    const server = http.createServer();
    server.on("upgrade", (req, socket, head) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Path: ${req.url}\r\n\r\n`,
      );
      if (head.length > 0) socket.write(head);
      socket.pipe(socket);
    });
    cluster.serve("chat", [await cluster.pod(server)]);
    const client = net.connect({ host: "127.0.0.1", port: gateway.port });
    client.write(
      "GET /room HTTP/1.1\r\nHost: chat.shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nping",
    );
    let answer = "";
    for await (const chunk of client) {
      answer += chunk;
      if (answer.endsWith("ping")) break;
    }
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(answer.toLowerCase()).toContain("x-path: /room");
    expect(answer.endsWith("\r\n\r\nping")).toBe(true);
  });

  test("tells the pod who asked, and removes what concerns one connection only", async () => {
    await start({ trustForwarded: "never" });
    const pod = await cluster.httpPod((req, res) => {
      res.setHeader("Keep-Alive", "timeout=9");
      res.setHeader("X-Private", "secret");
      res.setHeader("Connection", "X-Private");
      res.end(JSON.stringify(req.headers));
    });
    cluster.serve("web", [pod]);
    const answer = await request({
      port: gateway.port,
      headers: {
        host: "web.shop:8080",
        connection: "close, X-Hop",
        "x-hop": "1",
        "x-end": "2",
        te: "trailers",
        "proxy-authorization": "Basic eDp5",
        "x-forwarded-for": "6.6.6.6",
      },
    });
    const seen = JSON.parse(answer.body);
    expect(seen).toMatchObject({
      host: "web.shop:8080",
      "x-end": "2",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "web.shop:8080",
      "x-forwarded-proto": "http",
    });
    expect(seen).not.toHaveProperty("x-hop");
    expect(seen).not.toHaveProperty("te");
    expect(seen).not.toHaveProperty("proxy-authorization");
    expect(answer.headers).not.toHaveProperty("x-private");
    expect(answer.headers["keep-alive"]).not.toBe("timeout=9");
  });

  test("adds to the X-Forwarded-For of a client it trusts", async () => {
    await start({ trustForwarded: "loopback" });
    cluster.serve("web", [
      await cluster.httpPod((req, res) => res.end(String(req.headers["x-forwarded-for"]))),
    ]);
    const answer = await request({
      port: gateway.port,
      headers: { host: "web.shop", "x-forwarded-for": "192.0.2.1" },
    });
    expect(answer.body).toBe("192.0.2.1, 127.0.0.1");
  });

  test("says why a Service has no pod, as text, JSON or HTML", async () => {
    await start();
    cluster.serve("web", []);
    const base = { port: gateway.port, headers: { host: "web.shop" } };
    const plain = await request(base);
    expect(plain.status).toBe(503);
    expect(plain.body).toBe("503 shop/web selects app=web, and no Pod in shop has that\n");
    const html = await request({
      ...base,
      headers: { ...base.headers, accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
    });
    expect(html.headers["content-type"]).toMatch(/^text\/html/);
    expect(html.body).toContain("no Pod in shop has that");
    const json = await request({
      ...base,
      headers: { ...base.headers, accept: "application/json" },
    });
    expect(JSON.parse(json.body)).toMatchObject({ status: 503, code: "no-endpoint" });
  });

  test("goes to another pod when one cannot be connected to", async () => {
    await start();
    const dead = await cluster.httpPod((_req, res) => res.end("dead"));
    const alive = await cluster.httpPod((req, res) => {
      let body = "";
      req.on("data", (chunk) => {
        body += chunk;
      });
      req.on("end", () => res.end(body));
    });
    cluster.serve("web", [dead, alive]);
    await dead.kill();
    for (let i = 0; i < 20; i++) {
      const answer = await request({
        port: gateway.port,
        method: "POST",
        headers: { host: "web.shop" },
        body: "hello",
      });
      expect(answer).toMatchObject({ status: 200, body: "hello" });
    }
    await alive.kill();
    const failed = await request({ port: gateway.port, headers: { host: "web.shop" } });
    expect(failed.status).toBe(502);
    expect(failed.body).toMatch(
      /cannot connect to pod-\d \(10\.244\.0\.\d:8080\): connection refused/,
    );
  });

  test("follows the store at once", async () => {
    await start();
    const [a, b] = await Promise.all(
      ["a", "b"].map((name) => cluster.httpPod((_req, res) => res.end(name))),
    );
    const ask = async () => {
      const { status, body } = await request({ port: gateway.port, headers: { host: "web.shop" } });
      return status === 200 ? body : status;
    };
    cluster.serve("web", [a as never]);
    expect(await ask()).toBe("a");
    cluster.serve("web", [b as never]);
    expect(await ask()).toBe("b");
    cluster.serve("web", []);
    expect(await ask()).toBe(503);
    cluster.store.apply([
      { op: "delete", key: { kind: "Service", namespace: "shop", name: "web" } },
    ]);
    expect(await ask()).toBe(404);
  });

  test.each([
    [true, "tenant1.web.localhost", 200],
    [true, "a.b.web.shop.localhost:8080", 200],
    [true, "web.localhost", 200],
    // Not below .localhost, below no Service, below a headless one.
    [true, "tenant1.web", 404],
    [true, "tenant1.wbe.localhost", 404],
    [true, "db-7.db.localhost", 404],
    [false, "tenant1.web.localhost", 404],
  ])("with subdomains %s answers %s with %i", async (subdomains, host, status) => {
    await start({ defaultNamespace: "shop", subdomains });
    const pod = await cluster.httpPod((req, res) => res.end(req.headers.host));
    cluster.serve("web", [pod]);
    cluster.serve("db", [pod], { spec: { clusterIP: "None" } });
    const answer = await request({ port: gateway.port, headers: { host } });
    expect(answer.status).toBe(status);
    // The program tells its tenants apart by it.
    if (status === 200) expect(answer.body).toBe(host);
  });

  test("reaches one pod of a headless Service by its name", async () => {
    await start({ defaultNamespace: "shop" });
    const pods = await Promise.all(
      [0, 1].map((n) => cluster.httpPod((_req, res) => res.end(`db-${n}`))),
    );
    cluster.serve("db", pods, {
      spec: { clusterIP: "None" },
      endpoint: (_pod, index) => ({ hostname: `db-${index}` }),
    });
    for (const host of ["db-1.db.shop.svc.cluster.local", "db-1.db.shop", "db-1.db"]) {
      const answer = await request({ port: gateway.port, headers: { host } });
      expect(answer.body).toBe("db-1");
    }
    const direct = await request({ port: gateway.port, path: "http://db-0.db.shop:8080/" });
    expect(direct.body).toBe("db-0");
    const unknown = await request({ port: gateway.port, headers: { host: "db-7.db.shop" } });
    expect(unknown).toMatchObject({
      status: 404,
      body: expect.stringContaining(
        "Service shop/db has no endpoint called db-7; did you mean db-0?",
      ),
    });
  });

  test("takes port 80, then the one named http, where a name has several ports", async () => {
    await start();
    const pod = await cluster.httpPod((_req, res) => res.end("http"));
    const ports = [
      { name: "grpc", port: 9000 },
      { name: "http", port: 8000 },
    ];
    cluster.serve("web", [pod], { spec: { ports }, port: { name: "http", port: 8080 } });
    const ask = () => request({ port: gateway.port, headers: { host: "web.shop" } });
    expect((await ask()).body).toBe("http");
    cluster.serve("web", [pod], { spec: { ports: [...ports, { name: "web", port: 80 }] } });
    expect((await ask()).status).toBe(503);
    cluster.serve("web", [pod], { spec: { ports: [ports[0] as never, { name: "x", port: 1 }] } });
    expect(await ask()).toMatchObject({
      status: 404,
      body: expect.stringContaining("several ports (grpc 9000, x 1)"),
    });
  });

  test.each(["GET", "POST"])(
    "loses no %s while a pod dies in the middle of 2,000, but what was in flight on it",
    { timeout: 180_000 },
    async (method) => {
      await start();
      const pods = await Promise.all(
        [1, 2, 3].map(() => cluster.httpPod((_req, res) => setImmediate(() => res.end("ok")))),
      );
      cluster.serve("web", pods);
      const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
      const failed: string[] = [];
      let sent = 0;
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          while (sent < 2_000) {
            if (++sent === 700) await pods[0]?.kill();
            const { status, body } = await request({
              port: gateway.port,
              method,
              headers: { host: "web.shop" },
              agent,
            });
            if (status !== 200) failed.push(body);
          }
        }),
      );
      agent.destroy();
      // What a pod has begun is sent again only if that is harmless.
      expect(failed.length).toBeLessThanOrEqual(method === "GET" ? 0 : 16);
      for (const body of failed) expect(body).toContain(pods[0]?.address);
    },
  );

  test("answers what is in progress when it closes, and nothing new", async () => {
    await start();
    let respond: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      cluster
        .httpPod((_req, res) => {
          respond = () => res.end("late");
          resolve();
        })
        .then((pod) => cluster.serve("slow", [pod]));
    });
    await expect.poll(() => cluster.store.get("Service", "shop", "slow")).toBeDefined();
    const late = request({ port: gateway.port, headers: { host: "slow.shop" } });
    await asked;
    const closed = gateway.close();
    await expect(request({ port: gateway.port, headers: { host: "slow.shop" } })).rejects.toThrow(
      /ECONNREFUSED/,
    );
    respond?.();
    expect((await late).body).toBe("late");
    await closed;
  });
});
