import http from "node:http";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { everyRoute } from "../../src/proxy/routes/every-route.ts";
import { RoutingPlan } from "../../src/routes/routing-plan.ts";
import { request, TestCluster, type TestGateway } from "./cluster.ts";

/**
 * What the end-to-end cases of ingress-nginx (test/e2e/annotations and its neighbours) ask and expect, asked here: an
 * Ingress with annotations, a request, and what has to come. Named after the file of theirs that has the case.
 */
let cluster: TestCluster;
let gateway: TestGateway;
let plan: RoutingPlan;

beforeEach(async () => {
  cluster = new TestCluster();
  plan = new RoutingPlan();
  gateway = await cluster.gateway({ routes: everyRoute(plan, () => 80) });
  for (const name of ["main", "canary"]) {
    const pod = await cluster.httpPod((req, res) => {
      const { url, headers } = req;
      req.resume().on("end", () => {
        res.setHeader("content-type", "application/json");
        res.end(JSON.stringify({ name, url, headers }));
      });
    });
    cluster.serve(name, [pod]);
  }
});

afterEach(() => cluster[Symbol.asyncDispose]());

interface IngressInput {
  readonly name?: string;
  readonly host?: string;
  readonly path?: string;
  readonly service?: string;
  /** Without the prefix of ingress-nginx. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly tls?: readonly string[];
}

function ingress(input: IngressInput = {}): KubernetesObject {
  const { name = "main", host = "foo", path = "/", service = "main", annotations = {} } = input;
  const backend = { service: { name: service, port: { number: 80 } } };
  const prefixed = Object.entries(annotations).map(([key, value]) => [
    `nginx.ingress.kubernetes.io/${key}`,
    value,
  ]);
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { namespace: "shop", name, annotations: Object.fromEntries(prefixed) },
    spec: {
      ingressClassName: "nginx",
      ...(input.tls && { tls: [{ hosts: input.tls, secretName: "missing" }] }),
      ...(host === ""
        ? { defaultBackend: backend }
        : { rules: [{ host, http: { paths: [{ path, pathType: "Prefix", backend }] } }] }),
    },
  };
}

function apply(...objects: readonly KubernetesObject[]): void {
  cluster.store.apply(objects.map((object) => ({ op: "put", object })));
  plan.update(cluster.store);
}

async function ask(path: string, headers: Record<string, string> = {}, more = {}) {
  const answer = await request({
    port: gateway.port,
    path,
    headers: { host: "foo", ...headers },
    ...more,
  });
  const isEcho = answer.headers["content-type"] === "application/json";
  return { ...answer, ...(isEcho ? JSON.parse(answer.body) : {}), answered: answer.headers };
}

/** The only cookie that an answer sets. */
function cookieOf(answered: Record<string, unknown>): string {
  return String((answered["set-cookie"] as string[] | undefined)?.[0] ?? "");
}

describe("redirects", () => {
  type Case = readonly [string, IngressInput, string, number, string | undefined];
  test.each<Case>([
    [
      "forcesslredirect",
      { annotations: { "force-ssl-redirect": "true" } },
      "/",
      308,
      "https://foo",
    ],
    ["ssl/http_redirect", { tls: ["foo"] }, "/", 308, "https://foo"],
    ["settings/tls", { tls: ["foo"] }, "/a?b=1", 308, "https://foo/a?b=1"],
    [
      "preservetrailingslash",
      {
        tls: ["foo"],
        annotations: { "ssl-redirect": "true", "preserve-trailing-slash": "true" },
      },
      "/",
      308,
      "https://foo/",
    ],
    [
      "ssl-redirect off",
      { tls: ["foo"], annotations: { "ssl-redirect": "false" } },
      "/",
      200,
      undefined,
    ],
    ["TLS of another host", { tls: ["bar"] }, "/", 200, undefined],
    [
      "redirect",
      { path: "/something", annotations: { "permanent-redirect": "http://redirect.example.com" } },
      "/something",
      301,
      "http://redirect.example.com",
    ],
    [
      "redirect, a code of its own",
      {
        annotations: {
          "permanent-redirect": "http://redirect.example.com",
          "permanent-redirect-code": "302",
        },
      },
      "/something",
      302,
      "http://redirect.example.com",
    ],
    [
      "relativeredirects, absolute",
      { annotations: { "permanent-redirect": "/new", "relative-redirects": "false" } },
      "/something",
      301,
      "http://foo/new",
    ],
    [
      "relativeredirects, relative",
      { annotations: { "permanent-redirect": "/new", "relative-redirects": "true" } },
      "/something",
      301,
      "/new",
    ],
    ["approot", { annotations: { "app-root": "/foo" } }, "/", 302, "http://foo/foo"],
  ])("%s", async (_file, input, path, status, location) => {
    apply(ingress(input));
    const { status: found, answered } = await ask(path);
    expect([found, answered.location]).toEqual([status, location]);
  });

  test("fromtowwwredirect: the name with www. leads to the one without", async () => {
    apply(ingress({ host: "a.example", annotations: { "from-to-www-redirect": "true" } }));
    const { status, answered } = await ask("/foo", { host: "www.a.example" });
    expect([status, answered.location]).toEqual([308, "http://a.example/foo"]);
    expect((await ask("/foo", { host: "a.example" })).name).toBe("main");
    apply(ingress({ name: "www", host: "www.a.example", service: "canary" }));
    expect((await ask("/foo", { host: "www.a.example" })).name).toBe("canary");
  });

  test("TLS of one Ingress is what the paths of another are redirected to; not those of other controllers", async () => {
    const other = ingress({ name: "other", path: "/other" });
    apply(ingress({ tls: ["foo"] }), other);
    expect((await ask("/other")).status).toBe(308);
    apply({ ...other, spec: { ...(other["spec"] as object), ingressClassName: "traefik" } });
    expect((await ask("/other")).name).toBe("main");
    apply({
      apiVersion: "networking.k8s.io/v1",
      kind: "IngressClass",
      metadata: { name: "traefik" },
      spec: { controller: "k8s.io/ingress-nginx" },
    } as KubernetesObject);
    expect((await ask("/other")).status).toBe(308);
  });

  test("what a tunnel has decrypted is not redirected again, and another port of TLS is named", async () => {
    const secured = await cluster.gateway({
      routes: everyRoute(
        plan,
        () => 80,
        "http",
        () => 8443,
      ),
    });
    apply(ingress({ tls: ["foo"] }));
    expect((await ask("/", { "x-forwarded-proto": "https" })).name).toBe("main");
    const { headers } = await request({
      port: secured.port,
      path: "/a",
      headers: { host: "foo:80" },
    });
    expect(headers["location"]).toBe("https://foo:8443/a");
  });
});

describe("canary", () => {
  const canary = (annotations: Record<string, string>, more: IngressInput = {}) =>
    ingress({
      name: "second",
      path: "/info",
      service: "canary",
      annotations: { canary: "true", ...annotations },
      ...more,
    });
  const main = (annotations = {}) => ingress({ path: "/info", annotations });
  const BY_HEADER = { "canary-by-header": "CanaryByHeader" };
  const VALUE = { ...BY_HEADER, "canary-by-header-value": "DoCanary" };
  const PATTERN = { ...BY_HEADER, "canary-by-header-pattern": "^Do[A-Z][a-z]+y$" };
  const COOKIE = { "canary-by-cookie": "Canary-By-Cookie" };
  const BROKEN = { ...BY_HEADER, ...COOKIE, "canary-by-header-pattern": "[][**da?$&*" };
  const header = (value: string) => ({ canarybyheader: value });
  const cookie = (value: string) => ({ cookie: `other=1; Canary-By-Cookie=${value}` });

  test.each<[string, Record<string, string>, Record<string, string>, string]>([
    ["no header", BY_HEADER, {}, "main"],
    ["always", BY_HEADER, header("always"), "canary"],
    ["never", BY_HEADER, header("never"), "main"],
    ["anything else", BY_HEADER, header("badheadervalue"), "main"],
    ["its value", VALUE, header("DoCanary"), "canary"],
    ["always where it has a value", VALUE, header("always"), "main"],
    ["never where it has a value", VALUE, header("never"), "main"],
    ["another value", VALUE, header("otherheadervalue"), "main"],
    ["the pattern matches", PATTERN, header("DoCanary"), "canary"],
    ["the pattern does not", PATTERN, header("Docanary"), "main"],
    ["a value goes before a pattern", { ...PATTERN, ...VALUE }, header("DoCananry"), "main"],
    ["a broken pattern", BROKEN, { ...header("DoCanary"), ...cookie("always") }, "main"],
    [
      "cookie where the value differs",
      { ...VALUE, ...COOKIE },
      { ...header("x"), ...cookie("always") },
      "canary",
    ],
    ["cookie always", COOKIE, cookie("always"), "canary"],
    ["cookie never", { ...COOKIE, "canary-weight": "100" }, cookie("never"), "main"],
    ["cookie, anything else", COOKIE, cookie("badcookievalue"), "main"],
    ["weight 0", { "canary-weight": "0" }, {}, "main"],
    ["weight 100", { "canary-weight": "100" }, {}, "canary"],
    ["all of the total", { "canary-weight": "1000", "canary-weight-total": "1000" }, {}, "canary"],
  ])("%s", async (_what, annotations, headers, expected) => {
    // Whichever of the two is older.
    for (const objects of [
      [main(), canary(annotations)],
      [canary(annotations), main()],
    ]) {
      apply(...objects);
      expect((await ask("/info", headers)).name).toBe(expected);
    }
  });

  test.each([{ "canary-weight": "50" }, { "canary-weight": "100", "canary-weight-total": "200" }])(
    "%o shares requests",
    async (annotations) => {
      apply(main(), canary(annotations));
      const names = [];
      for (let i = 0; i < 20; i++) names.push((await ask("/info")).name);
      expect(names.filter((name) => name === "canary")).toHaveLength(10);
    },
  );

  test("a change of either is followed", async () => {
    apply(main(), canary(BY_HEADER));
    apply(canary({ "canary-by-header": "CanaryByHeader2" }));
    expect((await ask("/info", header("always"))).name).toBe("main");
    expect((await ask("/info", { canarybyheader2: "always" })).name).toBe("canary");
  });

  test("alone it answers nothing, and is no host", async () => {
    apply(canary(BY_HEADER));
    expect((await ask("/info", header("always"))).status).toBe(404);
    apply(ingress({ name: "bar", host: "bar", path: "/info" }));
    expect((await ask("/info", header("always"))).status).toBe(404);
    expect((await ask("/info", { host: "bar" })).name).toBe("main");
  });

  test("of a default backend, and of paths that are nobody's", async () => {
    apply(
      ingress({ host: "" }),
      canary(BY_HEADER, { host: "" }),
      canary(BY_HEADER, { name: "x", path: "/foo" }),
    );
    expect((await ask("/", { host: "what.ever" })).name).toBe("main");
    expect((await ask("/", { host: "what.ever", ...header("always") })).name).toBe("canary");
  });

  const AFFINITY = { affinity: "cookie", "session-cookie-name": "aff" };
  const FORCED = { "canary-by-header": "ForceCanary", "canary-by-header-value": "yes" };
  test.each([{}, { "affinity-canary-behavior": "sticky" }])(
    "a session stays where it began: %o",
    async (behavior) => {
      apply(main(AFFINITY), canary({ ...FORCED, ...behavior, "canary-weight": "1" }));
      const first = await ask("/info", { forcecanary: "yes" });
      expect(first.name).toBe("canary");
      const [pair = ""] = cookieOf(first.answered).split(";");
      expect(pair).toMatch(/^aff=/);
      for (let i = 0; i < 10; i++) {
        const again = await ask("/info", { cookie: pair });
        expect([again.name, cookieOf(again.answered)]).toEqual(["canary", ""]);
      }
      const [other = ""] = cookieOf((await ask("/info")).answered).split(";");
      expect((await ask("/info", { cookie: other, forcecanary: "yes" })).name).toBe("main");
    },
  );

  test("a session of the legacy behaviour goes by the weights, without a cookie", async () => {
    const legacy = { ...FORCED, "canary-weight": "50", "affinity-canary-behavior": "legacy" };
    apply(main(AFFINITY), canary(legacy));
    const first = await ask("/info", { forcecanary: "yes" });
    expect([first.name, cookieOf(first.answered)]).toEqual(["canary", ""]);
    const names = [];
    for (let i = 0; i < 20; i++) names.push((await ask("/info")).name);
    expect(names.filter((name) => name === "canary")).toHaveLength(10);
  });
});

describe("affinity", () => {
  const NAMED = { affinity: "cookie", "session-cookie-name": "SERVERID" };
  test.each<[string, IngressInput, string, RegExp]>([
    ["the cookie", { annotations: NAMED }, "/", /^SERVERID=[^;]+;/],
    ["its usual name", { annotations: { affinity: "cookie" } }, "/", /^INGRESSCOOKIE=/],
    [
      "its path",
      { path: "/something", annotations: NAMED },
      "/something",
      /; Path=\/something(;|$)/,
    ],
    [
      "how long it lasts",
      {
        annotations: {
          ...NAMED,
          "session-cookie-expires": "172800",
          "session-cookie-max-age": "259200",
        },
      },
      "/",
      /; Expires=\w{3}, \d{2} \w{3} \d{4} .*; Max-Age=259200/,
    ],
    [
      "its domain",
      { annotations: { ...NAMED, "session-cookie-domain": "foo.bar" } },
      "/",
      /; Domain=foo\.bar/,
    ],
    ["no domain", { annotations: NAMED }, "/", /^(?!.*; Domain)/],
    [
      "a path of its own beside expressions",
      {
        path: "/foo/.*",
        annotations: { ...NAMED, "use-regex": "true", "session-cookie-path": "/foo/bar" },
      },
      "/foo/bar",
      /^SERVERID=.*Path=\/foo\/bar/,
    ],
    ["no host", { host: "", annotations: NAMED }, "/", /^SERVERID=/],
    ["Secure", { annotations: { ...NAMED, "session-cookie-secure": "true" } }, "/", /; Secure/],
    [
      "not Secure",
      { annotations: { ...NAMED, "session-cookie-secure": "false" } },
      "/",
      /^(?!.*; Secure)/,
    ],
    [
      "SameSite",
      { annotations: { ...NAMED, "session-cookie-samesite": "Strict" } },
      "/",
      /; SameSite=Strict/,
    ],
    ["HttpOnly", { annotations: NAMED }, "/", /; HttpOnly/],
  ])("%s", async (_what, input, path, expected) => {
    apply(ingress(input));
    const { status, answered } = await ask(path);
    expect(status).toBe(200);
    expect(cookieOf(answered)).toMatch(expected);
  });

  test("by another name, for each path, and not where it is not asked for", async () => {
    apply(
      ingress({ path: "/foo/bar", annotations: NAMED }),
      ingress({ name: "plain", path: "/foo" }),
    );
    expect(cookieOf((await ask("/foo/bar")).answered)).toContain("Path=/foo/bar");
    expect(cookieOf((await ask("/foo")).answered)).toBe("");
    apply(ingress({ path: "/foo/bar", annotations: { ...NAMED, "session-cookie-name": "OTHER" } }));
    expect(cookieOf((await ask("/foo/bar")).answered)).toMatch(/^OTHER=/);
  });

  test("affinitymode: the same pod again, with any number of others", async () => {
    apply(ingress({ annotations: NAMED }));
    const pods = [];
    for (const name of ["p0", "p1", "p2"]) {
      pods.push(await cluster.httpPod((_req, res) => res.end(name)));
      cluster.serve("main", pods);
    }
    const first = await ask("/");
    const [pair = ""] = cookieOf(first.answered).split(";");
    pods.push(await cluster.httpPod((_req, res) => res.end("p3")));
    cluster.serve("main", pods);
    for (let i = 0; i < 10; i++) expect((await ask("/", { cookie: pair })).body).toBe(first.body);
    cluster.serve("main", []);
    expect((await ask("/", { cookie: pair })).status).toBe(503);
  });
});

describe("who may ask", () => {
  const DENY = { "denylist-source-range": "18.0.0.0/8, 56.0.0.1" };
  const BOTH = {
    "denylist-source-range": "18.1.0.0/16, 56.0.0.0/8",
    "whitelist-source-range": "18.0.0.0/8, 55.0.0.0/8",
  };
  const ALLOW = { "allowlist-source-range": "18.0.0.0/8, 56.0.0.0/8" };
  test.each<[Record<string, string>, string | undefined, number]>([
    [DENY, "18.0.0.1", 403],
    [DENY, "56.0.0.1", 403],
    [DENY, "56.0.0.2", 200],
    [BOTH, "18.1.0.1", 403],
    [BOTH, "10.10.10.10", 403],
    [BOTH, "18.4.0.1", 200],
    [BOTH, "55.55.55.55", 200],
    [ALLOW, "56.1.1.1", 200],
    [ALLOW, "57.1.1.1", 403],
    [ALLOW, "fd00::1", 403],
    // This machine itself is in no range of a network, and let in.
    [ALLOW, undefined, 200],
    [{ "whitelist-source-range": "nonsense" }, "57.1.1.1", 200],
  ])("%o, from %s: %i", async (annotations, from, status) => {
    apply(ingress({ annotations }));
    const answer = await ask(
      "/",
      from === undefined ? {} : { "x-forwarded-for": `${from}, 10.0.0.1` },
    );
    expect(answer.status).toBe(status);
    if (status === 403)
      expect(answer.body).toContain(`Ingress shop/main does not let clients at ${from} in`);
  });

  test("whom a client that is not trusted forwards for does not matter", async () => {
    const wary = await cluster.gateway({
      routes: everyRoute(plan, () => 80),
      trustForwarded: "never",
    });
    apply(ingress({ annotations: ALLOW }));
    const headers = { host: "foo", "x-forwarded-for": "18.0.0.1" };
    expect((await request({ port: wary.port, path: "/", headers })).status).toBe(403);
  });
});

describe("bodies and time", () => {
  test.each<[string, number, number]>([
    ["8", 8, 200],
    ["8", 9, 413],
    ["1k", 1024, 200],
    ["1K", 1025, 413],
    ["0", 100_000, 200],
    ["15r", 100_000, 200],
  ])("proxy-body-size %s: %i bytes are answered with %i", async (size, length, status) => {
    apply(ingress({ annotations: { "proxy-body-size": size } }));
    const body = "x".repeat(length);
    expect((await ask("/", {}, { method: "POST", body })).status).toBe(status);
    const chunked = { "transfer-encoding": "chunked" };
    expect((await ask("/", chunked, { method: "POST", body })).status).toBe(status);
  });

  test("a body that grows too long is refused while it comes", async () => {
    apply(ingress({ annotations: { "proxy-body-size": "100" } }));
    const socket = net.connect(gateway.port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: foo\r\nTransfer-Encoding: chunked\r\n\r\n");
    const answer = new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (bytes) => {
        text += bytes;
      });
      socket.on("close", () => resolve(text));
    });
    for (let i = 0; i < 11; i++) socket.write("a\r\n0123456789\r\n");
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("proxy-read-timeout: without an answer 504, in its middle the end", async () => {
    const hanging = await cluster.httpPod((req, res) => {
      if (req.url === "/part") res.write("part");
    });
    cluster.serve("slow", [hanging]);
    apply(ingress({ service: "slow", annotations: { "proxy-read-timeout": "1" } }));
    const late = await ask("/");
    expect([late.status, late.body]).toEqual([504, expect.stringContaining("within 1000 ms")]);
    await expect(ask("/part")).rejects.toThrow();
  });

  test("proxy-read-timeout: a WebSocket that is silent", async () => {
    const server = net.createServer((socket) => {
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
      );
    });
    const pod = await cluster.pod(server);
    cluster.serve("slow", [pod]);
    apply(ingress({ service: "slow", annotations: { "proxy-read-timeout": "1" } }));
    const asked = http.get({
      port: gateway.port,
      headers: { host: "foo", connection: "Upgrade", upgrade: "x" },
    });
    await new Promise<void>((resolve) => {
      asked.on("upgrade", (_res, socket) => socket.on("close", resolve));
    });
  });

  test("proxy-connect-timeout: an endpoint that does not answer is given up", async () => {
    const deaf = await cluster.gateway({
      routes: everyRoute(plan, () => 80),
      dialer: { dial: () => new net.Socket() },
      connectTimeout: 600_000,
    });
    apply(ingress({ annotations: { "proxy-connect-timeout": "1" } }));
    const { status, body } = await request({
      port: deaf.port,
      path: "/",
      headers: { host: "foo" },
    });
    expect([status, body]).toEqual([502, expect.stringContaining("no connection within 1000 ms")]);
  });
});

