import dgram from "node:dgram";
import { once } from "node:events";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CertificateAuthority, type KeyPair } from "../../../src/certificates/authority.ts";
import type { KubernetesObject } from "../../../src/objects/object.ts";
import { ListenerDoors, type ListenerPlace } from "../../../src/proxy/listeners/listener-doors.ts";
import { RoutingPlan } from "../../../src/routes/routing-plan.ts";
import { request, TestCluster } from "../cluster.ts";

const NOW = new Date();
let authority: CertificateAuthority;
let shop: KeyPair;
let client: KeyPair;
let stranger: KeyPair;

beforeAll(async () => {
  authority = await CertificateAuthority.create("test authority", NOW);
  const other = await CertificateAuthority.create("another authority", NOW);
  const issue = (name: string, use: "server" | "client" = "server") =>
    authority.issue({ commonName: name, names: [name], use }, NOW);
  shop = await issue("shop.example.com");
  client = await issue("client", "client");
  stranger = await other.issue({ commonName: "stranger", names: ["stranger"], use: "client" }, NOW);
});

let cluster: TestCluster;
let plan: RoutingPlan;
let doors: ListenerDoors;
const errors: string[] = [];
/** What relays listen with, whose places say the listener's own port. */
let relays: (net.Server | dgram.Socket)[] = [];

beforeEach(() => {
  cluster = new TestCluster();
  plan = new RoutingPlan();
  errors.length = 0;
  relays = [];
  count = 0;
  doors = new ListenerDoors({
    plan,
    store: cluster.store,
    balancer: cluster.balancer,
    dialer: cluster.dialer,
    // The listeners' own ports may be bound in a namespace of the test's alone.
    localAddress: () => "127.0.0.1",
    binder: {
      listen(server, host) {
        relays.push(server);
        server.listen({ host, port: 0 });
      },
      bind(socket, address) {
        relays.push(socket);
        socket.bind({ address, port: 0 });
      },
    },
    certificateFor: (name) => authority.issue({ commonName: name, names: [name] }, NOW),
    onListenError: (place, error) => errors.push(`${place.owner} ${error.message}`),
  });
});

afterEach(async () => {
  await doors.close(0);
  await cluster[Symbol.asyncDispose]();
});

const GROUP = "gateway.networking.k8s.io";

let count = 0;

async function put(...objects: KubernetesObject[]): Promise<void> {
  cluster.store.apply(objects.map((object) => ({ op: "put", object })));
  plan.update(cluster.store);
  // What a Gateway's controller makes for it.
  cluster.store.apply([
    {
      op: "put",
      object: {
        apiVersion: "v1",
        kind: "Service",
        metadata: {
          namespace: "shop",
          name: "gw-any",
          annotations: { count: String(count++) },
          labels: { "service.kubernetes.io/service-proxy-name": "routes" },
        },
        spec: { type: "LoadBalancer", clusterIP: "10.96.0.9", ports: [{ port: 1 }] },
      } as KubernetesObject,
    },
  ]);
  await doors.settled();
}

function gateway(listeners: object[], more: object = {}): KubernetesObject {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: "Gateway",
    metadata: { namespace: "shop", name: "gw" },
    spec: { gatewayClassName: "any", listeners, ...more },
  };
}

function route(kind: string, name: string, service: string, more: object = {}): KubernetesObject {
  return {
    apiVersion: `${GROUP}/v1`,
    kind,
    metadata: { namespace: "shop", name },
    spec: {
      parentRefs: [{ name: "gw" }],
      rules: [{ backendRefs: [{ name: service, port: 80 }] }],
      ...more,
    },
  };
}

function secret(name: string, { cert, key }: KeyPair): KubernetesObject {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: "shop", name },
    data: { "tls.crt": base64(cert), "tls.key": base64(key) },
  } as KubernetesObject;
}

const configMap = (name: string, data: object) =>
  ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "shop", name },
    data,
  }) as KubernetesObject;

