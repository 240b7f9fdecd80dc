import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RecentTraffic } from "../../src/control/recent-traffic.ts";
import { serveControl } from "../../src/control/server.ts";
import {
  recentTrafficRoute,
  type TrafficSource,
  trafficRoute,
} from "../../src/control/traffic-route.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { kubelane } from "../support/terminal.ts";

const pod = (name: string, labels: string, status: string, ports = "containerPort: 8080") => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { ${labels} } }
spec: { containers: [{ name: main, image: a, ports: [{ name: http, ${ports} }] }] }
status: ${status}
`;
const service = (name: string, spec: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { ${spec} }
`;
const ready = (ip: string) =>
  `{ phase: Running, podIP: ${ip}, conditions: [{ type: Ready, status: "True" }] }`;
const waiting = `{ phase: Running, podIP: 10.244.0.9, conditions: [{ type: Ready, status: "False", message: "connection refused on 8080" }] }`;

const MANIFEST = [
  service(
    "web",
    "clusterIP: 10.96.0.50, selector: { app: web }, ports: [{ name: http, port: 80, targetPort: http }, { name: admin, port: 81 }]",
  ),
  service("typo", "clusterIP: 10.96.0.51, selector: { app: wbe }, ports: [{ port: 80 }]"),
  service("slow", "clusterIP: None, selector: { app: slow }, ports: [{ port: 80 }]"),
  service(
    "lost",
    "clusterIP: 10.96.0.52, selector: { app: web }, ports: [{ port: 80, targetPort: htpp }]",
  ),
  service("none", "clusterIP: 10.96.0.53, ports: [{ port: 80 }]"),
  service("starting", "clusterIP: 10.96.0.54, selector: { app: slow }, ports: [{ port: 80 }]"),
  service(
    "open",
    "type: NodePort, clusterIP: 10.96.0.55, selector: { app: web }, ports: [{ port: 80, targetPort: http, nodePort: 31800 }]",
  ),
  service("alias", "type: ExternalName, externalName: example.org"),
  service("inside", "type: ExternalName, externalName: web.shop.svc.cluster.local"),
  service("db", "clusterIP: None, selector: { app: web }, ports: [{ port: 80, targetPort: http }]"),
  service(
    "several",
    "clusterIP: 10.96.0.56, selector: { app: web }, ports: [{ name: metrics, port: 9090 }, { name: http, port: 80, targetPort: http }]",
  ),
  pod("web-1", "app: web", ready("10.244.0.5")),
  pod("api-1", "app: api", ready("10.244.0.6")),
  pod("slow-1", "app: slow", waiting),
].join("");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-trace-"));
  writeFileSync(join(folder, "all.yaml"), MANIFEST);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trace = (...words: string[]) =>
  kubelane(["trace", ...words, "-n", "shop", "-f", join(folder, "all.yaml")], { cwd: folder });

