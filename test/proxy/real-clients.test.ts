import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { EnvHttpProxyAgent, fetch, ProxyAgent } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Address } from "../../src/engine/listen.ts";
import { freePort } from "../support/free-port.ts";
import { describeWith } from "../support/tools.ts";
import { World } from "./world.ts";

const run = promisify(execFile);
const HTTP = [{ port: 8000, targetPort: 8080 }];

/** Two pods of a Service `web` behind a gateway and relays. */
async function web() {
  const world = new World({ defaultNamespace: "conformance" });
  const host = await world.service("web", { ports: HTTP });
  for (const name of ["one", "two"]) {
    await world.pod(name, "web", {
      http: (req, res) => {
        let size = 0;
        req.on("data", (chunk) => {
          size += chunk.length;
        });
        req.on("end", () => {
          res.setHeader("X-Pod", name);
          res.end(`${req.method} ${req.url} ${size} ${req.headers["x-forwarded-for"] ?? "direct"}`);
        });
      },
    });
  }
  const { gateway } = await world.engine.listen({
    services: true,
    gateway: { listen: "127.0.0.1:0" },
  });
  return { world, host, gateway: gateway as Address };
}

describeWith(["curl"], "curl", () => {
  let setting: Awaited<ReturnType<typeof web>>;
  let gateway = "";

  beforeAll(async () => {
    setting = await web();
    gateway = `127.0.0.1:${setting.gateway.port}`;
  });

  afterAll(() => setting.world[Symbol.asyncDispose]());

  async function curl(...args: string[]): Promise<string> {
    const env = { PATH: process.env["PATH"] ?? "" };
    const { stdout } = await run("curl", ["-sS", "--max-time", "10", ...args], { env });
    return stdout;
  }

  test.each([
    ["as a reverse proxy by Host", () => ["-H", "Host: web.conformance", `http://${gateway}/x?y`]],
    [
      "by a name below .localhost",
      () => [
        "--resolve",
        `web.conformance.localhost:${setting.gateway.port}:127.0.0.1`,
        `http://web.conformance.localhost:${setting.gateway.port}/x?y`,
      ],
    ],
    ["as a proxy (-x)", () => ["-x", gateway, "http://web.conformance.svc.cluster.local:8000/x?y"]],
    ["as a proxy, by a short name", () => ["-x", gateway, "http://web:8000/x?y"]],
    [
      "over HTTP/2 with prior knowledge",
      () => ["--http2-prior-knowledge", "-H", "Host: web.conformance", `http://${gateway}/x?y`],
    ],
    ["as HTTP/1.0", () => ["--http1.0", "-H", "Host: web.conformance", `http://${gateway}/x?y`]],
  ] as const)("reaches a pod %s", async (_name, args) => {
    expect(await curl(...args())).toBe("GET /x?y 0 127.0.0.1");
  });

  test.each([
    ["a tunnel (CONNECT)", () => ["-p", "-x", gateway, "http://web.conformance:8000/x"]],
    ["SOCKS5", () => ["--socks5-hostname", gateway, "http://web.conformance:8000/x"]],
    ["the relay of the ClusterIP", () => [`http://${setting.host}:8000/x`]],
  ] as const)("reaches a pod through %s", async (_name, args) => {
    expect(await curl(...args())).toBe("GET /x 0 direct");
  });

  test("is balanced by request, also on one connection", async () => {
    const url = "http://web.conformance:8000/";
    const urls = Array.from({ length: 30 }, () => [url, "-o", "/dev/null"]).flat();
    const written = await curl("-x", gateway, "-w", "%header{x-pod} %{num_connects}\n", ...urls);
    const lines = written.trim().split("\n");
    expect(new Set(lines.map((line) => line.split(" ")[0]))).toEqual(new Set(["one", "two"]));
    expect(lines.slice(1).every((line) => line.endsWith(" 0"))).toBe(true);
  });

  test("uploads with Expect: 100-continue, in chunks, and asks for heads only", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kubelane-curl-"));
    const file = join(folder, "body");
    await run("sh", ["-c", `head -c 3000000 /dev/zero > ${file}`]);
    const url = "http://web.conformance:8000/up";
    const expected = "POST /up 3000000 127.0.0.1";
    expect(await curl("-x", gateway, "--data-binary", `@${file}`, url)).toBe(expected);
    const chunked = ["-H", "Transfer-Encoding: chunked", "-H", "Content-Length:"];
    const continued = ["-H", "Expect: 100-continue"];
    for (const more of [chunked, continued, [...chunked, ...continued]]) {
      expect(await curl("-x", gateway, ...more, "--data-binary", `@${file}`, url)).toBe(expected);
    }
    expect(await curl("-x", gateway, "-I", url)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*x-pod/i);
    rmSync(folder, { recursive: true });
  });

  test("is told why a name is refused, as text or JSON", async () => {
    const args = ["-x", gateway, "http://nobody.conformance:8000/"];
    expect(await curl(...args)).toMatch(/^404 there is no Service conformance\/nobody/);
    const json = JSON.parse(await curl("-H", "Accept: application/json", ...args));
    expect(JSON.stringify(json)).toContain("there is no Service conformance/nobody");
  });
});