const https443 = (more: object = {}) => ({
  name: "https",
  port: 443,
  protocol: "HTTPS",
  tls: { certificateRefs: [{ name: "shop" }] },
  ...more,
});

function place(protocol: ListenerPlace["protocol"]): ListenerPlace {
  const found = doors.places().find((each) => each.protocol === protocol);
  if (found === undefined) throw new Error(`nothing listens for ${protocol}`);
  return found;
}

async function serveNamed(...names: string[]): Promise<void> {
  for (const name of names) {
    cluster.serve(name, [
      await cluster.httpPod((req, res) => res.end(`${name} ${req.headers["x-forwarded-proto"]}`)),
    ]);
  }
}

/** One request over TLS, with the protocol that was agreed on. */
function get(
  servername: string,
  options: https.RequestOptions & { host?: string } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { host = servername, ...more } = options;
    const asked = https.get(
      {
        port: place("TLS").bound,
        hostname: "127.0.0.1",
        servername,
        headers: { host },
        ca: authority.cert,
        agent: false,
        ...more,
      },
      (res) => {
        let body = "";
        res.setEncoding("utf8").on("data", (chunk) => {
          body += chunk;
        });
        res.on("end", () => resolve({ status: res.statusCode ?? 0, body }));
        res.on("error", reject);
      },
    );
    asked.on("error", reject);
  });
}

