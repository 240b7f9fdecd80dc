import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createWebSocketStream, WebSocketServer } from "ws";
import { CertificateAuthority } from "../../../src/certificates/authority.ts";
import { type OpenClusterOptions, openCluster } from "../../../src/sources/cluster/open-cluster.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** A name with a slash, as Kubernetes has them. */
const PROTOCOL = "SPDY/3.1+portforward.k8s.io";
const webSockets = new WebSocketServer({ noServer: true });
webSockets.on("headers", (headers) => headers.push(`Sec-WebSocket-Protocol: ${PROTOCOL}`));

const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

let folder: string;
let authority: CertificateAuthority;
/** Of the API server, which is called api.test wherever it is. */
let port: number;
let requests: IncomingMessage[];
/** What the API server lets in; undefined for everybody. */
let goodToken: string | undefined;

beforeEach(async () => {
  folder = temporaryFolder();
  authority = await CertificateAuthority.create("test authority", new Date());
  const { cert, key } = await authority.issue(
    { commonName: "api", names: ["api.test"] },
    new Date(),
  );
  requests = [];
  goodToken = undefined;
  const server = createHttpsServer(
    { cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      requests.push(request);
      const isKnown = goodToken === undefined || request.headers.authorization === goodToken;
      response.writeHead(isKnown ? 200 : 401, { "content-type": "application/json" });
      response.end("{}");
    },
  );
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    requests.push(request);
    if (request.headers.upgrade === "websocket") {
      delete request.headers["sec-websocket-protocol"];
      webSockets.handleUpgrade(request, socket, Buffer.alloc(0), (opened) =>
        echo(createWebSocketStream(opened)),
      );
      return;
    }
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n",
    );
    socket.pipe(socket);
  });
  port = await listen(server);
});

function echo(stream: Duplex): void {
  stream.on("error", () => {}).pipe(stream);
}

/** A cluster of a kubeconfig with one context. */
function open(cluster: object, user: object = {}, more: Partial<OpenClusterOptions> = {}) {
  const ca = Buffer.from(authority.cert).toString("base64");
  const config = {
    "current-context": "dev",
    contexts: [{ name: "dev", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { "certificate-authority-data": ca, ...cluster } }],
    users: [{ name: "u", user }],
  };
  writeFileSync(join(folder, "config"), JSON.stringify(config));
  const kubeconfig = join(folder, "config");
  const { client, context } = openCluster({
    env: process.env,
    cwd: folder,
    kubeconfig,
    userAgent: "test",
    ...more,
  });
  closing.push(() => client.close());
  return { client, context };
}

/** An HTTP proxy that knows where api.test is, and notes what it is asked for. */
async function httpProxy(asked: string[]): Promise<number> {
  const proxy = createHttpServer((_, response) => response.writeHead(400).end());
  proxy.on("connect", (request: IncomingMessage, client: Socket) => {
    asked.push(`${request.url} ${request.headers["proxy-authorization"] ?? "-"}`);
    const server = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      server.pipe(client).pipe(server);
    });
    server.on("error", () => client.destroy());
    client.on("error", () => server.destroy());
  });
  return listen(proxy);
}

/** A SOCKS5 proxy (RFC 1928) that takes names alone. */
async function socksProxy(asked: string[]): Promise<number> {
  return listen(
    createServer((client) => {
      client.once("data", () => {
        client.write(Buffer.from([5, 0]));
        client.once("data", (request: Buffer) => {
          const length = request[4] ?? 0;
          asked.push(`${request[3]} ${request.toString("latin1", 5, 5 + length)}`);
          const server = connect(port, "127.0.0.1", () => {
            client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
            server.pipe(client).pipe(server);
          });
          server.on("error", () => client.destroy());
          client.on("error", () => server.destroy());
        });
      });
    }),
  );
}

