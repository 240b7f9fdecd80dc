import dgram from "node:dgram";
import { once } from "node:events";
import http, { type RequestListener } from "node:http";
import {
  createEngine,
  type Engine,
  type EngineOptions,
  type KubernetesObject,
} from "../../src/index.ts";
import type { PodCondition } from "../../src/objects/pod.ts";
import type { ServiceSpec } from "../../src/objects/service.ts";
import { freePort } from "../support/free-port.ts";

const NAMESPACE = "conformance";

export interface PodInput {
  /** Container ports by name. Default: http 8080. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly udpPorts?: Readonly<Record<string, number>>;
  readonly nodeName?: string;
  readonly ready?: boolean;
  readonly terminating?: boolean;
  readonly phase?: string;
  readonly reason?: string;
  readonly hostname?: string;
  readonly subdomain?: string;
  readonly labels?: Record<string, string>;
  /** What it does with HTTP requests. Default: answers with its name. */
  readonly http?: RequestListener;
}

/** An engine over pods that are servers of the test process, its sockets on 127.x addresses. */
export class World implements AsyncDisposable {
  readonly engine: Engine;
  readonly clock = { now: Date.now() };
  readonly #local = new Map<string, { host: string; port: number }>();
  readonly #closing = new Map<string, (() => void)[]>();
  #next = 1;

  constructor(options: EngineOptions = {}) {
    this.engine = createEngine({
      // No other test has addresses there, nor in this one does any survive its test.
      serviceRanges: ["10.121.0.0/16"],
      podRange: "10.245.0.0/16",
      now: () => new Date(this.clock.now),
      localAddressOf: (address, port) => this.#local.get(`${address}:${port}`),
      ...options,
    });
  }

  listen(): Promise<unknown> {
    return this.engine.listen({ services: true, nodePorts: true });
  }