describe("a listener for HTTP", () => {
  test("answers its routes alone, and only those of the listener that the host belongs to", async () => {
    await serveNamed("a", "b");
    await put(
      gateway([
        { name: "any", port: 80, protocol: "HTTP" },
        { name: "wild", port: 80, protocol: "HTTP", hostname: "*.example.com" },
      ]),
      route("HTTPRoute", "a", "a", { parentRefs: [{ name: "gw", sectionName: "any" }] }),
      route("HTTPRoute", "b", "b", {
        parentRefs: [{ name: "gw", sectionName: "wild" }],
        hostnames: ["b.example.com"],
      }),
    );
    const { bound: port } = place("HTTP");
    const body = async (host: string) => {
      const { status, body } = await request({ port, headers: { host } });
      return status === 200 ? body : status;
    };
    expect(await body("what.ever")).toBe("a http");
    expect(await body("b.example.com")).toBe("b http");
    // The route for any host is not the wildcard listener's.
    expect(await body("c.example.com")).toBe(404);
    // Names of Services mean nothing here.
    expect(await body("b.shop.svc.cluster.local")).toBe("a http");
  });

  test("takes what belongs to one that is not served", async () => {
    await serveNamed("a");
    const twice = { port: 80, protocol: "HTTP", hostname: "b.example.com" };
    await put(
      gateway([
        { name: "any", port: 80, protocol: "HTTP" },
        { name: "one", ...twice },
        { name: "two", ...twice },
      ]),
      route("HTTPRoute", "a", "a", { parentRefs: [{ name: "gw", sectionName: "any" }] }),
    );
    const { body } = await request({
      port: place("HTTP").bound,
      headers: { host: "b.example.com" },
    });
    expect(body).toBe("a http");
  });

  test("opens and closes with its Gateway", async () => {
    await put(gateway([{ name: "http", port: 80, protocol: "HTTP" }]));
    const { bound } = place("HTTP");
    cluster.store.apply([
      { op: "delete", key: { kind: `Gateway.${GROUP}`, namespace: "shop", name: "gw" } },
    ]);
    await put();
    expect(doors.places()).toEqual([]);
    await expect(request({ port: bound })).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe("a listener for HTTPS", () => {
  test("speaks HTTP/1.1 and HTTP/2 with the Secret's certificate, which may change", async () => {
    await serveNamed("a");
    await put(secret("shop", shop), gateway([https443()]), route("HTTPRoute", "a", "a"));
    expect(await get("shop.example.com")).toEqual({ status: 200, body: "a https" });
    const session = http2.connect(`https://shop.example.com`, {
      ca: authority.cert,
      createConnection: () =>
        tls.connect({
          port: place("TLS").bound,
          host: "127.0.0.1",
          servername: "shop.example.com",
          ca: authority.cert,
          ALPNProtocols: ["h2"],
        }),
    });
    const stream = session.request({ ":path": "/" });
    const [headers] = await once(stream, "response");
    expect(headers[":status"]).toBe(200);
    stream.resume();
    await once(stream, "end");
    session.destroy();
    const later = await authority.issue(
      { commonName: "later.example.com", names: ["later.example.com"] },
      NOW,
    );
    await put(secret("shop", later));
    expect((await get("later.example.com")).status).toBe(200);
    await expect(get("shop.example.com")).rejects.toThrow(/altnames/);
  });

  test("tells a request for another listener's host to take another connection", async () => {
    await serveNamed("a");
    const other = https443({ name: "other", hostname: "other.example.com" });
    await put(secret("shop", shop), gateway([https443(), other]), route("HTTPRoute", "a", "a"));
    expect((await get("shop.example.com", { host: "other.example.com" })).status).toBe(421);
    expect((await get("shop.example.com", { host: "third.example.com" })).status).toBe(200);
  });

  test.each([
    ["AllowValidOnly", [undefined, "stranger"]],
    ["AllowInsecureFallback", []],
  ])("asks for certificates of clients: %s", async (mode, refused) => {
    await serveNamed("a");
    const validation = {
      mode,
      caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "clients" }],
    };
    await put(
      secret("shop", shop),
      configMap("clients", { "ca.crt": authority.cert }),
      gateway([https443()], { tls: { frontend: { default: { validation } } } }),
      route("HTTPRoute", "a", "a"),
    );
    const shown = { client, stranger };
    expect((await get("shop.example.com", client)).status).toBe(200);
    for (const who of [undefined, "stranger"] as const) {
      const answer = get("shop.example.com", who && shown[who]);
      if (refused.includes(who)) await expect(answer).rejects.toThrow();
      else expect((await answer).status).toBe(200);
    }
  });

  test("makes certificates for Ingresses that name no Secret", async () => {
    await serveNamed("a");
    await put({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { namespace: "shop", name: "i" },
      spec: { defaultBackend: { service: { name: "a", port: { number: 80 } } } },
    } as KubernetesObject);
    cluster.store.apply([
      {
        op: "put",
        object: {
          apiVersion: "v1",
          kind: "Service",
          metadata: {
            namespace: "kubelane-system",
            name: "ingress",
            labels: { "service.kubernetes.io/service-proxy-name": "routes" },
          },
          spec: { type: "LoadBalancer", clusterIP: "10.96.0.8", ports: [{ port: 1 }] },
        } as KubernetesObject,
      },
    ]);
    await doors.settled();
    expect(await get("any.thing.example")).toEqual({ status: 200, body: "a https" });
    // Who names nobody is shown a certificate for the address.
    const { host, bound } = place("TLS");
    const nameless = tls.connect({ host, port: bound, rejectUnauthorized: false });
    await once(nameless, "secureConnect");
    expect(nameless.getPeerCertificate().subjectaltname).toContain(host);
    nameless.destroy();
  });
});

/** What a client says first, without anybody who goes on with it. */
async function clientHello(servername: string): Promise<Buffer> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const asking = tls.connect({ port, host: "127.0.0.1", servername }).on("error", () => {});
  const [accepted] = await once(server, "connection");
  const [hello] = await once(accepted, "data");
  asking.destroy();
  accepted.destroy();
  server.close();
  return hello;
}

test.each([
  ["stays silent", (client: net.Socket) => client],
  ["says that nothing more comes", (client: net.Socket) => client.end()],
])(
  "a client that says hello and then %s is let go",
  async (_, then) => {
    await put(gateway([https443()]), secret("shop", shop));
    const hello = await clientHello("shop.example.com");
    const client = net.connect({ port: place("TLS").bound, host: "127.0.0.1" });
    client.on("error", () => {});
    client.resume().write(hello);
    // The server's half of the handshake has come.
    await once(client, "data");
    then(client);
    // After the time that a handshake may take.
    await once(client, "close");
  },
  60_000,
);

describe("a listener for TLS", () => {
  const tlsListener = (mode: string, hostname: string) => ({
    name: mode.toLowerCase(),
    port: 443,
    protocol: "TLS",
    hostname,
    tls: { mode, ...(mode === "Terminate" && { certificateRefs: [{ name: "shop" }] }) },
  });

  test("passes on what one name asks for, and terminates for another", async () => {
    const inner = tls.createServer({ cert: client.cert, key: client.key }, (socket) =>
      socket.end("passed on"),
    );
    cluster.serve("inner", [await cluster.pod(inner as unknown as net.Server)]);
    cluster.serve("plain", [await cluster.pod(net.createServer((s) => s.end("terminated")))]);
    await put(
      secret("shop", shop),
      gateway([
        tlsListener("Passthrough", "pass.example.com"),
        tlsListener("Terminate", "shop.example.com"),
      ]),
      route("TLSRoute", "p", "inner", { hostnames: ["pass.example.com"] }),
      route("TLSRoute", "t", "plain", { hostnames: ["shop.example.com"] }),
    );
    const read = async (servername: string) => {
      const socket = tls.connect({
        port: place("TLS").bound,
        host: "127.0.0.1",
        servername,
        rejectUnauthorized: false,
      });
      let text = "";
      socket.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      await once(socket, "close");
      return text;
    };
    expect(await read("pass.example.com")).toBe("passed on");
    expect(await read("shop.example.com")).toBe("terminated");
    await expect(read("other.example.com")).rejects.toThrow();
  });
});

function relayPort(): number {
  const [relay] = relays;
  if (relay === undefined) throw new Error("no relay listens");
  return (relay.address() as net.AddressInfo).port;
}

describe("listeners for TCP and UDP", () => {
  test("share connections by weight", async () => {
    for (const name of ["a", "b"]) {
      cluster.serve(name, [await cluster.pod(net.createServer((socket) => socket.end(name)))]);
    }
    await put(
      gateway([{ name: "tcp", port: 5432, protocol: "TCP" }]),
      route("TCPRoute", "t", "a", {
        rules: [
          {
            backendRefs: [
              { name: "a", port: 80, weight: 1 },
              { name: "b", port: 80, weight: 2 },
            ],
          },
        ],
      }),
    );
    const counts: Record<string, number> = {};
    for (let i = 0; i < 6; i++) {
      const socket = net.connect(relayPort(), "127.0.0.1");
      const [name] = await once(socket.setEncoding("utf8"), "data");
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts).toEqual({ a: 2, b: 4 });
  });

  test("are closed to who has no route", async () => {
    await put(gateway([{ name: "tcp", port: 5432, protocol: "TCP" }]));
    const socket = net.connect(relayPort(), "127.0.0.1");
    await expect(once(socket, "data")).rejects.toThrow(/ECONNRESET/);
    expect(errors).toEqual([]);
  });

  test("carry datagrams", async () => {
    const server = dgram.createSocket("udp4");
    server.on("message", (message, { port, address }) =>
      server.send(`re ${message}`, port, address),
    );
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    cluster.serve("dns", [cluster.attach(server.address().port, 8080, () => void server.close())], {
      spec: { ports: [{ name: "udp", port: 80, protocol: "UDP", targetPort: 8080 }] },
      port: { name: "udp", port: 8080, protocol: "UDP" },
    });
    await put(gateway([{ name: "udp", port: 53, protocol: "UDP" }]), route("UDPRoute", "u", "dns"));
    const socket = dgram.createSocket("udp4");
    socket.send("hello", relayPort(), "127.0.0.1");
    const [answer] = await once(socket, "message");
    expect(String(answer)).toBe("re hello");
    socket.close();
  });
});
