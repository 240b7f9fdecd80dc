import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SESSION_AFFINITY_ANNOTATION, sessionRule } from "../../src/objects/service-annotations.ts";
import { sessionOf } from "../../src/proxy/session-key.ts";
import { service } from "../balancer/objects.ts";
import { type Answer, raw, request, TestCluster, type TestGateway } from "./cluster.ts";

function annotated(value: string) {
  const object = service("web");
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { [SESSION_AFFINITY_ANNOTATION]: value } },
  };
}

describe("what the annotation asks for", () => {
  test.each([
    ["cookie", { by: "cookie", name: "kubelane-session" }],
    ["cookie=shop", { by: "cookie", name: "shop" }],
    ["header=X-User", { by: "header", name: "x-user" }],
    ["header", undefined],
    ["cookie=a b", undefined],
    ["cookie=a;b", undefined],
    ["cookie=a\r\nX: y", undefined],
    [`cookie=${"a".repeat(65)}`, undefined],
    ["ip", undefined],
    ["", undefined],
  ])("%j", (value, expected) => {
    expect(sessionRule(annotated(value))).toEqual(expected);
  });

  test("nothing without it", () => {
    expect(sessionRule(service("web"))).toBeUndefined();
  });
});

describe("the session of a request", () => {
  const COOKIE = { by: "cookie", name: "kubelane-session" } as const;
  const HEADER = { by: "header", name: "x-user" } as const;
  const NEW = "0123456789abcdefghijkl";
  const of = (rule: typeof COOKIE | typeof HEADER, headers: Record<string, string[]>) =>
    sessionOf(
      rule,
      (name) => headers[name] ?? [],
      () => NEW,
    );

  test.each([
    ["its cookie", ["kubelane-session=abcdefgh"], "abcdefgh"],
    ["among others", ["a=b; kubelane-session=abcdefgh; c=d"], "abcdefgh"],
    ["in the second of two headers", ["a=b", "kubelane-session=abcdefgh"], "abcdefgh"],
    ["the first of two", ["kubelane-session=abcdefgh; kubelane-session=ijklmnop"], "abcdefgh"],
  ])("is %s", (_name, cookie, key) => {
    expect(of(COOKIE, { cookie })).toEqual({ key });
  });

  test.each([
    ["no cookie", []],
    ["another cookie", ["kubelane-session2=abcdefgh"]],
    ["a cookie without a name", ["kubelane-session"]],
    ["an empty one", ["kubelane-session="]],
    ["one that is too short", ["kubelane-session=abc"]],
    ["one that is too long", [`kubelane-session=${"a".repeat(65)}`]],
    ["one that is no key", ["kubelane-session=a b c d e"]],
  ])("is a new one for %s", (_name, cookie) => {
    expect(of(COOKIE, { cookie })).toEqual({
      key: NEW,
      setCookie: `kubelane-session=${NEW}; Path=/; HttpOnly; SameSite=Lax`,
    });
  });

  test("goes by a header's value, and long ones by their hash", () => {
    expect(of(HEADER, { "x-user": ["alice"] })).toEqual({ key: "alice" });
    expect(of(HEADER, {})).toBeUndefined();
    expect(of(HEADER, { "x-user": [""] })).toBeUndefined();
    const long = of(HEADER, { "x-user": ["a".repeat(4_000)] });
    expect(long?.key).toHaveLength(43);
    expect(of(HEADER, { "x-user": [`${"a".repeat(3_999)}b`] })).not.toEqual(long);
  });

  test("has a key of its own by default", () => {
    const keys = Array.from({ length: 100 }, () => sessionOf(COOKIE, () => [])?.key);
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^[\w-]{22}$/);
  });
});

