import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import { readLocalConfig } from "../../../src/manifests/read-local-config.ts";
import type { KubernetesObject } from "../../../src/objects/object.ts";
import { ApiClient, ApiError } from "../../../src/sources/cluster/api-client.ts";
import { ClusterSource } from "../../../src/sources/cluster/cluster-source.ts";
import { CredentialSource } from "../../../src/sources/cluster/credentials.ts";
import { PodDialer } from "../../../src/sources/cluster/pod-dialer.ts";
import { PortForwarder } from "../../../src/sources/cluster/port-forward.ts";
import { type TunnelClient, tunnelOpener } from "../../../src/sources/cluster/tunnel.ts";

/** The cluster: an engine with two local pods behind a Service, and its API. Ours follows it by nothing else. */
let folder: string;
let cluster: Engine;
let client: ApiClient;

/** Directly would be no test: the pods are on this machine, not at their addresses. */
const FORWARDED = { now: "port-forward", isFixed: true, doubt() {} } as const;

const SERVER = `
  const { createServer } = require("http");
  createServer((q, a) => q.url === "/echo" ? q.pipe(a) : a.end(process.env.POD)).listen(process.env.PORT, "127.0.0.1");`;

const pod = (name: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels: { app: "web" } },
  spec: {
    containers: [
      {
        name: "web",
        image: "web",
        ports: [{ containerPort: 8080 }],
        env: [{ name: "POD", value: name }],
      },
    ],
  },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-forward-"));
  const run = { command: [process.execPath, "-e", SERVER] };
  const { config } = readLocalConfig(
    JSON.stringify({ run: { "pod/web-1": run, "pod/web-2": run } }),
    join(folder, "kubelane.yaml"),
  );
  cluster = createEngine({ localPods: config!.values });
  await cluster.load([
    pod("web-1"),
    pod("web-2"),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "default" },
      spec: {
        selector: { app: "web" },
        ports: [
          { port: 80, targetPort: 8080, name: "http" },
          { port: 81, targetPort: 9999, name: "x" },
        ],
      },
    } as KubernetesObject,
  ]);
  let ready = 0;
  await new Promise<void>((resolve) => {
    cluster.on("pod", ({ type }) => type === "ready" && ++ready === 2 && resolve());
    cluster.startPods();
  });
  const { api } = await cluster.listen({ api: { listen: "127.0.0.1:0" } });
  const entry = {
    name: "c",
    server: new URL(`https://127.0.0.1:${api!.port}`),
    ca: Buffer.from(api!.ca),
    insecureSkipTlsVerify: false,
    source: {},
  };
  const user = { name: "u", token: api!.token };
  const credentials = new CredentialSource({ user, cluster: entry, env: {}, now: Date.now });
  client = new ApiClient({ cluster: entry, credentials, userAgent: "test" });
}, 180_000);

afterAll(async () => {
  client.close();
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

function ask(gateway: number, host: string, path = "/"): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port: gateway, host: "127.0.0.1", path, headers: { host } }, (response) => {
      text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
    }).on("error", reject);
  });
}

const refusal = (status: number) => () =>
  Promise.reject(new ApiError(status, "", "no such protocol here"));

/** Each way that a server may know, by what is asked of it. */
const WAYS: Record<string, () => TunnelClient> = {
  "SPDY in a WebSocket": () => ({
    webSocket: (path, protocol) => client.webSocket(path, protocol),
    upgrade: refusal(400),
  }),
  "SPDY by itself": () => ({
    webSocket: refusal(403),
    upgrade: (path, headers) => client.upgrade(path, headers),
  }),
};

