import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RecentTraffic } from "../../src/control/recent-traffic.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import type { Hello, StreamEvents, Wanted } from "../../src/page/messages.ts";
import { PageFiles } from "../../src/page/page-files.ts";
import { type ServedPage, servePage } from "../../src/page/serve-page.ts";

const POD = (name: string, isReady: boolean) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "shop", name, labels: { app: "web" } },
  spec: { containers: [{ name: "main", image: "x", ports: [{ containerPort: 8080 }] }] },
  status: {
    phase: "Running",
    podIP: "10.244.0.9",
    conditions: [{ type: "Ready", status: isReady ? "True" : "False" }],
  },
});
const WEB = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "shop", name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
};

let engine: Engine;
let page: ServedPage;
let port: number;
let folder: string;
let restarted: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-page-"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>kubelane</title>");
  writeFileSync(join(folder, "secret.txt"), "no file of a page");
  restarted = [];
  engine = createEngine();
  const recent = new RecentTraffic();
  engine.on("traffic", (event) => recent.add(event, Date.now()));
  page = servePage({
    engine,
    files: await PageFiles.read(folder),
    version: "1",
    recent,
    port: () => engine.gateway?.port ?? 0,
    troubles: () => [],
    answers: {
      service: (_namespace, name) =>
        name === "web"
          ? { sections: [{ title: "names", lines: ["web"] }], probes: {}, workloads: [] }
          : undefined,
      pod: () => ({ sections: [], probes: [], containers: [] }),
      resolve: async () => ({ search: "", tried: [], answers: [] }),
      trace: async () => ({ steps: [], path: {}, reached: true, verdict: "" }),
      check: async () => ({ findings: [] }),
      try: async () => undefined,
      restart: async (_namespace, name) => {
        restarted.push(name);
        return true;
      },
      scale: async () => ({}),
    },
  });
  const { gateway } = await engine.listen({
    gateway: { listen: "127.0.0.1:0", browserPage: page.listener },
  });
  port = gateway?.port ?? 0;
});

afterEach(async () => {
  page.close();
  await engine.close({ grace: 0 });
  rmSync(folder, { recursive: true });
});

function ask(
  path: string,
  {
    method = "GET",
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const host = `localhost:${port}`;
    const call = request(
      { host: "127.0.0.1", port, path, method, headers: { host, ...headers } },
      resolve,
    );
    call.on("error", reject).end(body);
  });
}

const statusOf = async (...asked: Parameters<typeof ask>) => {
  const response = await ask(...asked);
  response.destroy();
  return response.statusCode;
};

async function openSession(): Promise<string> {
  const response = await ask(page.path);
  return String(response.headers["set-cookie"]).split(";")[0] ?? "";
}

/** Events of a stream, as they come. */
async function* eventsOf(response: IncomingMessage) {
  let rest = "";
  for await (const chunk of response.setEncoding("utf8")) {
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
      if (event !== undefined) yield { event, data: JSON.parse(data ?? "") };
    }
  }
}

async function next<K extends keyof StreamEvents>(
  events: AsyncIterator<{ event: string; data: unknown }>,
  wanted: K,
  isIt: (data: StreamEvents[K]) => boolean = () => true,
): Promise<StreamEvents[K]> {
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error(`the stream ended without ${wanted}`);
    const data = value.data as StreamEvents[K];
    if (value.event === wanted && isIt(data)) return data;
  }
}

describe("a session", () => {
  test("is opened by the link, which leaves nothing in the address", async () => {
    const { statusCode, headers } = await ask(page.path);
    expect([statusCode, headers.location]).toEqual([303, "/"]);
    expect(headers["set-cookie"]).toEqual([
      expect.stringMatching(
        new RegExp(`^kubelane-${port}=[\\w-]{32}; Path=/-/; HttpOnly; SameSite=Strict$`),
      ),
    ]);
    expect(String(headers["set-cookie"])).not.toContain(page.path.split("=")[1]);
  });

  test("is not opened by another token", async () => {
    const { headers } = await ask("/?token=guess");
    expect([headers["set-cookie"], headers.location]).toEqual([undefined, "/#/wrong-token"]);
  });

  test.each([
    "/-/pod?namespace=shop&name=a",
    "/-/resolve?name=web",
    "/-/trace?target=web",
    "/-/check",
  ])("is needed for %s", async (path) => {
    expect(await statusOf(path)).toBe(401);
    expect(await statusOf(path, { headers: { cookie: `kubelane-${port}=guess` } })).toBe(401);
    expect(await statusOf(path, { headers: { cookie: await openSession() } })).toBe(200);
  });

  test("is not needed for what the gateway's other pages say anyway", async () => {
    expect(await statusOf("/-/service?namespace=shop&name=web")).toBe(200);
    expect(await statusOf("/-/service?namespace=shop&name=nothing")).toBe(404);
    expect(await statusOf("/-/stream")).toBe(200);
  });
});

