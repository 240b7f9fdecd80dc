import http, { type RequestListener } from "node:http";
import net from "node:net";
import { createBalancer } from "../../src/balancer/balancer.ts";
import type { Endpoint, EndpointPort } from "../../src/objects/endpoint-slice.ts";
import type { Service, ServiceSpec } from "../../src/objects/service.ts";
import { directDialer } from "../../src/proxy/direct-dialer.ts";
import { createGateway, type GatewayOptions } from "../../src/proxy/gateway.ts";
import type { Listening } from "../../src/proxy/listen-tcp.ts";
import { mappedDialer } from "../../src/proxy/mapped-dialer.ts";
import type { TrafficEvent } from "../../src/proxy/traffic-event.ts";
import { Store } from "../../src/store/store.ts";
import { endpoint, service, slice } from "../balancer/objects.ts";

/** A pod that is a server of the test process. */
export interface TestPod {
  readonly name: string;
  readonly address: string;
  readonly server: net.Server;
  /** Stops listening and cuts every connection, as a killed process would. */
  kill(): Promise<void>;
}

/** Where nobody listens: the port of a pod that was killed may be the next server's. */
const NOBODY = { host: "127.0.0.1", port: 1 };

export interface Deployment {
  readonly spec?: Partial<ServiceSpec>;
  readonly namespace?: string;
  readonly port?: EndpointPort;
  readonly endpoint?: (pod: TestPod, index: number) => Partial<Endpoint>;
}

/** A gateway that listens, and what it has told of its traffic. */
export interface TestGateway extends Listening {
  readonly events: readonly TrafficEvent[];
}

/** A store with Services whose pods are servers on loopback ports: what the engine would make of manifests. */
export class TestCluster implements AsyncDisposable {
  readonly store = new Store();
  readonly balancer = createBalancer({ store: this.store });
  readonly pods: TestPod[] = [];
  readonly #local = new Map<string, { host: string; port: number }>();
  readonly #gateways: Listening[] = [];
  #next = 1;

  readonly localAddressOf = (address: string, port: number) =>
    this.#local.get(`${address}:${port}`);
  readonly dialer = mappedDialer(this.localAddressOf, directDialer);

  /** Starts a pod; it serves no Service yet. */
  async pod(server: net.Server, port = 8080): Promise<TestPod> {
    const n = this.#next++;
    const address = `10.244.${n >> 8}.${n & 255}`;
    const sockets = new Set<net.Socket>();
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#local.set(`${address}:${port}`, {
      host: "127.0.0.1",
      port: (server.address() as net.AddressInfo).port,
    });
    const pod: TestPod = {
      name: `pod-${n}`,
      address,
      server,
      kill: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          for (const socket of sockets) socket.resetAndDestroy();
          this.#local.set(`${address}:${port}`, NOBODY);
        }),
    };
    this.pods.push(pod);
    return pod;
  }

  /** A pod whose server listens already, at a port of 127.0.0.1. */
  attach(listening: number, port = 8080, kill: () => Promise<void> | void = () => {}): TestPod {
    const n = this.#next++;
    const address = `10.244.${n >> 8}.${n & 255}`;
    this.#local.set(`${address}:${port}`, { host: "127.0.0.1", port: listening });
    const server = new net.Server();
    const pod = { name: `pod-${n}`, address, server, kill: async () => kill() };
    this.pods.push(pod);
    return pod;
  }

  httpPod(listener: RequestListener): Promise<TestPod> {
    return this.pod(http.createServer({ keepAliveTimeout: 60_000 }, listener));
  }

  /** Puts a Service over the pods, or replaces it. */
  serve(name: string, pods: readonly TestPod[], options: Deployment = {}): Service {
    const { namespace = "shop", port = { port: 8080 } } = options;
    const put = service(name, options.spec, namespace);
    this.store.apply([
      { op: "put", object: put },
      {
        op: "put",
        object: slice({
          service: name,
          namespace,
          ports: [port],
          endpoints: pods.map((pod, index) =>
            endpoint(pod.address, {
              targetRef: { kind: "Pod", name: pod.name, namespace },
              ...options.endpoint?.(pod, index),
            }),
          ),
        }),
      },
    ]);
    return put;
  }

  /** Starts a gateway to the Services on a free port. It is closed with the cluster. */
  async gateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
    const { store, balancer, dialer } = this;
    const events: TrafficEvent[] = [];
    const onTraffic = (event: TrafficEvent) => events.push(event);
    const gateway = createGateway({ store, balancer, dialer, onTraffic, ...options });
    const listening = await gateway.listen({ port: 0 });
    this.#gateways.push(listening);
    return { ...listening, events };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => gateway.close(0)));
    this.balancer.close();
    await Promise.all(this.pods.map((pod) => pod.kill()));
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

/** One request over node:http, with the whole answer. */
export function request(
  options: http.RequestOptions & { body?: string | Buffer },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, ...rest } = options;
    const req = http.request({ host: "127.0.0.1", agent: false, ...rest }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk) => chunks.push(chunk));
      res.on("error", reject);
      res.on("end", () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          trailers: res.trailers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    req.on("error", reject);
    req.end(body);
  });
}

/** Sends bytes on a connection of its own and returns everything that comes back until it closes. */
export function raw(port: number, bytes: string | Buffer, end = false): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
    if (end) socket.end(bytes);
    else socket.write(bytes);
  });
}
