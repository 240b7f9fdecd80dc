import http2 from "node:http2";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HTTPRouteRule } from "../../src/objects/gateway.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { everyRoute } from "../../src/proxy/routes/every-route.ts";
import { RoutingPlan } from "../../src/routes/routing-plan.ts";
import { shopGateway } from "../support/shop-gateway.ts";
import { request, TestCluster, type TestGateway, type TestPod } from "./cluster.ts";
import { askOver, http2Session } from "./http2-client.ts";

let cluster: TestCluster;
let gateway: TestGateway;
const plan = new RoutingPlan();

beforeEach(async () => {
  cluster = new TestCluster();
  gateway = await cluster.gateway({ routes: everyRoute(plan, () => 80) });
});

afterEach(() => cluster[Symbol.asyncDispose]());

const GROUP = "gateway.networking.k8s.io/v1";

function put(...objects: KubernetesObject[]): void {
  cluster.store.apply(objects.map((object) => ({ op: "put", object })));
  plan.update(cluster.store);
}

/** A Gateway with a route for `shop.example.com`. */
function route(...rules: HTTPRouteRule[]): void {
  put(shopGateway("gw"), {
    apiVersion: GROUP,
    kind: "HTTPRoute",
    metadata: { namespace: "shop", name: "r" },
    spec: { parentRefs: [{ name: "gw" }], hostnames: ["shop.example.com"], rules },
  });
}

/** A pod that says what it was asked. */
function echo(name: string): Promise<TestPod> {
  return cluster.httpPod((req, res) => {
    let body = "";
    req.setEncoding("utf8").on("data", (chunk) => {
      body += chunk;
    });
    req.on("end", () => {
      const { method, url, headers } = req;
      res.setHeader("x-pod", name);
      res.end(JSON.stringify({ name, method, url, headers, body }));
    });
  });
}

async function serveEcho(...names: string[]): Promise<void> {
  for (const name of names) cluster.serve(name, [await echo(name)]);
}

const backend = (name: string, weight?: number) => ({
  name,
  port: 80,
  ...(weight !== undefined && { weight }),
});

function ask(path: string, { headers = {}, ...more }: Parameters<typeof request>[0] = {}) {
  return request({
    port: gateway.port,
    path,
    headers: { host: "shop.example.com", ...headers },
    ...more,
  });
}

async function asked(path: string, more?: Parameters<typeof request>[0]) {
  const { status, body, headers } = await ask(path, more);
  return { status, headers, ...(status === 200 ? JSON.parse(body) : { body }) };
}