  /** Puts a Service, or changes it. @returns where its ClusterIP is reached from here. */
  async service(
    name: string,
    spec: Partial<ServiceSpec>,
    metadata: Partial<KubernetesObject["metadata"]> = {},
  ): Promise<string> {
    await this.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: NAMESPACE, ...metadata },
      spec: { selector: { app: name }, ...spec },
    });
    const { clusterIP } = (this.engine.store.get("Service", NAMESPACE, name)?.spec ??
      {}) as ServiceSpec;
    return mirror(clusterIP ?? "");
  }

  async remove(kind: "Service" | "Pod", name: string): Promise<void> {
    this.engine.store.apply([{ op: "delete", key: { kind, namespace: NAMESPACE, name } }]);
    await this.#settle();
  }

  async apply(object: KubernetesObject): Promise<void> {
    const found = await this.engine.load(object);
    const errors = found.filter(({ severity }) => severity === "error");
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("; "));
    await this.#settle();
  }

  /** What opens and closes sockets does so at once; binding takes a moment. */
  async #settle(): Promise<void> {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Starts a pod of a Service, or puts it again as it is now. @returns its address. */
  async pod(name: string, app: string, input: PodInput = {}): Promise<string> {
    const known = this.engine.store.get("Pod", NAMESPACE, name);
    const address = known?.status?.podIP ?? `10.245.7.${this.#next++}`;
    const { ports = { http: 8080 }, udpPorts = {} } = input;
    if (known === undefined) {
      this.#closing.set(name, []);
      for (const port of Object.values(ports)) await this.#serveTcp(name, address, port, input);
      for (const port of Object.values(udpPorts)) await this.#serveUdp(name, address, port);
    }
    await this.#put(name, app, address, input);
    return address;
  }

  async #put(name: string, app: string, address: string, input: PodInput): Promise<void> {
    const { ports = { http: 8080 }, udpPorts = {}, ready = true, phase = "Running" } = input;
    const { nodeName, terminating, reason, hostname, subdomain, labels } = input;
    const status: PodCondition["status"] = ready ? "True" : "False";
    const listed = (of: Readonly<Record<string, number>>, protocol: "TCP" | "UDP") =>
      Object.entries(of).map(([port, containerPort]) => ({ name: port, containerPort, protocol }));
    const deletionTimestamp = new Date(this.clock.now).toISOString();
    this.engine.store.apply([
      {
        op: "put",
        object: {
          apiVersion: "v1",
          kind: "Pod",
          metadata: {
            name,
            namespace: NAMESPACE,
            labels: { app, ...labels },
            ...(terminating === true && { deletionTimestamp }),
          },
          spec: {
            containers: [
              { name: "main", ports: [...listed(ports, "TCP"), ...listed(udpPorts, "UDP")] },
            ],
            ...(nodeName && { nodeName }),
            ...(hostname && { hostname }),
            ...(subdomain && { subdomain }),
          },
          status: {
            phase,
            ...(reason && { reason }),
            podIP: address,
            podIPs: [{ ip: address }],
            conditions: [{ type: "Ready", status }],
          },
        },
      },
    ]);
    await this.#settle();
  }

  async #serveTcp(name: string, address: string, port: number, input: PodInput): Promise<void> {
    const server = http.createServer(
      input.http ?? ((_req, res) => res.end(input.ports === undefined ? name : `${name} ${port}`)),
    );
    const local = await freePort();
    await new Promise<void>((resolve) => server.listen(local, "127.0.0.1", resolve));
    this.#local.set(`${address}:${port}`, { host: "127.0.0.1", port: local });
    this.#closing.get(name)?.push(() => {
      server.close();
      server.closeAllConnections();
    });
  }

  async #serveUdp(name: string, address: string, port: number): Promise<void> {
    const socket = dgram.createSocket("udp4");
    // A pod's port is one number here, whatever protocols it speaks there.
    socket.bind(this.#local.get(`${address}:${port}`)?.port ?? 0, "127.0.0.1");
    await once(socket, "listening");
    socket.on("message", (message, from) => socket.send(`${name} ${message}`, from.port));
    this.#local.set(`${address}:${port}`, { host: "127.0.0.1", port: socket.address().port });
    this.#closing.get(name)?.push(() => socket.close());
  }

  /** The process ends and the pod is gone. */
  async kill(name: string): Promise<void> {
    for (const close of this.#closing.get(name) ?? []) close();
    this.#closing.delete(name);
    await this.remove("Pod", name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.close({ grace: 0 });
    for (const close of [...this.#closing.values()].flat()) close();
    this.#closing.clear();
  }
}

export function mirror(address: string): string {
  return address.replace(/^\d+/, "127");
}

/** One HTTP request on a connection of its own: the body, or the error's code. */
export function ask(host: string, port: number, path = "/"): Promise<string> {
  return new Promise((resolve) => {
    const req = http.get({ host, port, path, agent: false }, (res) => {
      let body = "";
      res.setEncoding("utf8");
      res.on("data", (chunk) => {
        body += chunk;
      });
      res.on("end", () => resolve(body));
    });
    req.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** Who answers so many requests, each on a connection of its own. */
export async function askMany(host: string, port: number, times = 40): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let i = 0; i < times; i++) seen.add(await ask(host, port));
  return seen;
}

/** A client of UDP with an address of its own. */
export class UdpClient {
  readonly #socket = dgram.createSocket("udp4");

  async connect(host: string, port: number): Promise<this> {
    this.#socket.connect(port, host);
    await once(this.#socket, "connect");
    return this;
  }

  /** Sends a datagram; the answer, or the error's code. */
  ask(text: string): Promise<string> {
    return new Promise((resolve) => {
      const settle = (answer: string) => {
        this.#socket.removeAllListeners();
        resolve(answer);
      };
      this.#socket.once("message", (message) => settle(String(message)));
      this.#socket.once("error", (error: NodeJS.ErrnoException) => settle(error.code ?? ""));
      this.#socket.send(text);
    });
  }

  close(): void {
    this.#socket.close();
  }
}