describe("kubelane trace ends in one sentence", () => {
  it.each([
    ["web", 0, "fine: shop/web:80 reaches pod web-1 at 10.244.0.5:8080"],
    ["web.shop:80", 0, "fine: shop/web:80 reaches pod web-1 at 10.244.0.5:8080"],
    ["web:82", 1, "wrong: Service shop/web has no port 82/TCP; it has http 80/TCP, admin 81/TCP"],
    [
      "typo",
      1,
      "wrong: shop/typo selects app=wbe, and no Pod in shop has that; the nearest is web-1: app is web, mistyped for wbe?",
    ],
    [
      "slow",
      1,
      "wrong: Service shop/slow is headless and its endpoint is not ready (slow-1: connection refused on 8080); publishNotReadyAddresses would publish them all the same: shop/slow has 1 pod, none ready: slow-1 (connection refused on 8080)",
    ],
    [
      "lost",
      1,
      "wrong: shop/lost has 1 pod, 1 ready, but no container of theirs names a port htpp; name a container port htpp, or write its number as targetPort",
    ],
    [
      "none",
      1,
      "wrong: shop/none has no selector, and no EndpointSlice names it; write an EndpointSlice with the addresses",
    ],
    [
      "starting",
      1,
      "wrong: shop/starting has 1 pod, none ready: slow-1 (connection refused on 8080); see kubelane describe pod/slow-1 -n shop",
    ],
    ["wbe", 1, "wrong: there is no Service shop/wbe; did you mean web.shop?"],
    ["web.shpo", 1, "wrong: there is no namespace shpo; did you mean namespace shop?"],
    ["10.96.0.50:81", 0, "fine: shop/web:81 reaches pod web-1 at 10.244.0.5:81"],
    ["127.96.0.50", 0, "fine: shop/web:80 reaches pod web-1 at 10.244.0.5:8080"],
    ["10.244.0.5", 0, "fine: shop/web:80 reaches pod web-1 at 10.244.0.5:8080"],
    ["127.0.0.1:31800", 0, "fine: shop/open:80 reaches pod web-1 at 10.244.0.5:8080"],
    ["127.0.0.1:31801", 1, "wrong: no Service has the address 127.0.0.1, and no pod"],
    ["10.96.0.99", 1, "wrong: no Service has the address 10.96.0.99, and no pod"],
    ["[fd00::1]:80", 1, "wrong: no Service has the address fd00::1, and no pod"],
    [
      "10.244.0.6",
      1,
      "wrong: 10.244.0.6 is the address of pod shop/api-1, which no Service leads to: say which of its ports, as in 10.244.0.6:80",
    ],
    [
      "web-1",
      1,
      "wrong: there is no Service shop/web-1; web-1 is a Pod; the Service in front of it is web.shop",
    ],
    [
      "alias",
      1,
      "wrong: shop/alias is an alias for example.org, outside the cluster; ask example.org itself",
    ],
    ["inside", 0, "fine: shop/web:80 reaches pod web-1 at 10.244.0.5:8080"],
    ["db:8080", 0, "fine: shop/db:80 reaches pod web-1 at 10.244.0.5:8080"],
    [
      "db:80",
      0,
      "fine: shop/db:80 reaches pod web-1 at 10.244.0.5:8080; its addresses, which DNS gives, answer at 8080 and not at 80",
    ],
    ["several", 0, "fine: shop/several:80 reaches pod web-1 at 10.244.0.5:8080"],
    [
      "10-244-0-6.shop.pod.cluster.local:7000",
      0,
      "fine: pod shop/api-1 is reached at 10.244.0.6:7000",
    ],
  ])("%s", async (name, exitCode, verdict) => {
    const { code, stdout } = await trace(name);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(verdict);
    expect(code).toBe(exitCode);
  });

  it.each(["web", "http://web/"])("%s, asked by a pod that is not there", async (name) => {
    const { code, stderr } = await trace(name, "--as", "pod/nobody");
    expect(stderr).toContain('there is no Pod "nobody" in namespace shop');
    expect(code).toBe(1);
  });

  it("after every step from the name to the pod", async () => {
    expect((await trace("web.shop")).stdout).toMatchInlineSnapshot(`
      "name web.shop, asked by a pod of shop
        ✗ web.shop.shop.svc.cluster.local  NXDOMAIN
        ✓ web.shop.svc.cluster.local  NOERROR
      DNS answer
        web.shop.svc.cluster.local. 5 IN A 10.96.0.50
      Service shop/web
        ClusterIP, 10.96.0.50
      port 80 (the one a name alone means)
        http, TCP, leads to the container port named http, 8080
      selector app=web
        ✓   web-1   10.244.0.5   ready
      endpoints of this port
        ✓ 10.244.0.5:8080  web-1
      choice
        web-1 at 10.244.0.5:8080, random of 1 ready endpoint
      fine: shop/web:80 reaches pod web-1 at 10.244.0.5:8080
      "
    `);
  });

  it.each([
    ["web:http", "is neither a name nor a URL"],
    ["web:70000", "is neither a name nor a URL"],
  ])("refuses %s", async (name, message) => {
    const { code, stderr } = await trace(name);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("says that a request needs a running up", async () => {
    const { code, stderr } = await trace("http://web/");
    expect(code).toBe(3);
    expect(stderr).toContain("no `kubelane up` runs");
  });
});

describe.skipIf(process.platform === "win32")("kubelane trace of a URL", () => {
  let backend: Server;
  let engine: Engine;
  let close: () => Promise<void>;

  beforeAll(async () => {
    backend = createServer((request, response) => {
      response.statusCode = request.url === "/broken" ? 500 : 200;
      response.end("hello");
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => backend.once("listening", resolve));
    const { port } = backend.address() as AddressInfo;
    engine = createEngine({
      localPods: {
        run: [],
        attach: [
          {
            target: { namespace: "shop", kind: "Pod", name: "shop-1" },
            addresses: [{ host: "127.0.0.1", port }],
            position: { file: "kubelane.yaml", line: 1, column: 1 },
          },
        ],
      },
    });
    await engine.load([
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "front", namespace: "shop" },
        spec: { selector: { app: "front" }, ports: [{ port: 80, targetPort: 8080 }] },
      },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "shop-1", namespace: "shop", labels: { app: "front" } },
        spec: { containers: [{ name: "main", image: "a", ports: [{ containerPort: 8080 }] }] },
      },
    ] as never);
    const { gateway } = await engine.listen({ gateway: { listen: "127.0.0.1:0" } });
    engine.startPods();
    const [service] = engine.store.list("Service");
    while (!engine.hasLiveEndpoint(service!)) {
      await new Promise((resolve) => engine.once("changes", resolve));
    }
    const info = {
      version: "1",
      pid: process.pid,
      folder,
      clusterDomain: "cluster.local",
      gateway: `127.0.0.1:${gateway?.port}`,
    };
    const recent = new RecentTraffic();
    engine.on("traffic", (event) => recent.add(event, Date.now()));
    const traffic: TrafficSource = (listener) => {
      engine.on("traffic", listener);
      return () => engine.off("traffic", listener);
    };
    const server = await serveControl(
      { info: () => info, store: engine.store, localAddressOf: () => undefined },
      join(folder, "run"),
      [trafficRoute(traffic), recentTrafficRoute(recent)],
    );
    close = async () => {
      await server.close();
      await engine.close({ grace: 0 });
      backend.closeAllConnections();
      backend.close();
    };
  });
  afterAll(() => close());

  const traceUrl = (url: string) =>
    kubelane(["trace", url, "-n", "shop"], {
      cwd: folder,
      env: { KUBELANE_RUNTIME_DIR: join(folder, "run") },
    });

  it("makes the request and names the pod that answered", async () => {
    const { code, stdout } = await traceUrl("http://front/a?b=c");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^request\n {2}200, \d+ ms, 5 bytes, through 127\.0\.0\.1:\d+\n {2}random of 1 ready endpoint$/m,
    );
    expect(stdout).toMatch(/\nfine: http:\/\/front\/a\?b=c was answered with 200 by pod shop-1\n$/);
  });

  it("tells a pod's error from the gateway's", async () => {
    const { code, stdout } = await traceUrl("http://front.shop/broken");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /\nwrong: .* was answered with 500 by pod shop-1; look at that pod's output\n$/,
    );
  });

  it("ends before the request where the name leads nowhere", async () => {
    const { code, stdout } = await traceUrl("http://fornt/");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /\nwrong: there is no Service shop\/fornt; did you mean front\.shop\?\n$/,
    );
  });

  it("shows the last requests of the Service, and why each pod was chosen", async () => {
    await traceUrl("http://front.shop/seen?x=1");
    const { code, stdout } = await traceUrl("front");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^last requests and connections\n(?: {2}.*\n)* {2}\d\d:\d\d:\d\d\.\d{3} 127\.0\.0\.1 GET front\.shop\.svc\.cluster\.local\S*\/seen\?x=1 200 5B \S+ms → shop\/front shop-1 \(random of 1 ready endpoint\)\nfine: /m,
    );
  });

  it("shows those of all Services without a name", async () => {
    await traceUrl("http://front.shop/once-more");
    const { code, stdout } = await kubelane(["trace"], {
      cwd: folder,
      env: { KUBELANE_RUNTIME_DIR: join(folder, "run") },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^last requests and connections\n(?: {2}.*\n)* {2}.*\/once-more 200 /);
  });

  it("says the same as JSON", async () => {
    const { code, stdout } = await kubelane(
      ["trace", "http://front/json", "-n", "shop", "-o", "json"],
      { cwd: folder, env: { KUBELANE_RUNTIME_DIR: join(folder, "run") } },
    );
    expect(code).toBe(0);
    const trace = JSON.parse(stdout);
    expect(trace).toMatchObject({ reached: true, request: { status: 200, pod: "shop-1" } });
    expect(trace.verdict).toContain("was answered with 200 by pod shop-1");
    const again = JSON.parse(
      (
        await kubelane(["trace", "front", "-n", "shop", "-o", "json"], {
          cwd: folder,
          env: { KUBELANE_RUNTIME_DIR: join(folder, "run") },
        })
      ).stdout,
    );
    expect(again.last.at(-1)).toMatchObject({
      kind: "request",
      pod: "shop-1",
      why: "random of 1 ready endpoint",
      at: expect.stringMatching(/^\d{4}-/),
    });
  });
});
