import dgram from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type net from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CertificateAuthority, type KeyPair } from "../../src/certificates/authority.ts";
import { type FakeUpstream, startUpstream } from "../dns/fake-upstream.ts";

/** How many pods are probed over TLS, and how many processes come and go. */
const PROBED = 10;

/**
 * What an `up` serves while its calls fail: programs of this process that it is attached to, processes that it
 * keeps, others that end all the time, stubs, probes of each kind, TLS on either side, and Services that come and go.
 */
export class Scene implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "kubelane-faults-"));
  readonly upstream: FakeUpstream;
  readonly #servers: (net.Server | dgram.Socket)[] = [];
  readonly #connections = new Set<net.Socket>();
  #changes = 0;

  static async open(): Promise<Scene> {
    const scene = new Scene(await startUpstream({ "*.example.org.": { A: [[60, "192.0.2.7"]] } }));
    await scene.#write();
    return scene;
  }

  private constructor(upstream: FakeUpstream) {
    this.upstream = upstream;
  }

  async #write(): Promise<void> {
    const web = await this.#listen(webServer());
    const echo = dgram.createSocket("udp4");
    echo.on("message", (message, { port, address }) => echo.send(message, port, address));
    echo.bind(web, "127.0.0.1");
    await once(echo, "listening");
    this.#servers.push(echo);
    const h2c = await this.#listen(http2.createServer().on("stream", answerStream));
    const authority = await CertificateAuthority.create("faults", new Date());
    const pair = await authority.issue(
      { commonName: "x", names: ["web.example", "secure.example"] },
      new Date(),
    );
    const secure = await this.#listen(https.createServer(pair, answer));
    writeFileSync(
      join(this.folder, "kubelane.yaml"),
      `manifests: [k8s/]
attach:
  deploy/web: ["127.0.0.1:${web}"]
  deploy/h2c: ["127.0.0.1:${h2c}"]
  deploy/secure: ["127.0.0.1:${secure}"]
stub: [deploy/stub]
run:
  deploy/tls: { command: [sleep, "100000"] }
  deploy/kept: { command: [sleep, "100000"] }
  deploy/short: { command: [sh, -c, "echo hello; sleep 1"] }
backOff: { base: 1, cap: 1 }
`,
    );
    mkdirSync(join(this.folder, "k8s"));
    this.#put("main.yaml", MAIN);
    this.#put("routes.json", JSON.stringify(routes(authority.cert, pair)));
    this.change();
  }

  async #listen(server: net.Server): Promise<number> {
    server.on("connection", (socket: net.Socket) => {
      this.#connections.add(socket);
      socket.on("close", () => this.#connections.delete(socket)).on("error", () => {});
    });
    server.on("sessionError", () => {});
    server.on("tlsClientError", () => {});
    this.#servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  #put(name: string, text: string): void {
    const path = join(this.folder, "k8s", name);
    writeFileSync(join(this.folder, "new"), text);
    renameSync(join(this.folder, "new"), path);
  }

  /** Other Services in a file, and a folder that comes or goes. */
  change(): void {
    this.#changes++;
    const services = [0, 1, 2, 3].map((i) => {
      const name = `passing-${(this.#changes + i) % 8}`;
      return `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  selector: { app: web }
  ports: [{ name: http, port: 80, targetPort: 8080 }, { name: echo, port: 53, targetPort: 8080, protocol: UDP }]
  type: LoadBalancer
  externalTrafficPolicy: Local
`;
    });
    this.#put("passing.yaml", services.join("---\n"));
    const more = join(this.folder, "k8s", "more");
    if (this.#changes % 2 === 0) rmSync(more, { recursive: true, force: true });
    else {
      mkdirSync(more, { recursive: true });
      this.#put("more/config.yaml", config(this.#changes));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    for (const server of this.#servers) server.close();
    await this.upstream[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  request.resume();
  request.on("error", () => {});
  request.on("end", () => response.end("web"));
}

function webServer(): http.Server {
  const server = http.createServer(answer);
  server.on("upgrade", (_request, socket: net.Socket) => {
    socket.on("error", () => {});
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n",
    );
    socket.pipe(socket);
  });
  return server;
}

/** Health checks in the protocol of gRPC, and everything else alike: an answer with trailers. */
function answerStream(stream: http2.ServerHttp2Stream): void {
  stream.on("error", () => {});
  stream.resume();
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, 1]));
}