/** Asks, and goes over to another protocol, as port-forwards do; each other protocol takes a connection for itself. */
async function useBoth({ client }: ReturnType<typeof open>): Promise<void> {
  expect(await client.get("/api/v1/pods")).toEqual({});
  const stream = await client.upgrade("/portforward", { upgrade: "SPDY/3.1" });
  stream.write("ping");
  const [answer] = await once(stream, "data");
  expect(String(answer)).toBe("ping");
  stream.destroy();
  const messages = await client.webSocket("/in-messages", PROTOCOL);
  messages.write("pong");
  const [second] = await once(messages, "data");
  expect(String(second)).toBe("pong");
  messages.destroy();
  await expect(client.webSocket("/in-messages", "another")).rejects.toThrow(/but not by another/);
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /api/v1/pods",
    "POST /portforward",
    "GET /in-messages",
    "GET /in-messages",
  ]);
}

describe("an API server", () => {
  it("is reached through the HTTP proxy of its kubeconfig", async () => {
    const asked: string[] = [];
    const proxy = await httpProxy(asked);
    await useBoth(
      open({ server: "https://api.test:6443", "proxy-url": `http://a:b@127.0.0.1:${proxy}` }),
    );
    expect(asked).toEqual(Array(3).fill("api.test:6443 Basic YTpi"));
  });

  it("is reached through a SOCKS proxy, which looks its name up", async () => {
    const asked: string[] = [];
    const proxy = await socksProxy(asked);
    await useBoth(
      open({ server: "https://api.test:6443", "proxy-url": `socks5://127.0.0.1:${proxy}` }),
    );
    expect(asked).toEqual(Array(3).fill("3 api.test"));
  });

  it("is reached through the proxy of the environment, unless it is on this machine", async () => {
    const asked: string[] = [];
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${await httpProxy(asked)}`);
    vi.stubEnv("NO_PROXY", "");
    await useBoth(open({ server: "https://api.test:6443" }));
    expect(asked).toHaveLength(3);
    const here = { server: `https://127.0.0.1:${port}`, "tls-server-name": "api.test" };
    await open(here).client.get("/x");
    expect(asked).toHaveLength(3);
  });

  it("is not asked directly when its proxy can't be had", async () => {
    const server = `https://127.0.0.1:${port}`;
    const away = await listen(createServer((socket) => void socket.destroy()));
    const { client } = open({ server, "proxy-url": `http://127.0.0.1:${away}` });
    await expect(client.get("/x")).rejects.toThrow();
    expect(requests).toEqual([]);
  });

  it("proves to be the one of tls-server-name", async () => {
    const server = `https://127.0.0.1:${port}`;
    await open({ server, "tls-server-name": "api.test" }).client.get("/x");
    expect((requests[0]!.socket as TLSSocket).servername).toBe("api.test");
    await expect(open({ server }).client.get("/x")).rejects.toThrow(/does not match/);
    await expect(
      open({ server, "tls-server-name": "other.test" }).client.get("/x"),
    ).rejects.toThrow(/other\.test/);
    await open({
      server,
      "insecure-skip-tls-verify": true,
      "certificate-authority-data": "",
    }).client.get("/x");
  });
});