describe("session affinity", () => {
  let cluster: TestCluster;
  let gateway: TestGateway;

  beforeEach(async () => {
    cluster = new TestCluster();
    gateway = await cluster.gateway();
  });

  afterEach(() => cluster[Symbol.asyncDispose]());

  async function serve(annotation: string, count = 3): Promise<void> {
    const pods = [];
    for (let i = 0; i < count; i++) {
      pods.push(
        await cluster.httpPod((_req, res) => {
          res.setHeader("Set-Cookie", ["own=1", "other=2"]);
          res.end(String(i));
        }),
      );
    }
    const put = cluster.serve("web", pods);
    const { metadata } = annotated(annotation);
    cluster.store.apply([{ op: "put", object: { ...put, metadata } }]);
  }

  const ask = (headers: Record<string, string> = {}): Promise<Answer> =>
    request({ port: gateway.port, headers: { host: "web.shop", ...headers } });

  /** The cookie that an answer gives besides the pod's own. */
  function given(answer: Answer): string | undefined {
    const [own, other, ...rest] = answer.headers["set-cookie"] ?? [];
    expect([own, other]).toEqual(["own=1", "other=2"]);
    expect(rest.length).toBeLessThan(2);
    return rest[0];
  }

  test("gives each client without one a cookie, and keeps who brings it with its pod", async () => {
    await serve("cookie");
    const pods = new Set<string>();
    // By chance a pod is left out once in 10 million.
    for (let i = 0; i < 40; i++) {
      const first = await ask();
      const cookie = given(first) ?? "";
      expect(cookie).toMatch(/^kubelane-session=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/);
      pods.add(first.body);
      for (let again = 0; again < 2; again++) {
        const next = await ask({ cookie: `x=y; ${cookie.split(";")[0]}` });
        expect(next.body).toBe(first.body);
        expect(given(next)).toBeUndefined();
      }
    }
    expect(pods.size).toBe(3);
    expect(gateway.events[1]?.why).toBe("session affinity, of 3 ready endpoints");
  });

  test("goes by a header where that is asked for, and sets nothing", async () => {
    await serve("header=X-User");
    const pods = new Map<string, string>();
    // With 40 users a pod is left out by chance once in a million.
    for (let i = 0; i < 120; i++) {
      const user = `user-${i % 40}`;
      const answer = await ask({ "x-user": user });
      expect(given(answer)).toBeUndefined();
      expect(answer.body).toBe(pods.get(user) ?? answer.body);
      pods.set(user, answer.body);
    }
    expect(new Set(pods.values()).size).toBe(3);
    const without = new Set<string>();
    for (let i = 0; i < 40; i++) without.add((await ask()).body);
    expect(without.size).toBe(3);
  });

  test("holds for WebSocket too", async () => {
    const heads: string[] = [];
    const pods = [];
    for (let i = 0; i < 3; i++) {
      const pod = net.createServer((socket) => {
        socket.on("data", (chunk) => {
          heads.push(String(chunk));
          socket.end(
            `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\npod ${i}`,
          );
        });
      });
      pods.push(await cluster.pod(pod));
    }
    const put = cluster.serve("web", pods);
    cluster.store.apply([
      { op: "put", object: { ...put, metadata: annotated("header=X-User").metadata } },
    ]);
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 12; i++) {
      const answer = await raw(
        gateway.port,
        "GET / HTTP/1.1\r\nHost: web.shop\r\nX-User: alice\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      );
      seen.add(/pod \d$/.exec(answer)?.[0]);
    }
    expect(seen.size).toBe(1);
    expect([...seen][0]).toMatch(/^pod/);
  });

  test("moves to another pod when its own is gone", async () => {
    await serve("cookie", 2);
    const first = await ask();
    const cookie = (given(first) ?? "").split(";")[0] ?? "";
    const [zero, one] = cluster.pods;
    const left = first.body === "0" ? one : zero;
    const put = cluster.serve("web", left === undefined ? [] : [left]);
    cluster.store.apply([
      { op: "put", object: { ...put, metadata: annotated("cookie").metadata } },
    ]);
    const next = await ask({ cookie });
    expect(next.body).not.toBe(first.body);
    expect(given(next)).toBeUndefined();
    expect((await ask({ cookie })).body).toBe(next.body);
  });

  test("holds for HTTP/2 streams, to pods of either protocol", async () => {
    await serve("cookie");
    const session = http2.connect(`http://127.0.0.1:${gateway.port}`);
    const stream = async (cookie: string[]) => {
      const asked = session.request({ ":authority": "web.shop", ":path": "/", cookie });
      const [headers] = await once(asked, "response");
      let body = "";
      for await (const chunk of asked) body += chunk;
      return { body, cookies: (headers["set-cookie"] ?? []) as string[] };
    };
    const first = await stream([]);
    expect(first.cookies.slice(0, 2)).toEqual(["own=1", "other=2"]);
    const own = first.cookies[2]?.split(";")[0] ?? "";
    for (let i = 0; i < 8; i++) {
      expect(await stream(["a=b", own])).toEqual({
        body: first.body,
        cookies: ["own=1", "other=2"],
      });
    }
    session.destroy();
  });

  test("holds for pods that speak HTTP/2", async () => {
    const pods = [];
    for (let i = 0; i < 3; i++) {
      const server = http2.createServer();
      server.on("stream", (stream) => {
        stream.respond({ ":status": 200 });
        stream.end(String(i));
      });
      pods.push(await cluster.pod(server));
    }
    const spec = { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] };
    const put = cluster.serve("web", pods, { spec });
    cluster.store.apply([
      { op: "put", object: { ...put, metadata: annotated("cookie").metadata } },
    ]);
    const first = await ask();
    const [cookie = ""] = first.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/^kubelane-session=/);
    for (let i = 0; i < 8; i++) {
      const next = await ask({ cookie: cookie.split(";")[0] ?? "" });
      expect(next.body).toBe(first.body);
      expect(next.headers).not.toHaveProperty("set-cookie");
    }
  });
});