const config = (value: number) => `apiVersion: v1
kind: ConfigMap
metadata: { name: passing }
data: { value: "${value}" }
`;

const workload = (
  name: string,
  replicas: number,
  container: string,
  pod = "",
) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: none, ${container} }], ${pod} }
`;

const PROBE = "periodSeconds: 1, failureThreshold: 1000";

const MAIN = [
  workload("web", 1, `ports: [{ containerPort: 8080 }]`),
  workload("h2c", 1, `ports: [{ containerPort: 8080 }]`),
  workload(
    "tls",
    PROBED,
    `ports: [{ containerPort: 8443 }], readinessProbe: { httpGet: { port: 8443, scheme: HTTPS }, ${PROBE} }, livenessProbe: { grpc: { port: 8443 }, ${PROBE} }`,
  ),
  workload("secure", 1, `ports: [{ containerPort: 8443 }]`),
  workload("stub", 1, `ports: [{ containerPort: 8080 }, { containerPort: 5353, protocol: UDP }]`),
  workload(
    "kept",
    1,
    `readinessProbe: { exec: { command: ["true"] }, ${PROBE} }, volumeMounts: [{ name: passing, mountPath: /passing }]`,
    `volumes: [{ name: passing, configMap: { name: passing, optional: true } }]`,
  ),
  workload("short", PROBED, `readinessProbe: { exec: { command: ["true"] }, ${PROBE} }`),
  `apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  clusterIP: 10.96.77.1
  selector: { app: web }
  ports:
    - { name: http, port: 80, targetPort: 8080 }
    - { name: echo, port: 5353, targetPort: 8080, protocol: UDP }
`,
  `apiVersion: v1
kind: Service
metadata: { name: h2c }
spec:
  selector: { app: h2c }
  ports: [{ name: grpc, port: 80, targetPort: 8080, appProtocol: kubernetes.io/h2c }]
`,
  `apiVersion: v1
kind: Service
metadata: { name: stub }
spec:
  clusterIP: 10.96.77.2
  selector: { app: stub }
  ports:
    - { name: http, port: 80, targetPort: 8080 }
    - { name: echo, port: 5353, targetPort: 5353, protocol: UDP }
`,
  `apiVersion: v1
kind: Service
metadata: { name: secure }
spec: { selector: { app: secure }, ports: [{ name: https, port: 443, targetPort: 8443 }] }
`,
].join("---\n");

/** A Gateway that ends TLS and one that passes it on, and a route to pods that speak it. */
function routes(ca: string, { cert, key }: KeyPair): object {
  const group = "gateway.networking.k8s.io";
  const object = (kind: string, name: string, spec: object) => ({
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name, namespace: "default" },
    spec,
  });
  const certificateRefs = [{ name: "pair" }];
  const listener = (name: string, hostname: string, protocol: string, tls: object) => ({
    ...{ name, hostname, protocol, tls },
    port: 443,
  });
  const route = (kind: string, name: string, hostname: string, backend: object) =>
    object(kind, name, {
      parentRefs: [{ name: "front" }],
      hostnames: [hostname],
      rules: [{ backendRefs: [backend] }],
    });
  const items = [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "pair", namespace: "default" },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": cert, "tls.key": key },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "authority", namespace: "default" },
      data: { "ca.crt": ca },
    },
    object("Gateway", "front", {
      gatewayClassName: "kubelane",
      addresses: [{ type: "IPAddress", value: "10.112.0.77" }],
      listeners: [
        { name: "plain", protocol: "HTTP", port: 80 },
        listener("ended", "web.example", "HTTPS", { mode: "Terminate", certificateRefs }),
        listener("passed", "secure.example", "TLS", { mode: "Passthrough" }),
      ],
    }),
    route("HTTPRoute", "web", "web.example", { name: "web", port: 80 }),
    route("HTTPRoute", "inner", "inner.example", { name: "secure", port: 443 }),
    route("TLSRoute", "passed", "secure.example", { name: "secure", port: 443 }),
    object("BackendTLSPolicy", "inner", {
      targetRefs: [{ group: "", kind: "Service", name: "secure" }],
      validation: {
        hostname: "secure.example",
        caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "authority" }],
      },
    }),
  ];
  return { apiVersion: "v1", kind: "List", items };
}
