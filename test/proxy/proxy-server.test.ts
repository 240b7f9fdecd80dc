import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProxyServer, type ProxyServerOptions } from "../../src/proxy/proxy-server.ts";
import { raw, request, TestCluster } from "./cluster.ts";
import { upgrade, upgrading } from "./upgraded.ts";

let cluster: TestCluster;
let servers: http.Server[];

beforeEach(() => {
  cluster = new TestCluster();
  servers = [];
});

afterEach(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await cluster[Symbol.asyncDispose]();
});

/** A server of its own over Services, as someone who comes from node-http-proxy writes it. */
async function start(options: ProxyServerOptions = {}) {
  const { store, balancer, dialer } = cluster;
  const proxy = createProxyServer(
    { store, balancer, dialer },
    { target: "http://web.shop", ...options },
  );
  const errors: (Error & { code?: string })[] = [];
  proxy.on("error", (error, _req, res) => {
    errors.push(error);
    if (res instanceof http.ServerResponse && !res.headersSent) res.writeHead(502).end("no");
    else res?.destroy();
  });
  const server = http.createServer((req, res) => void proxy.web(req, res));
  server.on("upgrade", (req, socket: net.Socket, head) => void proxy.ws(req, socket, {}, head));
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { proxy, errors, port: (server.address() as net.AddressInfo).port };
}

/** A pod that answers every request with these bytes. */
function rawPod(answer: string) {
  return cluster.pod(
    net.createServer((socket) => socket.on("data", () => socket.end(answer, "latin1"))),
  );
}

describe("httpxy over Services", () => {
  test("gives each request a pod, and takes options and events of node-http-proxy", async () => {
    const pods = [];
    for (const name of ["a", "b"]) {
      pods.push(
        await cluster.httpPod((req, res) => {
          res.end(`${name} ${req.url} ${req.headers["x-own"]} ${req.headers["x-forwarded-for"]}`);
        }),
      );
    }
    const service = cluster.serve("web", pods);
    const { proxy, port } = await start({ xfwd: true, target: "http://web.shop/base" });
    proxy.on("proxyReq", (proxyReq) => proxyReq.setHeader("X-Own", "yes"));
    const seen = new Set<string>();
    for (let i = 0; i < 40; i++) seen.add((await request({ port, path: "/x" })).body);
    expect(seen).toEqual(new Set(["a /base/x yes 127.0.0.1", "b /base/x yes 127.0.0.1"]));
    const [first] = service.spec.ports ?? [];
    const { table } = cluster.balancer.portOf(service, first as NonNullable<typeof first>);
    await expect.poll(() => table.all.map(({ load }) => load.active)).toEqual([0, 0]);
  });

  test("passes over a pod that can't be connected to", async () => {
    const pods = [];
    for (const name of ["dead", "alive"]) {
      pods.push(await cluster.httpPod((_req, res) => res.end(name)));
    }
    cluster.serve("web", pods);
    await pods[0]?.kill();
    const { port } = await start();
    for (let i = 0; i < 20; i++) expect((await request({ port })).body).toBe("alive");
  });

  test.each([
    ["nobody.shop", "no-service"],
    ["web.shop:81", "no-port"],
    ["empty.shop", "no-endpoint"],
  ])("tells of a target that leads nowhere: %s", async (host, code) => {
    cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("ok"))]);
    cluster.serve("empty", []);
    const { port, errors } = await start({ target: `http://${host}` });
    expect((await request({ port })).status).toBe(502);
    expect(errors).toMatchObject([{ name: "TargetError", code }]);
  });

  test.each([
    ["with a length", "GET", "1.1", "200 OK\r\nTrailer: X\r\nContent-Length: 2\r\n\r\nok"],
    ["to HEAD", "HEAD", "1.1", "200 OK\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["of status 304", "GET", "1.1", "304 Not Modified\r\nTrailer: X\r\n\r\n"],
    [
      "to HTTP/1.0",
      "GET",
      "1.0",
      "200 OK\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n",
    ],
  ])("passes on an answer %s that announces trailers", async (_what, method, version, answer) => {
    cluster.serve("web", [await rawPod(`HTTP/1.1 ${answer}`)]);
    const { port, errors } = await start();
    const head = `${method} / HTTP/${version}\r\nHost: x\r\nConnection: close\r\n\r\n`;
    const got = await raw(port, head);
    expect(got.slice(9, 12)).toBe(answer.slice(0, 3));
    expect(got).not.toMatch(/trailer/i);
    expect(errors).toEqual([]);
  });

  test("passes trailers on, in both directions", async () => {
    let sent: NodeJS.Dict<string> = {};
    cluster.serve("web", [
      await cluster.httpPod((req, res) => {
        req.resume().on("end", () => {
          sent = req.trailers;
          res.setHeader("Trailer", "X-Sum");
          res.write("body");
          res.addTrailers({ "X-Sum": "42" });
          res.end();
        });
      }),
    ]);
    const { port } = await start();
    const answer = await raw(
      port,
      "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sent\r\n\r\n1\r\na\r\n0\r\nX-Sent: 7\r\n\r\n",
    );
    expect(answer).toMatch(/\r\n4\r\nbody\r\n0\r\nX-Sum: 42\r\n\r\n$/i);
    expect(sent).toEqual({ "x-sent": "7" });
  });

  test("passes early hints on", async () => {
    cluster.serve("web", [
      await rawPod(
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      ),
    ]);
    const { port } = await start();
    const answer = await raw(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  test.each([
    ["a switch nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"],
    ["a switch to nothing", "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 0\r\n\r\n"],
    ["the status 099", "HTTP/1.1 099 x\r\nContent-Length: 2\r\n\r\nok"],
  ])("answers %s with 502", async (_what, answer) => {
    cluster.serve("web", [await rawPod(answer)]);
    const { port } = await start();
    expect(await request({ port })).toMatchObject({
      status: 502,
      body: expect.stringContaining("where no switch was asked for"),
    });
  });

  test.each([
    ["and a body", "Content-Length: 2\r\n\r\nok"],
    ["and none", "Content-Length: 0\r\n\r\n"],
  ])("passes bytes above 0x7F on as they are, with a field %s", async (_what, rest) => {
    cluster.serve("web", [await rawPod(`HTTP/1.1 200 OK\r\nX: caf\xe9\r\n${rest}`)]);
    const { port } = await start();
    const answer = await raw(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/X: caf\xe9\r\n/i);
  });

  test("joins WebSockets", async () => {
    const { server } = upgrading((_req, socket) => {
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      );
      socket.on("data", (chunk) => socket.write(chunk));
    });
    cluster.serve("web", [await cluster.pod(server)]);
    const { port } = await start();
    const client = await upgrade(port);
    client.write("hello");
    expect(String((await once(client, "data"))[0])).toBe("hello");
    client.destroy();
  });
});