describe("paths of a host of which one Ingress has expressions", () => {
  const target = { "rewrite-target": "/new/backend" };
  const regex = { "use-regex": "true", ...target };
  test.each<[string, IngressInput, IngressInput, string, string]>([
    [
      "the longest goes first",
      { path: "/.well-known/acme/challenge" },
      { path: "/", annotations: target },
      "/.well-known/acme/challenge",
      "/.well-known/acme/challenge",
    ],
    ["a plain one", { path: "/foo" }, { path: "/foo.+", annotations: regex }, "/foo", "/foo"],
    [
      "an expression",
      { path: "/foo" },
      { path: "/foo.+", annotations: regex },
      "/foo/bar",
      "/new/backend",
    ],
    [
      "as long as it is written, not as it matches",
      { path: "/foo/bar/bar" },
      { path: "/foo/bar/[a-z]{3}", annotations: regex },
      "/foo/bar/bar",
      "/new/backend",
    ],
    [
      "with what a group took",
      { path: "/x" },
      { path: "/foo/bar/(.+)", annotations: { "use-regex": "true", "rewrite-target": "/new/$1" } },
      "/foo/bar/bar",
      "/new/bar",
    ],
  ])("%s", async (_what, plain, other, path, expected) => {
    apply(ingress(plain), ingress({ ...other, name: "other" }));
    expect((await ask(path)).url).toBe(expected);
  });
});