describe("a user", () => {
  const here = () => ({ server: `https://127.0.0.1:${port}`, "tls-server-name": "api.test" });

  it("has a client certificate", async () => {
    const { cert, key } = await authority.issue({ commonName: "me", names: ["me"] }, new Date());
    const data = (text: string) => Buffer.from(text).toString("base64");
    const user = { "client-certificate-data": data(cert), "client-key-data": data(key) };
    await open(here(), user).client.get("/x");
    expect((requests[0]!.socket as TLSSocket).getPeerCertificate().subject?.CN).toBe("me");
  });

  it("has a token in a file, which is read again when the server refuses it", async () => {
    writeFileSync(join(folder, "token"), "one");
    const { client } = open(here(), { tokenFile: "token" });
    goodToken = "Bearer one";
    await client.get("/x");
    goodToken = "Bearer two";
    await expect(client.get("/x")).rejects.toThrow("401");
    writeFileSync(join(folder, "token"), "two");
    await client.get("/x");
  });

  it("gets a new token of a plugin when the old one expires, and when the server refuses it", async () => {
    writeFileSync(
      join(folder, "login.mjs"),
      `import { appendFileSync, readFileSync } from "node:fs";
       appendFileSync(new URL("runs", import.meta.url), "x");
       const runs = readFileSync(new URL("runs", import.meta.url), "utf8").length;
       // The first is expired as soon as it is there.
       const expirationTimestamp = new Date(Date.now() + (runs === 1 ? -1 : 3600_000)).toISOString();
       console.log(JSON.stringify({ kind: "ExecCredential", apiVersion: "client.authentication.k8s.io/v1",
         status: { token: "run-" + runs, expirationTimestamp } }));`,
    );
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: [join(folder, "login.mjs")],
    };
    const { client } = open(here(), { exec });
    const tokens = () => requests.map(({ headers }) => headers.authorization);
    await client.get("/a");
    await client.get("/b");
    await client.get("/c");
    expect(tokens()).toEqual(["Bearer run-1", "Bearer run-2", "Bearer run-2"]);
    goodToken = "Bearer run-3";
    await client.get("/d");
    expect(tokens().slice(3)).toEqual(["Bearer run-2", "Bearer run-3"]);
  });

  it("may speak for another one", async () => {
    const user = {
      token: "t",
      as: "jane",
      "as-uid": "7",
      "as-groups": ["a", "b"],
      "as-user-extra": { "example.com/Reason": ["x", "y"] },
    };
    await open(here(), user).client.get("/x");
    const { rawHeaders } = requests[0]!;
    const fields: string[] = [];
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]!.toLowerCase();
      if (name.startsWith("impersonate")) fields.push(`${name}: ${rawHeaders[i + 1]}`);
    }
    expect(fields.sort()).toEqual([
      "impersonate-extra-example.com%2freason: x",
      "impersonate-extra-example.com%2freason: y",
      "impersonate-group: a",
      "impersonate-group: b",
      "impersonate-uid: 7",
      "impersonate-user: jane",
    ]);
  });
});

describe("a pod", () => {
  const env = () => ({
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: String(port),
    HOME: folder,
  });
  const openOwn = (serviceAccount: string, more: Partial<OpenClusterOptions> = {}) =>
    openCluster({ env: env(), cwd: folder, userAgent: "test", serviceAccount, ...more });

  it("reaches its own cluster without a kubeconfig, by its service account", async () => {
    const account = join(folder, "account");
    expect(() => openOwn(account)).toThrow("there is no kubeconfig");
    mkdirSync(account);
    writeFileSync(join(account, "token"), "own\n");
    writeFileSync(join(account, "ca.crt"), authority.cert);
    writeFileSync(join(account, "namespace"), "shop");
    const { context } = openOwn(account);
    expect([context.name, context.namespace, context.cluster.server.port]).toEqual([
      "in-cluster",
      "shop",
      String(port),
    ]);
    expect(String(context.cluster.ca)).toBe(authority.cert);
    expect(context.user.tokenFile).toBe(join(account, "token"));
  });

  it("uses a kubeconfig that there is, unless its own cluster is named", () => {
    const account = join(folder, "account");
    mkdirSync(account);
    writeFileSync(join(account, "token"), "own");
    open({ server: "https://api.test" });
    const kubeconfig = join(folder, "config");
    expect(openOwn(account, { kubeconfig }).context.name).toBe("dev");
    expect(openOwn(account, { kubeconfig, context: "in-cluster" }).context.name).toBe("in-cluster");
    expect(() => openOwn(join(folder, "none"), { kubeconfig, context: "in-cluster" })).toThrow(
      "this is no pod with a service account",
    );
  });
});
