import { once } from "node:events";
import { request } from "node:http";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEngine } from "../../../src/engine/engine.ts";
import type { KubernetesObject } from "../../../src/objects/object.ts";
import { PodDialer } from "../../../src/sources/cluster/pod-dialer.ts";
import { PortForwarder } from "../../../src/sources/cluster/port-forward.ts";
import { SpdyConnection, type SpdyStream } from "../../../src/spdy/connection.ts";

const FORWARDED = { now: "port-forward", isFixed: true, doubt() {} } as const;
const REFUSED =
  'failed to connect to localhost:8080 inside namespace "x", IPv4: dial tcp4 127.0.0.1:8080: connect: connection refused';
const RESET = "read tcp4 127.0.0.1:41000->127.0.0.1:8080: read: connection reset by peer";

/** What becomes of a connection to a port of a pod. */
type Behaviour = (data: SpdyStream, error: SpdyStream) => void;

/** As an HTTP server that says its pod's name. */
const answers =
  (name: string): Behaviour =>
  (data) => {
    data.on("data", () => {
      data.write(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`);
    });
  };

/** As containerd and the kubelet: what is carried is closed, then it is said why, then both are reset. */
const refuses: Behaviour = (data, error) => {
  data.resume().end();
  setImmediate(() => {
    error.write(REFUSED, () => {
      data.destroy();
      error.destroy();
    });
  });
};

const refusesAfterEnd: Behaviour = (data, error) => {
  data.resume().end();
  setImmediate(() => error.end(REFUSED));
};

const refusesAtOnce: Behaviour = (data, error) => {
  error.end(REFUSED);
  data.resume().end();
};

/** One server for the kubelets of all pods. */
class Kubelets {
  readonly behaviours = new Map<string, Behaviour>();
  readonly #server: Server = createServer({ noDelay: true });
  tunnels = 0;
  forwarder!: PortForwarder;

  async start(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    const { port } = this.#server.address() as AddressInfo;
    this.forwarder = new PortForwarder(async ({ name }) => {
      this.tunnels++;
      const arrived = once(this.#server, "connection");
      const carrier = connect(port, "127.0.0.1");
      const [socket] = await arrived;
      const waiting = new Map<string, SpdyStream>();
      new SpdyConnection(socket, (stream) => {
        const id = stream.headers.get("requestid") ?? "";
        const error = waiting.get(id);
        if (error === undefined) waiting.set(id, stream);
        else this.behaviours.get(name)?.(stream, error.resume());
      });
      return carrier;
    });
  }

  async close(): Promise<void> {
    this.forwarder.close();
    this.#server.close();
    await once(this.#server, "close");
  }
}

let kubelets: Kubelets;
let dialer: PodDialer;

beforeEach(async () => {
  kubelets = new Kubelets();
  await kubelets.start();
  dialer = new PodDialer(
    kubelets.forwarder,
    () => ({ namespace: "shop", name: "web-1" }),
    FORWARDED,
  );
});
afterEach(async () => {
  dialer.close();
  await kubelets.close();
});

const TARGET = { address: "10.244.0.5", port: 8080 };

/** A connection that has its answer, after which the next one is taken to be there at once. */
async function answered(): Promise<void> {
  kubelets.behaviours.set("web-1", answers("web-1"));
  const socket = dialer.dial(TARGET);
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\n\r\n");
  await once(socket, "data");
  socket.destroy();
}

/** What is told of a connection on which something is sent: by which event, and the error's code. */
async function fate(): Promise<string> {
  const socket = dialer.dial(TARGET);
  socket.once("connect", () => socket.write("GET / HTTP/1.1\r\n\r\n"));
  return new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("end", () => resolve("ended"));
    socket.resume();
  });
}

describe("a connection to a port that answered before", () => {
  it.each([
    ["is refused before its end", refusesAtOnce, "not-reached"],
    ["is refused after its end", refusesAfterEnd, "not-reached"],
    ["is refused as kubelets do", refuses, "not-reached"],
    ["is lost", (data: SpdyStream) => data.destroy(), "the connection to the pod broke off"],
    [
      "is reset by the program",
      (data: SpdyStream, error: SpdyStream) => data.once("data", () => error.end(RESET)),
      RESET,
    ],
    [
      "is closed by the program",
      (data: SpdyStream) => data.once("data", () => data.end()),
      "ended",
    ],
    [
      "ends in the middle of an answer",
      (data: SpdyStream) =>
        data.once("data", () => data.write("HTTP/1.0 200 OK\r\n\r\nhal", () => data.destroy())),
      "the connection to the pod broke off",
    ],
  ])("says so where it %s", async (_, behaviour: Behaviour, expected) => {
    await answered();
    kubelets.behaviours.set("web-1", behaviour);
    expect(await fate()).toBe(expected);
  });

  it("is no connection, from the first refusal on", async () => {
    await answered();
    kubelets.behaviours.set("web-1", refuses);
    await fate();
    const socket = dialer.dial(TARGET);
    const [error] = await once(socket, "error");
    expect(error.message).toBe(REFUSED);
    expect(kubelets.tunnels).toBe(1);
  });

  it("is looked for by a new way where the kubelet does not know the pod any more", async () => {
    await answered();
    kubelets.behaviours.set("web-1", (data, error) => {
      data.end();
      error.end('network namespace for sandbox "x" is closed');
    });
    await fate();
    await answered();
    expect(kubelets.tunnels).toBe(2);
  });
});

describe("requests at a pod that died, and nobody has said so yet", () => {
  const podAt = (name: string, address: string) => ({
    addresses: [address],
    conditions: { ready: true },
    targetRef: { kind: "Pod", namespace: "shop", name },
  });
  const OBJECTS = [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "shop" },
      spec: { clusterIP: "10.96.0.10", ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: "web-x",
        namespace: "shop",
        labels: { "kubernetes.io/service-name": "web" },
      },
      addressType: "IPv4",
      ports: [{ port: 8080 }],
      endpoints: [podAt("web-1", "10.244.0.5"), podAt("web-2", "10.244.0.6")],
    },
  ] as unknown as KubernetesObject[];

  const ask = (port: number, method: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = { host: "web.shop" };
      request({ host: "127.0.0.1", port, method, headers, agent: false }, (response) =>
        text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject),
      )
        .on("error", reject)
        .end(method === "POST" ? "order" : undefined);
    });

  it.each(["GET", "POST"])("are answered by another: %s", async (method) => {
    kubelets.behaviours.set("web-1", answers("web-1"));
    kubelets.behaviours.set("web-2", answers("web-2"));
    await using engine = createEngine({ controllers: [], dialer });
    await engine.load(OBJECTS);
    const { gateway } = await engine.listen({ gateway: { listen: "127.0.0.1:0" } });
    const all = (count: number) =>
      Promise.all(Array.from({ length: count }, () => ask(gateway!.port, method)));
    expect(new Set(await all(20))).toEqual(new Set(["200 web-1", "200 web-2"]));
    kubelets.behaviours.set("web-1", refuses);
    // More than there are kept connections: the others are new ones, which the kubelet refuses.
    expect(new Set(await all(60))).toEqual(new Set(["200 web-2", "200 web-1"]));
    expect((await all(60)).every((answer) => answer.startsWith("200"))).toBe(true);
  });
});