describe("what pods get", () => {
  test.each<[string, IngressInput, string, Record<string, unknown>]>([
    [
      "x-forwarded-prefix",
      { annotations: { "x-forwarded-prefix": "/test/value", "rewrite-target": "/foo" } },
      "/",
      { "x-forwarded-prefix": "/test/value" },
    ],
    [
      "no x-forwarded-prefix",
      { annotations: { "x-forwarded-prefix": "", "rewrite-target": "/foo" } },
      "/",
      { "x-forwarded-prefix": undefined },
    ],
    [
      "upstreamvhost",
      { annotations: { "upstream-vhost": "in.example" } },
      "/",
      { host: "in.example" },
    ],
  ])("%s", async (_file, input, path, expected) => {
    apply(ingress(input));
    const { headers } = await ask(path);
    for (const [name, value] of Object.entries(expected)) expect(headers[name]).toBe(value);
  });

  test("alias: another name for a host, with the paths of all Ingresses that have it", async () => {
    apply(ingress());
    expect((await ask("/", { host: "bar" })).status).toBe(404);
    apply(
      ingress({ path: "/app-a" }),
      ingress({
        name: "b",
        path: "/app-b",
        service: "canary",
        annotations: { "server-alias": "bar, c.example" },
      }),
    );
    expect((await ask("/app-a", { host: "bar" })).name).toBe("main");
    expect((await ask("/app-b", { host: "c.example" })).name).toBe("canary");
  });
});