describe("what changes something", () => {
  const origin = () => ({ origin: `http://localhost:${port}` });
  const restart = (headers: Record<string, string>) =>
    statusOf("/-/restart?namespace=shop&name=web", { method: "POST", headers, body: "{}" });

  test("is done for the page itself alone", async () => {
    const cookie = await openSession();
    expect(await restart({ ...origin() })).toBe(401);
    expect(await restart({ cookie })).toBe(403);
    expect(await restart({ cookie, origin: "http://localhost:3000" })).toBe(403);
    expect(await restart({ cookie, origin: "null" })).toBe(403);
    expect(await restart({ cookie, ...origin(), "sec-fetch-site": "same-site" })).toBe(403);
    expect(await statusOf("/-/restart?name=web", { headers: { cookie } })).toBe(405);
    expect(restarted).toEqual([]);
    expect(await restart({ cookie, ...origin(), "sec-fetch-site": "same-origin" })).toBe(200);
    expect(restarted).toEqual(["web"]);
  });

  test("is not done for another machine, which may read with a session", async () => {
    const cookie = await openSession();
    const far = { "x-forwarded-for": "192.0.2.7" };
    expect(await restart({ cookie, ...origin(), ...far })).toBe(403);
    expect(await statusOf("/-/check", { headers: { cookie, ...far } })).toBe(200);
    expect(await statusOf("/-/stream", { headers: far })).toBe(401);
    expect(await statusOf("/", { headers: { accept: "text/html", ...far } })).toBe(200);
    expect(restarted).toEqual([]);
  });
});

describe("pages of other origins", () => {
  test.each(["/-/stream", "/-/service?namespace=shop&name=web", "/-/check"])(
    "get no answer at %s",
    async (path) => {
      const cookie = await openSession();
      for (const headers of [
        { origin: "http://evil.example" },
        { origin: "http://localhost:1" },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
      ] as Record<string, string>[]) {
        expect(await statusOf(path, { headers: { cookie, ...headers } })).toBe(403);
      }
    },
  );

  test("can't come by a name of theirs that they led here", async () => {
    for (const host of ["evil.example", `evil.example:${port}`, "localhost.evil.example"]) {
      expect(await statusOf("/-/stream", { headers: { host } })).toBe(404);
      expect(await statusOf("/", { headers: { host, accept: "text/html" } })).toBe(404);
    }
  });
});

describe("the page's files", () => {
  test("come with a policy that keeps everything else out", async () => {
    const response = await ask("/", { headers: { accept: "text/html", "accept-encoding": "" } });
    expect(await text(response)).toContain("<title>kubelane</title>");
    expect(response.headers).toMatchObject({
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
      ),
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
    });
    expect(response.headers["content-security-policy"]).not.toMatch(/unsafe|\*|https?:/);
  });

  test("are those of the page and no others", async () => {
    for (const path of ["/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/index.html"]) {
      expect(await statusOf(path)).toBe(404);
    }
    expect(await statusOf("/", { method: "POST" })).toBe(405);
  });

  test("leave programs the page as text and JSON", async () => {
    await engine.load([WEB]);
    expect(await text(await ask("/"))).toContain("shop/web");
    const json = await text(await ask("/", { headers: { accept: "application/json" } }));
    expect(JSON.parse(json)).toMatchObject({ services: [{ name: "web" }] });
  });
});

