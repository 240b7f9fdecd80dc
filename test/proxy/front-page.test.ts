import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FrontPage } from "../../src/proxy/front-page.ts";
import { everyRoute } from "../../src/proxy/routes/every-route.ts";
import { RoutingPlan } from "../../src/routes/routing-plan.ts";
import { type Answer, request, TestCluster, type TestGateway } from "./cluster.ts";
import { askOver, http2Session } from "./http2-client.ts";

const PAGE: FrontPage = {
  services: [
    {
      namespace: "shop",
      name: "web",
      url: "http://web.shop.localhost:8080/",
      address: "10.96.3.7:80",
      ready: 2,
      endpoints: 2,
    },
    {
      namespace: "shop",
      name: "db",
      address: "headless:5432",
      ready: 0,
      endpoints: 1,
      problem: "shop/db has 1 pod, none ready: db-0 (<script>alert(1)</script>)",
    },
  ],
  troubles: ["web.yaml:5:14: the value ends with a comma & more"],
};

let cluster: TestCluster;
let gateway: TestGateway;
let plan: RoutingPlan;
/** Ports that the page was asked for. */
let ports: number[];

beforeEach(async () => {
  cluster = new TestCluster();
  ports = [];
  plan = new RoutingPlan();
  gateway = await cluster.gateway({
    routes: everyRoute(plan, () => 80),
    page(port) {
      ports.push(port);
      return PAGE;
    },
  });
  cluster.serve("web", [await cluster.httpPod((_req, res) => res.end("web"))]);
  cluster.serve("empty", []);
});

afterEach(() => cluster[Symbol.asyncDispose]());

function ask(
  host: string,
  { path = "/", method = "GET", accept }: { path?: string; method?: string; accept?: string } = {},
): Promise<Answer> {
  const headers = { host: host.replace("PORT", `${gateway.port}`), ...(accept && { accept }) };
  const target = path.replace("PORT", `${gateway.port}`);
  return request({ port: gateway.port, method, path: target, headers });
}

/** A Service that an Ingress has for every host. */
async function serveAnyHost(): Promise<void> {
  cluster.serve("any", [await cluster.httpPod((_req, res) => res.end("any"))]);
  const object = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { namespace: "shop", name: "i" },
    spec: { defaultBackend: { service: { name: "any", port: { number: 80 } } } },
  };
  cluster.store.apply([{ op: "put", object }]);
  plan.update(cluster.store);
}

describe("the gateway's own page", () => {
  test.each([
    ["localhost"],
    ["localhost:PORT"],
    ["LocalHost."],
    ["127.0.0.1"],
    ["127.0.0.1:PORT"],
    ["127.96.3.7"],
    ["[::1]:PORT"],
  ])("is at %s", async (host) => {
    const { status, body } = await ask(host);
    expect([status, body.split("\n")[0]]).toEqual([
      200,
      "shop/web  http://web.shop.localhost:8080/  2/2 ready",
    ]);
    expect(ports).toEqual([gateway.port]);
  });

  test.each([
    ["a query after it", "localhost", { path: "/?a=b" }, 200],
    ["asked for by its URL", "x", { path: "http://localhost:PORT/" }, 200],
    ["asked for by its URL without a path", "x", { path: "http://127.0.0.1:PORT" }, 200],
    ["the page of another port", "x", { path: "http://localhost:1/" }, 404],
    ["another path", "localhost", { path: "/favicon.ico" }, 404],
    ["another method", "localhost", { method: "POST" }, 405],
    ["a name that somebody led here", "rebound.example", {}, 404],
    ["a name below localhost that is no Service", "nothing.localhost", {}, 404],
  ])("%s: %s %j is %i", async (_, host, options, status) => {
    expect((await ask(host, options)).status).toBe(status);
  });

  test("leaves Services their names", async () => {
    for (const host of ["web.shop", "web.shop.localhost", "web.shop.localhost:PORT"]) {
      expect((await ask(host)).body).toBe("web");
    }
    cluster.serve("localhost", [await cluster.httpPod((_req, res) => res.end("other"))], {
      namespace: "default",
    });
    expect((await ask("localhost")).body).toContain("shop/web");
    expect((await ask("localhost.default")).body).toBe("other");
  });

  test("goes before rules for any host", async () => {
    await serveAnyHost();
    expect((await ask("what.ever")).body).toBe("any");
    for (const host of ["localhost", "127.0.0.1"]) {
      expect((await ask(host)).body).toContain("shop/web");
      expect((await ask(host, { path: "/api" })).status).toBe(404);
    }
  });

  test("is not there unless it was asked for, and rules for any host are", async () => {
    gateway = await cluster.gateway();
    const { status, body } = await ask("localhost", { accept: "text/html" });
    expect([status, body.includes("<a ")]).toEqual([404, false]);
    await serveAnyHost();
    gateway = await cluster.gateway({ routes: everyRoute(plan, () => 80) });
    expect((await ask("localhost")).body).toBe("any");
  });

  test("is HTML for browsers: escaped, without anything of others, kept by nobody", async () => {
    const { body, headers } = await ask("localhost", { accept: "text/html,*/*" });
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; .*frame-ancestors 'none'/,
    );
    expect(body).toContain('<a href="http://web.shop.localhost:8080/">shop/web</a>');
    expect(body).toContain("(&#60;script&#62;alert(1)&#60;/script&#62;)");
    expect(body).toContain("the value ends with a comma &#38; more");
    expect(body).not.toMatch(/<script|src=|@import|url\(/);
  });

  test("is JSON for programs", async () => {
    const { body, headers } = await ask("localhost", { accept: "application/json" });
    expect(headers["content-type"]).toBe("application/json");
    expect(JSON.parse(body)).toEqual(PAGE);
  });

  test("has no body for HEAD", async () => {
    const { status, body, headers } = await ask("localhost", { method: "HEAD" });
    expect([status, body]).toEqual([200, ""]);
    expect(Number(headers["content-length"])).toBeGreaterThan(100);
  });

  test("answers over HTTP/2", async () => {
    const session = http2Session(gateway.port);
    const { headers, body } = await askOver(session, { ":authority": `localhost:${gateway.port}` });
    expect(headers[":status"]).toBe(200);
    expect(body).toContain("what is wrong:\n  web.yaml:5:14");
    session.close();
  });

  test.each([
    ["a name that is none", "nothing.shop", 404],
    ["a Service without pods", "empty.shop", 503],
  ])("is linked from the page about %s", async (_, host, status) => {
    const link = `<a href="http://localhost:${gateway.port}/">All Services</a>`;
    const answer = await ask(host, { accept: "text/html" });
    expect([answer.status, answer.body.includes(link)]).toEqual([status, true]);
    const session = http2Session(gateway.port);
    const over2 = await askOver(session, { ":authority": host, accept: "text/html" });
    expect([over2.headers[":status"], over2.body.includes(link)]).toEqual([status, true]);
    session.close();
  });
});