describe("CORS", () => {
  const cors = (annotations: Record<string, string> = {}) =>
    apply(ingress({ annotations: { "enable-cors": "true", ...annotations } }));
  const ORIGIN = "access-control-allow-origin";
  const allow = (origins: string) => ({ "cors-allow-origin": origins });

  test.each<[string, string | undefined, string | undefined]>([
    [
      "https://origin.cors.com:8080",
      "https://origin.cors.com:8080",
      "https://origin.cors.com:8080",
    ],
    ["https://a.example, https://b.example", "https://b.example", "https://b.example"],
    ["http://origin2.cors.com, https://origin.com", "http://no.origin.com", undefined],
    ["origin.cors.com:8080, https://origin2.cors.com", "origin.cors.com:8080", undefined],
    ["*", undefined, "*"],
    ["*, foo.bar.com", undefined, "*"],
    ["      ", "test.origin.com", "*"],
    ["https://foo.bar.com", "https://fooxbar.com", undefined],
    ["http://origin.com:8080", "http://origin.com:8080", "http://origin.com:8080"],
    ["http://origin.com", "http://origin.com:8080", undefined],
    ["http://origin.com:8080", "http://origin.com", undefined],
    [
      "http://*.origin.cors.com",
      "http://bar-foo.origin.cors.com",
      "http://bar-foo.origin.cors.com",
    ],
    ["http://*.origin.cors.com", "http://bar.foo.origin.cors.com", undefined],
    ["http://*.origin.com:8080", "http://abc.origin.com:8080", "http://abc.origin.com:8080"],
    ["http://*.origin.com:8080", "http://abc.origin.com", undefined],
    ["http://*.origin.com:8080", "http://origin.com:8080", undefined],
    [
      "https://a.example:80,   ,https://b.example:80,",
      "https://b.example:80",
      "https://b.example:80",
    ],
    ["https://a.example:80,   ,https://b.example:80,", "https://c.example:80", undefined],
    [
      "test://localhost, tauri://localhost:3000",
      "tauri://localhost:3000",
      "tauri://localhost:3000",
    ],
  ])("allowed %s, asked by %s: %s", async (origins, origin, expected) => {
    cors(allow(origins));
    const { status, answered } = await ask("/", origin === undefined ? {} : { origin });
    expect([status, answered[ORIGIN]]).toEqual([200, expected]);
  });

  test.each<[Record<string, string>, string, string | undefined]>([
    [{}, "access-control-allow-methods", "GET, PUT, POST, DELETE, PATCH, OPTIONS"],
    [{}, "access-control-max-age", "1728000"],
    [{}, "access-control-allow-credentials", "true"],
    [{ "cors-allow-methods": "POST, GET" }, "access-control-allow-methods", "POST, GET"],
    [{ "cors-max-age": "200" }, "access-control-max-age", "200"],
    [{ "cors-allow-credentials": "false" }, "access-control-allow-credentials", undefined],
    [
      { "cors-allow-headers": "DNT, User-Agent" },
      "access-control-allow-headers",
      "DNT, User-Agent",
    ],
    [{ "cors-expose-headers": "X-A, X-B" }, "access-control-expose-headers", "X-A, X-B"],
  ])("%o: %s is %s, in answers and before", async (annotations, name, expected) => {
    cors(annotations);
    expect((await ask("/")).answered[name]).toBe(expected);
    const before = await ask("/", {}, { method: "OPTIONS" });
    expect([before.status, before.answered[name]]).toEqual([204, expected]);
  });
});