describe.each(Object.entries(WAYS))("a Service of a followed cluster, by %s", (_, tunnelClient) => {
  let dialer: PodDialer;
  let ours: Engine;
  let gateway: number;
  let tunnels = 0;

  beforeAll(async () => {
    const open = tunnelOpener(tunnelClient());
    const forwarder = new PortForwarder((name) => {
      tunnels++;
      return open(name);
    });
    dialer = new PodDialer(forwarder, () => undefined, FORWARDED);
    ours = createEngine({ controllers: [], dialer });
    await ours.follow(new ClusterSource({ client, name: "c", ownNamespace: "default" }));
    gateway = (await ours.listen({ gateway: { listen: "127.0.0.1:0" } })).gateway!.port;
  }, 180_000);
  afterAll(async () => {
    await ours.close();
    dialer.close();
  });

  it("is reached by name, balanced over its pods, over one connection to the API server for each", async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => ask(gateway, "web.default")),
    );
    expect(new Set(answers)).toEqual(new Set(["200 web-1", "200 web-2"]));
    expect(tunnels).toBe(2);
  });

  it("carries much data both ways", async () => {
    const body = Buffer.alloc(3 << 20, "0123456789abcdef");
    const { request } = await import("node:http");
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = request(
        {
          port: gateway,
          host: "127.0.0.1",
          path: "/echo",
          method: "POST",
          headers: { host: "web.default" },
        },
        (response) => text(response).then(resolve, reject),
      );
      sent.on("error", reject).end(body);
    });
    expect(answer === body.toString()).toBe(true);
  });

  it("says so of a port that nobody serves there, as of any refusal", async () => {
    expect(await ask(gateway, "web.default:81", "http://web.default:81/")).toMatch(
      /^502 502 cannot connect to web-\d \(.*\): unable to connect to port 9999/,
    );
  });

  it("goes on over a new connection when the old one broke", async () => {
    const before = tunnels;
    client.close();
    const answers = new Set<string>();
    for (let i = 0; i < 20; i++) answers.add(await ask(gateway, "web.default"));
    expect(answers).toEqual(new Set(["200 web-1", "200 web-2"]));
    expect(tunnels).toBeGreaterThanOrEqual(before);
  });
});

describe("the way to a pod", () => {
  it("fails with what the server says", async () => {
    const refused = new PodDialer(
      new PortForwarder(() =>
        Promise.reject(new ApiError(403, "Forbidden", "pods/portforward is forbidden")),
      ),
      () => ({ namespace: "default", name: "web-1" }),
      FORWARDED,
    );
    const socket = refused.dial({ address: "10.244.0.5", port: 8080 });
    const [error] = await once(socket, "error");
    expect(error.message).toBe("pods/portforward is forbidden");
    refused.close();
  });

  it("leaves nothing in the temporary folder", async () => {
    const own = () =>
      readdirSync(tmpdir()).filter((name) => name.startsWith("kubelane-sockets-")).length;
    const before = own();
    const forwarder = new PortForwarder(tunnelOpener(client));
    const pod = { namespace: "default", name: "web-1" };
    const another = new PodDialer(forwarder, () => pod, FORWARDED);
    const socket = another.dial({ address: "10.244.0.5", port: 8080 });
    await once(socket, "connect");
    socket.end("GET / HTTP/1.0\r\n\r\n");
    expect(await text(socket)).toMatch(/web-1$/);
    another.close();
    expect(own()).toBe(before);
  });
});

describe("one who does not read", () => {
  it("does not hold up what is new", async () => {
    let tunnels = 0;
    const open = tunnelOpener(client);
    const forwarder = new PortForwarder((name) => {
      tunnels++;
      return open(name);
    });
    const pod = { namespace: "default", name: "web-1" };
    const deaf = await forwarder.connect(pod, 8080);
    deaf.write(
      `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ${64 << 20}\r\nConnection: close\r\n\r\n`,
    );
    deaf.write(Buffer.alloc(64 << 20));
    await expect
      .poll(
        async () => {
          const other = await forwarder.connect(pod, 8080);
          other.end("GET / HTTP/1.0\r\n\r\n");
          const answer = Promise.race([text(other), new Promise((go) => setTimeout(go, 500, ""))]);
          return String(await answer).slice(-5);
        },
        { timeout: 60_000 },
      )
      .toBe("web-1");
    deaf.destroy();
    forwarder.close();
    expect(tunnels).toBeGreaterThan(1);
  });
});
