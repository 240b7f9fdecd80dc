import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import { join } from "node:path";
import tls from "node:tls";
import grpc from "@grpc/grpc-js";
import { freePort } from "../support/free-port.ts";
import { speakPostgres, speakRedis } from "./wire-servers.ts";

/** Service ports, in the order of the manifest. */
export const PORTS = {
  http: 80,
  https: 443,
  h2c: 8000,
  h2: 8443,
  postgres: 5432,
  redis: 6379,
  rediss: 6380,
  echo: 7,
  "echo-tls": 992,
  grpc: 50051,
  grpcs: 50052,
} as const;

export interface Servers extends AsyncDisposable {
  /**
   * Services `web` (IPv4) and `web6` (IPv6) over one pod, `half` with one that refuses besides; `empty` has
   * no pod, `gone` only one that refuses.
   */
  readonly manifests: string;
  /** Of the authority that all TLS servers are verified by. */
  readonly certificate: string;
}

const HOSTS = ["web", "web6", "half"].map((name) => `${name}.shop.svc.cluster.local`);

/** One server for each protocol on both loopback addresses, as one pod. Needs openssl. @param folder for the certificate. */
export async function startServers(folder: string): Promise<Servers> {
  const certificate = join(folder, "tls.crt");
  const keyFile = join(folder, "tls.key");
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-days", "30", "-subj", "/CN=kubelane-test", "-keyout", keyFile, "-out", certificate],
      ...["-addext", `subjectAltName=${HOSTS.map((host) => `DNS:${host}`).join(",")}`],
    ],
    { stdio: "ignore" },
  );
  const key = readFileSync(keyFile);
  const cert = readFileSync(certificate);
  const secure = { key, cert };
  const say = (request: { headers: NodeJS.Dict<string | string[]> }, response: Writable) =>
    response.end(`${request.headers["host"] ?? request.headers[":authority"]}`);
  const plain: Record<string, (() => net.Server) | undefined> = {
    http: () => http.createServer(say),
    https: () => https.createServer(secure, say),
    h2c: () => http2.createServer(say),
    h2: () => http2.createSecureServer(secure, say),
    postgres: () => net.createServer((socket) => speakPostgres(socket, secure, "row")),
    redis: () => net.createServer((socket) => speakRedis(socket, "value")),
    rediss: () => tls.createServer(secure, (socket) => speakRedis(socket, "value")),
    echo: () => net.createServer((socket) => socket.on("error", () => {}).pipe(socket)),
    "echo-tls": () =>
      tls.createServer(secure, (socket) => socket.on("error", () => {}).pipe(socket)),
  };
  const closers: (() => void)[] = [];
  const targets: Record<string, number> = {};
  for (const [name, create] of Object.entries(plain)) {
    const port = await freePort();
    targets[name] = port;
    await listen(create!(), "127.0.0.1", port, closers);
    await listen(create!(), "::1", port, closers);
  }
  for (const [name, credentials] of [
    ["grpc", grpc.ServerCredentials.createInsecure()],
    ["grpcs", grpc.ServerCredentials.createSsl(null, [{ private_key: key, cert_chain: cert }])],
  ] as const) {
    const server = grpcServer();
    const port = await freePort();
    await bindGrpc(server, `127.0.0.1:${port}`, credentials);
    targets[name] = await bindGrpc(server, `[::1]:${port}`, credentials);
    closers.push(() => server.forceShutdown());
  }
  // Nobody listens there.
  const refusing = await freePort();
  return {
    certificate,
    manifests: manifestsOf(targets, refusing),
    async [Symbol.asyncDispose]() {
      for (const close of closers) close();
    },
  };
}

interface Writable {
  end(text: string): unknown;
}

function listen(
  server: net.Server,
  host: string,
  port: number,
  closers: (() => void)[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sockets = new Set<net.Socket>();
    server.on("connection", (socket: net.Socket) => {
      sockets.add(socket.on("error", () => {}));
      socket.on("close", () => sockets.delete(socket));
    });
    server.on("error", reject).listen(port, host, () => {
      closers.push(() => {
        server.close();
        for (const socket of sockets) socket.destroy();
      });
      resolve();
    });
  });
}

/** A service that is described by hand: no code generation, bytes in and out. */
export const ECHO = {
  Say: {
    path: "/test.Echo/Say",
    requestStream: false,
    responseStream: false,
    requestSerialize: (text: string) => Buffer.from(text),
    requestDeserialize: (bytes: Buffer) => bytes.toString(),
    responseSerialize: (text: string) => Buffer.from(text),
    responseDeserialize: (bytes: Buffer) => bytes.toString(),
  },
} as const;

function grpcServer(): grpc.Server {
  const server = new grpc.Server();
  server.addService(ECHO, {
    Say: (call: grpc.ServerUnaryCall<string, string>, done: grpc.sendUnaryData<string>) =>
      done(null, call.request),
  });
  return server;
}

function bindGrpc(server: grpc.Server, address: string, credentials: grpc.ServerCredentials) {
  return new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

function manifestsOf(targets: Readonly<Record<string, number>>, refusing: number): string {
  const ports = Object.entries(PORTS).map(([name, port]) => ({
    name,
    port,
    targetPort: targets[name],
  }));
  const service = (name: string, spec: object) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop" },
    spec: { ports, ...spec },
  });
  const pod = (name: string, ips: readonly string[], labels = {}) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", labels: { app: name, ...labels } },
    spec: { containers: [{ name: "main", image: "main" }] },
    status: {
      phase: "Running",
      podIP: ips[0],
      podIPs: ips.map((ip) => ({ ip })),
      conditions: [{ type: "Ready", status: "True" }],
    },
  });
  const items = [
    service("web", { selector: { app: "web" } }),
    service("web6", {
      selector: { app: "web" },
      clusterIP: "fd00:10:96::7",
      ipFamilies: ["IPv6"],
      ipFamilyPolicy: "SingleStack",
    }),
    service("half", { selector: { half: "yes" } }),
    service("empty", { selector: { app: "nobody" } }),
    service("gone", {
      selector: { app: "gone" },
      ports: ports.map((port) => ({ ...port, targetPort: refusing })),
    }),
    service("headless", { selector: { app: "nobody" }, clusterIP: "None" }),
    pod("web", ["127.0.0.1", "::1"], { half: "yes" }),
    pod("crashed", ["127.0.0.2"], { half: "yes" }),
    pod("gone", ["127.0.0.1"]),
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