describeWith(["redis-server", "redis-cli"], "redis-cli", () => {
  let world: World;
  let server: ReturnType<typeof spawn>;
  let host = "";
  let pod = "";

  beforeAll(async () => {
    const port = await freePort();
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", tmpdir()];
    server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
    for await (const chunk of server.stdout ?? []) if (/Ready to accept/.test(String(chunk))) break;
    server.stdout?.resume();
    world = new World({ localAddressOf: () => ({ host: "127.0.0.1", port }) });
    host = await world.service("cache", { ports: [{ port: 6379 }] });
    await world.service("cache-pods", {
      clusterIP: "None",
      selector: { app: "cache" },
      ports: [{ port: 6379 }],
    });
    pod = await world.pod("cache-0", "cache", { ports: {} });
    await world.engine.listen({ services: true });
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    server.kill();
    await once(server, "exit");
  });

  async function redis(at: string, ...args: string[]): Promise<string> {
    const { stdout } = await run("redis-cli", ["-h", at, "-p", "6379", ...args]);
    return stdout.trim();
  }

  test("talks to a Redis behind a Service's ClusterIP, and to its pod by address", async () => {
    expect(await redis(host, "ping")).toBe("PONG");
    expect(await redis(host, "set", "greeting", "hello")).toBe("OK");
    expect(await redis(pod.replace(/^\d+/, "127"), "get", "greeting")).toBe("hello");
  });

  test("sends 100,000 commands through one pipe and gets every answer", async () => {
    const commands = Array.from({ length: 100_000 }, (_, i) => `SET key:${i} ${i}\r\n`).join("");
    const child = spawn("redis-cli", ["-h", host, "-p", "6379", "--pipe"]);
    child.stdin.end(commands);
    let output = "";
    for await (const chunk of child.stdout) output += chunk;
    expect(output).toMatch(/errors: 0, replies: 100000/);
  });

  test("is told of messages as they are published", async () => {
    const child = spawn("redis-cli", ["-h", host, "-p", "6379", "subscribe", "news"]);
    const lines: string[] = [];
    child.stdout.on("data", (chunk) => lines.push(...String(chunk).trim().split("\n")));
    await expect.poll(() => lines.length, { timeout: 120_000 }).toBeGreaterThanOrEqual(3);
    await redis(host, "publish", "news", "extra");
    await expect.poll(() => lines.at(-1), { timeout: 120_000 }).toBe("extra");
    child.kill();
  });
});

describe("fetch with an agent for proxies", () => {
  let setting: Awaited<ReturnType<typeof web>>;
  let proxy = "";
  const url = "http://web.conformance.svc.cluster.local:8000/x";

  beforeAll(async () => {
    setting = await web();
    proxy = `http://127.0.0.1:${setting.gateway.port}`;
  });

  afterAll(() => setting.world[Symbol.asyncDispose]());

  test.each([
    ["undici's ProxyAgent, by CONNECT", () => new ProxyAgent(proxy)],
    [
      "undici's ProxyAgent, by absolute URL",
      () => new ProxyAgent({ uri: proxy, proxyTunnel: false }),
    ],
    ["undici's EnvHttpProxyAgent", () => new EnvHttpProxyAgent({ httpProxy: proxy, noProxy: "" })],
  ])("reaches pods with %s", async (_name, make) => {
    const dispatcher = make();
    for (let i = 0; i < 10; i++) {
      const answer = await fetch(url, { dispatcher, method: "POST", body: "x".repeat(1_000) });
      expect(await answer.text()).toMatch(/^POST \/x 1000 (?:127\.0\.0\.1|direct)$/);
    }
    await dispatcher.close();
  });

  /** Those of the list that know proxy variables by themselves. */
  const nodes = [process.execPath, ...(process.env["KUBELANE_TEST_NODES"] ?? "").split(delimiter)]
    .filter((node) => node !== "")
    .filter(
      (node) => node !== process.execPath || Number(process.versions.node.split(".")[0]) >= 24,
    )
    .filter((node) => !/node22/.test(node));

  test.skipIf(nodes.length === 0)(
    "reaches pods with Node's own fetch under NODE_USE_ENV_PROXY [needs Node 24, see KUBELANE_TEST_NODES]",
    async () => {
      const program = `
        const answer = await fetch(${JSON.stringify(url)});
        console.log(await answer.text());
        const { get } = await import("node:http");
        get(${JSON.stringify(url)}, async (res) => {
          for await (const chunk of res) console.log(String(chunk));
        });`;
      for (const node of nodes) {
        const env = { PATH: process.env["PATH"], NODE_USE_ENV_PROXY: "1", HTTP_PROXY: proxy };
        const { stdout } = await run(node, ["--input-type=module", "-e", program], { env });
        const lines = stdout.trim().split("\n");
        expect(lines).toHaveLength(2);
        for (const line of lines) expect(line).toMatch(/^GET \/x 0 (?:127\.0\.0\.1|direct)$/);
      }
    },
  );
});
