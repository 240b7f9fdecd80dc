import type net from "node:net";
import { expect, test } from "vitest";
import { systemBinder } from "../../src/net/binder.ts";
import { accessLogLine } from "../../src/proxy/access-log.ts";
import { listenAdmin } from "../../src/proxy/admin.ts";
import { createMetrics } from "../../src/proxy/metrics.ts";
import { healthCheck } from "../../src/proxy/relays/health-check.ts";
import { createRelays } from "../../src/proxy/relays/relays.ts";
import type { TrafficEvent } from "../../src/proxy/traffic-event.ts";
import { freePort } from "../support/free-port.ts";
import { request, TestCluster } from "./cluster.ts";

const KEY = {
  namespace: "shop",
  service: "web",
  port: "http",
  protocol: "TCP",
  family: "IPv4",
} as const;
const REQUEST: TrafficEvent = {
  kind: "request",
  protocol: "HTTP/1.1",
  client: "127.0.0.1",
  method: "GET",
  host: "web.shop",
  path: "/x",
  service: KEY,
  endpoint: "10.244.0.1:8080",
  pod: "web-1",
  why: "random of 3 ready endpoints",
  attempts: 1,
  status: 200,
  duration: 1.234,
  bytes: 13,
};
const REFUSED: TrafficEvent = {
  kind: "request",
  protocol: "HTTP/1.1",
  client: "127.0.0.1",
  method: "GET",
  host: "evil\r\n\x1b[31m",
  path: "/",
  attempts: 0,
  status: 404,
  duration: 0,
  refusal: { status: 404, code: "no-service", reason: "there is no Service" },
};
/** On the wall, wherever that hangs. */
const TIME = new Date(2026, 0, 2, 3, 4, 5, 678);

test.each([
  [
    REQUEST,
    "03:04:05.678 127.0.0.1 GET web.shop/x 200 13B 1.2ms → shop/web:http web-1 (random of 3 ready endpoints)",
  ],
  [
    { ...REQUEST, host: "web.shop:81", path: "http://web.shop:81/x?y" },
    "03:04:05.678 127.0.0.1 GET web.shop:81/x?y 200 13B 1.2ms → shop/web:http web-1 (random of 3 ready endpoints)",
  ],
  [
    REFUSED,
    "03:04:05.678 127.0.0.1 GET evil\\xd\\xa\\x1b[31m/ 404 0.0ms refused: there is no Service",
  ],
  [
    {
      ...REQUEST,
      kind: "connection",
      protocol: "TCP",
      host: "127.96.0.7:80",
      attempts: 2,
      aborted: "client",
    },
    "03:04:05.678 127.0.0.1 TCP 127.96.0.7:80 200 13B 1.2ms → shop/web:http web-1 (random of 3 ready endpoints) attempt 2 broken off by the client",
  ],
] as const)("an access log line of text", (event, expected) => {
  expect(accessLogLine(event, TIME, "text")).toBe(expected);
});

test("an access log line of JSON", () => {
  expect(JSON.parse(accessLogLine(REQUEST, TIME, "json"))).toMatchObject({
    time: TIME.toISOString(),
    service: "shop/web:http",
    pod: "web-1",
    status: 200,
  });
  expect(accessLogLine(REFUSED, TIME, "json")).not.toContain("\n");
});