describe("an HTTPRoute", () => {
  test("leads by path and header, and the rest nowhere", async () => {
    await serveEcho("a", "b");
    route(
      { matches: [{ path: { type: "PathPrefix", value: "/api" } }], backendRefs: [backend("a")] },
      {
        matches: [{ headers: [{ name: "Version", value: "2" }] }],
        backendRefs: [backend("b")],
      },
    );
    expect((await asked("/api/x")).name).toBe("a");
    expect((await asked("/x", { headers: { version: "2" } })).name).toBe("b");
    const none = await ask("/x");
    expect(none.status).toBe(404);
    expect(none.body).toContain("no rule for shop.example.com matches GET /x (HTTPRoute shop/r)");
    expect((await ask("/api", { headers: { host: "other.example.com" } })).body).toContain(
      "other.example.com is not the name of a Service",
    );
    expect(
      (await asked("/api", { headers: { host: "shop.example.com.localhost:8080" } })).name,
    ).toBe("a");
  });

  test("names of Services go before rules for any host", async () => {
    await serveEcho("web", "any");
    put({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { namespace: "shop", name: "i" },
      spec: { defaultBackend: { service: { name: "any", port: { number: 80 } } } },
    });
    expect((await asked("/", { headers: { host: "web.shop" } })).name).toBe("web");
    expect((await asked("/", { headers: { host: "what.ever" } })).name).toBe("any");
  });

  test("a backend that is not there: 500, of an Ingress 503", async () => {
    route({ backendRefs: [backend("nobody")] });
    put({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { namespace: "shop", name: "i" },
      spec: { defaultBackend: { service: { name: "nobody", port: { number: 80 } } } },
    });
    expect((await ask("/")).status).toBe(500);
    const answer = await ask("/", { headers: { host: "other.example.com" } });
    expect(answer.status).toBe(503);
    expect(answer.body).toContain("there is no Service shop/nobody");
  });

  test.each(["HTTP/1.1", "HTTP/2"])(
    "changes heads and the path, asked over %s",
    async (protocol) => {
      await serveEcho("a");
      route({
        matches: [{ path: { type: "PathPrefix", value: "/old" } }],
        filters: [
          {
            type: "RequestHeaderModifier",
            requestHeaderModifier: {
              set: [{ name: "X-Set", value: "1" }],
              add: [{ name: "X-Add", value: "2" }],
              remove: ["X-Gone"],
            },
          },
          {
            type: "ResponseHeaderModifier",
            responseHeaderModifier: { set: [{ name: "X-Pod", value: "changed" }] },
          },
          {
            type: "URLRewrite",
            urlRewrite: {
              hostname: "inner.example",
              path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" },
            },
          },
        ],
        backendRefs: [backend("a")],
      });
      const sent = { "x-set": "0", "x-add": "0", "x-gone": "0" };
      let answer: { body: string; headers: Record<string, unknown> };
      if (protocol === "HTTP/2") {
        const session = http2Session(gateway.port);
        const pseudo = { ":authority": "shop.example.com", ":path": "/old/x?q=1" };
        answer = await askOver(session, { ...pseudo, ...sent });
        session.destroy();
      } else {
        answer = await ask("/old/x?q=1", { headers: sent });
      }
      const { url, headers } = JSON.parse(answer.body);
      expect(url).toBe("/new/x?q=1");
      expect(headers.host).toBe("inner.example");
      expect(headers["x-set"]).toBe("1");
      expect(headers["x-add"]).toBe("0, 2");
      expect(headers).not.toHaveProperty("x-gone");
      expect(answer.headers["x-pod"]).toBe("changed");
    },
  );

  test.each(["HTTP/1.1", "HTTP/2"])("redirects, asked over %s", async (protocol) => {
    route({
      filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
    });
    if (protocol === "HTTP/2") {
      const session = http2Session(gateway.port);
      const { headers } = await askOver(session, {
        ":authority": "shop.example.com",
        ":path": "/a?b=1",
      });
      session.destroy();
      expect(headers[":status"]).toBe(301);
      expect(headers.location).toBe("https://shop.example.com/a?b=1");
    } else {
      const { status, headers } = await ask("/a?b=1");
      expect(status).toBe(301);
      expect(headers.location).toBe("https://shop.example.com/a?b=1");
    }
  });

  test("answers a browser's question before it, on the same connection", async () => {
    await serveEcho("a");
    route({
      filters: [
        {
          type: "CORS",
          cors: { allowOrigins: ["https://app.example"], allowMethods: ["PUT"], maxAge: 60 },
        },
      ],
      backendRefs: [backend("a")],
    });
    const origin = "https://app.example";
    const before = await ask("/", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "PUT" },
    });
    expect(before.status).toBe(204);
    expect(before.headers["content-length"]).toBeUndefined();
    expect(before.headers["access-control-allow-methods"]).toBe("PUT");
    const after = await ask("/", { method: "PUT", headers: { origin }, body: "x" });
    expect(after.headers["access-control-allow-origin"]).toBe(origin);
    expect((await ask("/")).headers).not.toHaveProperty("access-control-allow-origin");
  });

  test("shares requests by weight", async () => {
    await serveEcho("a", "b", "c");
    route({ backendRefs: [backend("a", 3), backend("b", 1), backend("c", 0)] });
    const names = await Promise.all(
      Array.from({ length: 40 }, async () => (await asked("/")).name),
    );
    expect(names.filter((name) => name === "a")).toHaveLength(30);
    expect(names.filter((name) => name === "b")).toHaveLength(10);
  });

  test.each<[string, HTTPRouteRule, number, string]>([
    ["no backend", {}, 500, "no backend"],
    ["a Service that is none", { backendRefs: [backend("none")] }, 500, "no Service shop/none"],
    ["a port that is none", { backendRefs: [{ name: "a", port: 81 }] }, 500, "no port 81, only 80"],
    [
      "another namespace",
      { backendRefs: [{ ...backend("a"), namespace: "x" }] },
      500,
      "ReferenceGrant",
    ],
    [
      "a filter that is not done",
      { filters: [{ type: "ExtensionRef" }], backendRefs: [backend("a")] },
      500,
      "not done here",
    ],
    ["no pod", { backendRefs: [backend("empty")] }, 503, "empty"],
  ])("with %s refuses", async (_what, rule, status, reason) => {
    await serveEcho("a");
    cluster.serve("empty", []);
    route(rule);
    const answer = await ask("/");
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(reason);
  });

  test.each(["HTTP/1.1", "HTTP/2"])(
    "copies requests with their bodies, asked over %s",
    async (protocol) => {
      const seen: string[] = [];
      cluster.serve("copy", [
        await cluster.httpPod((req, res) => {
          let body = "";
          req.setEncoding("utf8").on("data", (chunk) => {
            body += chunk;
          });
          req.on("end", () => {
            seen.push(`${req.method} ${req.url} ${req.headers["x-all"]} ${body.length}`);
            res.writeHead(500).end("nobody hears this");
          });
        }),
      ]);
      await serveEcho("a");
      route({
        filters: [
          {
            type: "RequestHeaderModifier",
            requestHeaderModifier: { set: [{ name: "x-all", value: "1" }] },
          },
          { type: "RequestMirror", requestMirror: { backendRef: backend("copy") } },
          { type: "RequestMirror", requestMirror: { backendRef: backend("copy"), percent: 50 } },
        ],
        backendRefs: [backend("a")],
      });
      const body = "x".repeat(200_000);
      for (let i = 0; i < 4; i++) {
        if (protocol === "HTTP/2") {
          const session = http2Session(gateway.port);
          const head = { ":method": "POST", ":authority": "shop.example.com", ":path": `/${i}` };
          const answer = await askOver(session, head, body);
          session.destroy();
          expect(JSON.parse(answer.body).body).toHaveLength(body.length);
        } else {
          const headers = i % 2 === 0 ? {} : { "transfer-encoding": "chunked" };
          const answer = await asked(`/${i}`, { method: "POST", headers, body });
          expect(answer.body).toHaveLength(body.length);
        }
      }
      await expect.poll(() => seen.length).toBe(6);
      expect([...seen].sort()).toEqual(
        [0, 1, 1, 2, 3, 3].map((i) => `POST /${i} 1 ${body.length}`),
      );
    },
  );

  test("gives up the copy of a request that its client breaks off", async () => {
    let begun = false;
    let complete: boolean | undefined;
    cluster.serve("copy", [
      await cluster.httpPod((req) => {
        req.on("data", () => {
          begun = true;
        });
        req.on("close", () => {
          complete = req.complete;
        });
        req.on("error", () => {});
      }),
    ]);
    await serveEcho("a");
    route({
      filters: [{ type: "RequestMirror", requestMirror: { backendRef: backend("copy") } }],
      backendRefs: [backend("a")],
    });
    const client = net.connect(gateway.port, "127.0.0.1").on("error", () => {});
    client.write("POST / HTTP/1.1\r\nHost: shop.example.com\r\nContent-Length: 100\r\n\r\npart");
    await expect.poll(() => begun).toBe(true);
    client.destroy();
    await expect.poll(() => complete).toBe(false);
  });

  test("sends again what the codes name, as often as it says, with the body", async () => {
    let failures = 0;
    const bodies: string[] = [];
    cluster.serve("flaky", [
      await cluster.httpPod((req, res) => {
        let body = "";
        req.setEncoding("utf8").on("data", (chunk) => {
          body += chunk;
        });
        req.on("end", () => {
          bodies.push(body);
          res.writeHead(failures-- > 0 ? 503 : 200).end('{"name":"flaky"}');
        });
      }),
    ]);
    route({
      retry: { codes: [503], attempts: 2, backoff: "1ms" },
      backendRefs: [backend("flaky")],
    });
    for (const [times, status] of [
      [2, 200],
      [3, 503],
    ] as const) {
      failures = times;
      bodies.length = 0;
      const answer = await ask("/", { method: "POST", body: "again" });
      expect(answer.status).toBe(status);
      expect(bodies).toEqual(["again", "again", "again"]);
    }
  });

  test("gives a request the time that it says, and each attempt", async () => {
    let count = 0;
    cluster.serve("slow", [
      await cluster.httpPod((_req, res) => {
        if (++count > 2) res.end('{"name":"slow"}');
      }),
    ]);
    route(
      {
        matches: [{ path: { value: "/whole" } }],
        timeouts: { request: "50ms" },
        backendRefs: [backend("slow")],
      },
      {
        timeouts: { backendRequest: "50ms" },
        retry: { attempts: 3 },
        backendRefs: [backend("slow")],
      },
    );
    const late = await ask("/whole");
    expect(late.status).toBe(504);
    expect(late.body).toContain("did not answer within 50 ms");
    expect((await asked("/")).name).toBe("slow");
    expect(count).toBe(3);
  });

  test("holds for no request with an expression that is none, and the others do", async () => {
    await serveEcho("a", "b");
    const odd = { path: { type: "RegularExpression", value: "/(" } } as const;
    route(
      { matches: [odd, { path: { value: "/x" } }], backendRefs: [backend("a")] },
      { backendRefs: [backend("b")] },
    );
    expect((await asked("/x")).name).toBe("b");
    route({ matches: [odd], backendRefs: [backend("a")] });
    expect((await ask("/(")).status).toBe(404);
  });

  test("answers here too when nothing but a certificate is missing at its listener", async () => {
    await serveEcho("a");
    const tls = { certificateRefs: [{ name: "made-by-somebody-else" }] };
    route({ backendRefs: [backend("a")] });
    put({
      apiVersion: GROUP,
      kind: "Gateway",
      metadata: { namespace: "shop", name: "gw" },
      spec: {
        gatewayClassName: "any",
        listeners: [{ name: "https", port: 443, protocol: "HTTPS", tls }],
      },
    });
    expect((await asked("/")).name).toBe("a");
  });

  test("leads gRPC by its method, over HTTP/2", async () => {
    await serveEcho("a");
    const server = http2.createServer((req, res) => res.end(`${req.method} ${req.url}`));
    cluster.serve("grpc", [await cluster.pod(server)]);
    route({ backendRefs: [backend("a")] });
    put({
      apiVersion: GROUP,
      kind: "GRPCRoute",
      metadata: { namespace: "shop", name: "g" },
      spec: {
        parentRefs: [{ name: "gw" }],
        hostnames: ["grpc.example.com"],
        rules: [
          {
            matches: [{ method: { service: "shop.Cart", method: "Add" } }],
            backendRefs: [backend("grpc")],
          },
        ],
      },
    });
    const session = http2Session(gateway.port);
    const call = (path: string) =>
      askOver(session, { ":method": "POST", ":authority": "grpc.example.com", ":path": path });
    expect((await call("/shop.Cart/Add")).body).toBe("POST /shop.Cart/Add");
    expect((await call("/shop.Cart/Addx")).headers[":status"]).toBe(404);
    session.destroy();
  });
});