describe("the stream", () => {
  test("tells the world as it is, then what becomes otherwise", async () => {
    await engine.load([WEB, POD("web-1", false)]);
    const events = eventsOf(await ask("/-/stream"));
    const hello: Hello = await next(events, "hello");
    expect(hello).toMatchObject({ version: "1", hasSession: false, mayChange: false });
    const world = await next(events, "world");
    expect(world).toMatchObject({
      isSnapshot: true,
      services: [{ id: "shop/web", ready: 0, total: 1, endpoints: ["shop/web-1"] }],
      pods: [{ id: "shop/web-1", stage: "starting" }],
    });
    expect(world.services?.[0]?.problem).toBe(
      engine.whyNone(engine.store.get("Service", "shop", "web")!),
    );
    await engine.load([POD("web-1", true)]);
    const change = await next(events, "world", ({ services }) => services !== undefined);
    expect(change.services).toMatchObject([{ id: "shop/web", ready: 1 }]);
    expect(change.services?.[0]).not.toHaveProperty("problem");
    engine.store.apply([
      { op: "delete", key: { kind: "Service", namespace: "shop", name: "web" } },
    ]);
    const gone = await next(events, "world", (each) => each.gone !== undefined);
    expect(gone.gone).toEqual({ services: ["shop/web"] });
  });

  test("tells requests to who has a session, and who goes where to everybody", async () => {
    await engine.load([WEB]);
    const cookie = await openSession();
    const open = eventsOf(await ask("/-/stream"));
    const events = eventsOf(await ask("/-/stream", { headers: { cookie } }));
    const { stream } = await next(events, "hello");
    const { stream: other } = await next(open, "hello");
    const follow = (id: string, wanted: Wanted) => {
      const body = JSON.stringify({ stream: id, wanted });
      const headers = { origin: `http://localhost:${port}`, "content-length": `${body.length}` };
      return statusOf("/-/follow", { method: "POST", headers, body });
    };
    expect(await follow(stream, { requests: true })).toBe(200);
    expect(await follow(other, { requests: true })).toBe(404);
    expect(await follow(other, { traffic: { lines: ["shop/web"] } })).toBe(200);
    await statusOf("/hello?x=1", { headers: { host: "web.shop" } });
    const [told] = await next(events, "requests", (all) => all.length > 0);
    expect(told).toMatchObject({
      method: "GET",
      path: "/hello?x=1",
      status: 503,
      service: "shop/web",
    });
    const [edge] = await next(open, "traffic", (all) => all.length > 0);
    expect(edge).toMatchObject({ from: "outside", to: "service:shop/web", errors: 1 });
  });

  test("tells which pod called, where a request comes from the address of one", async () => {
    const caller = POD("job-1", true);
    await engine.load([
      WEB,
      {
        ...caller,
        metadata: { ...caller.metadata, labels: {} },
        status: { ...caller.status, podIP: "127.0.0.1" },
      },
    ]);
    const cookie = await openSession();
    const events = eventsOf(await ask("/-/stream", { headers: { cookie } }));
    const { stream } = await next(events, "hello");
    const wanted: Wanted = { requests: true, traffic: { lines: ["shop/web"] } };
    const body = JSON.stringify({ stream, wanted });
    const origin = `http://localhost:${port}`;
    const headers = { cookie, origin, "content-length": `${body.length}` };
    await statusOf("/-/follow", { method: "POST", headers, body });
    await statusOf("/", { headers: { host: "web.shop" } });
    const told = await next(events, "traffic", (all) => all.length > 0);
    expect(told).toMatchObject([{ from: "pod:shop/job-1", to: "service:shop/web" }]);
    const [request] = await next(events, "requests", (all) => all.length > 0);
    expect(request).toMatchObject({ client: "shop/job-1" });
  });

  test("tells of the traffic of those Services alone that are shown", async () => {
    await engine.load([WEB, { ...WEB, metadata: { namespace: "shop", name: "api" } }]);
    const events = eventsOf(await ask("/-/stream"));
    const { stream } = await next(events, "hello");
    const body = JSON.stringify({ stream, wanted: { traffic: { totals: ["shop/api"] } } });
    const headers = { origin: `http://localhost:${port}`, "content-length": `${body.length}` };
    await statusOf("/-/follow", { method: "POST", headers, body });
    for (const host of ["web.shop", "api.shop"]) await statusOf("/", { headers: { host } });
    const told = await next(events, "traffic", (all) => all.length > 0);
    expect(told).toMatchObject([{ from: "anyone", to: "service:shop/api" }]);
  });

  test.each([
    ["{", "the body is no JSON"],
    ["7", "the body is no object"],
    ['{"wanted":{}}', "stream is no text"],
    ['{"stream":"a"}', "wanted is no object"],
    ['{"stream":"a","wanted":{"traffic":{"lines":"shop/web"}}}', "lines is no list"],
    ['{"stream":"a","wanted":{"traffic":{"totals":[7]}}}', "totals is no text"],
    ['{"stream":"a","wanted":{"logs":{"pod":"shop/web-1"}}}', "container is no text"],
  ])("refuses to follow %s", async (body, why) => {
    const headers = { origin: `http://localhost:${port}`, "content-length": `${body.length}` };
    const response = await ask("/-/follow", { method: "POST", headers, body });
    expect(response.statusCode).toBe(400);
    expect(JSON.parse(await text(response))).toEqual({ error: why });
  });

  test("says nothing of requests for the page itself", async () => {
    const traffic: unknown[] = [];
    engine.on("traffic", (event) => traffic.push(event));
    await text(await ask("/", { headers: { accept: "text/html" } }));
    expect(traffic).toEqual([]);
  });
});