test("metrics count by Service and outcome, and an admin listener shows them", async () => {
  const counter = { name: "kubelane_odd_total", help: "What is odd.", value: () => 7 };
  const metrics = createMetrics([counter]);
  metrics.observe(REQUEST);
  metrics.observe({ ...REQUEST, duration: 30 });
  metrics.observe(REFUSED);
  let wrong: string[] = [];
  await using admin = await listenAdmin({ metrics, trouble: () => wrong }, { port: 0 });
  const get = (path: string) => request({ port: admin.port, path });
  const { body, headers } = await get("/metrics");
  const labels =
    'namespace="shop",service="web",port="http",kind="request",protocol="HTTP/1.1",code="200"';
  expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(body).toContain(`kubelane_sent_bytes_total{${labels}} 26\n`);
  expect(body).toContain(`kubelane_traffic_seconds_bucket{${labels},le="0.0025"} 1\n`);
  expect(body).toContain(`kubelane_traffic_seconds_bucket{${labels},le="+Inf"} 2\n`);
  expect(body).toContain(`kubelane_traffic_seconds_count{${labels}} 2\n`);
  expect(body).toContain('code="no-service"} 1\n');
  expect(body).toContain("# TYPE kubelane_odd_total counter\nkubelane_odd_total 7\n");
  expect(body).not.toContain("evil");
  expect((await get("/healthz")).status).toBe(200);
  wrong = ["the log can't be written"];
  expect(await get("/healthz")).toMatchObject({
    status: 503,
    body: "degraded: the log can't be written\n",
  });
  wrong = [];
  expect(await get("/healthz")).toMatchObject({ status: 200, body: "ok\n" });
  expect((await get("/")).status).toBe(404);
});

test.each([
  ["127.0.0.1", 200],
  ["127.0.0.1:9090", 200],
  ["[::1]:9090", 200],
  ["localhost:9090", 200],
  ["kubelane.localhost", 200],
  ["evil.example", 421],
  ["127.0.0.1.evil.example", 421],
  ["localhost.evil.example:9090", 421],
])("the admin listener asked as %s says %i", async (host, status) => {
  await using admin = await listenAdmin({ metrics: createMetrics() }, { port: 0 });
  for (const path of ["/metrics", "/healthz"]) {
    expect(await request({ port: admin.port, path, headers: { host } })).toMatchObject({ status });
  }
});

test("a health check node port that opens again and again leaves nothing behind", async () => {
  await using cluster = new TestCluster();
  const servers = new Set<net.Server>();
  const errors: Error[] = [];
  const relay = healthCheck(0, {
    host: "127.0.0.1",
    binder: {
      ...systemBinder,
      listen: (server, ...address) => {
        servers.add(server as net.Server);
        systemBinder.listen(server, ...address);
      },
    },
    balancer: cluster.balancer,
    service: () => undefined,
    onListenError: (error) => errors.push(error),
  });
  for (let i = 0; i < 5; i++) {
    relay.setOpen(true);
    await relay.settled();
    relay.setOpen(false);
  }
  expect([...servers].map((server) => server.listenerCount("error"))).toEqual([1]);
  expect(errors).toEqual([]);
});

test("a health check node port says whether this node has ready endpoints (P.7)", async () => {
  await using cluster = new TestCluster();
  const port = await freePort();
  const pods = await Promise.all([1, 2].map(() => cluster.httpPod((_req, res) => res.end())));
  const spec = {
    type: "LoadBalancer",
    externalTrafficPolicy: "Local",
    healthCheckNodePort: port,
  } as const;
  cluster.serve("web", pods, { spec });
  const { store, balancer, dialer } = cluster;
  await using relays = createRelays({ store, balancer, dialer, services: false });
  await relays.settled();
  const answer = await request({ port, path: "/anything" });
  expect(answer).toMatchObject({
    status: 200,
    headers: { "x-load-balancing-endpoint-weight": "2" },
  });
  expect(JSON.parse(answer.body)).toEqual({
    service: { namespace: "shop", name: "web" },
    localEndpoints: 2,
    serviceProxyHealthy: true,
  });
  // Only terminating endpoints: no new traffic, please.
  cluster.serve("web", pods, {
    spec,
    endpoint: () => ({ conditions: { ready: false, serving: true, terminating: true } }),
  });
  expect((await request({ port })).status).toBe(503);
  cluster.serve("web", pods, { spec: { type: "ClusterIP" } });
  await expect(request({ port })).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
});
