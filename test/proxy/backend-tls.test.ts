import http2 from "node:http2";
import https from "node:https";
import type tls from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CertificateAuthority, type KeyPair } from "../../src/certificates/authority.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { everyRoute } from "../../src/proxy/routes/every-route.ts";
import { RoutingPlan } from "../../src/routes/routing-plan.ts";
import { shopGateway } from "../support/shop-gateway.ts";
import { request, TestCluster, type TestGateway } from "./cluster.ts";
import { askOver, http2Session } from "./http2-client.ts";

const GROUP = "gateway.networking.k8s.io/v1";

let authority: CertificateAuthority;
let pair: KeyPair;
let cluster: TestCluster;
let gateway: TestGateway;
let plan: RoutingPlan;

beforeAll(async () => {
  authority = await CertificateAuthority.create("test", new Date());
  pair = await authority.issue({ commonName: "web", names: ["web.example"] }, new Date());
});

beforeEach(async () => {
  cluster = new TestCluster();
  plan = new RoutingPlan();
  gateway = await cluster.gateway({ routes: everyRoute(plan, () => 80) });
});
afterEach(() => cluster[Symbol.asyncDispose]());

function apply(...objects: readonly KubernetesObject[]): void {
  cluster.store.apply(objects.map((object) => ({ op: "put", object })));
  plan.update(cluster.store);
}

function ingress(protocol: string): KubernetesObject {
  const backend = { service: { name: "web", port: { number: 80 } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      namespace: "shop",
      name: "i",
      annotations: { "nginx.ingress.kubernetes.io/backend-protocol": protocol },
    },
    spec: {
      rules: [{ host: "foo", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    },
  };
}

describe("an Ingress whose pods speak TLS", () => {
  test.each(["HTTPS", "https"])(
    "%s: whatever their certificate, and without a name",
    async (protocol) => {
      const server = https.createServer(pair, (req, res) => {
        const { servername } = req.socket as tls.TLSSocket & { servername?: string | false };
        res.end(`${req.url} over TLS for ${servername || "nobody"}`);
      });
      cluster.serve("web", [await cluster.pod(server)]);
      apply(ingress(protocol));
      const { status, body } = await request({
        port: gateway.port,
        path: "/a",
        headers: { host: "foo" },
      });
      expect([status, body]).toEqual([200, "/a over TLS for nobody"]);
    },
  );

  test("GRPCS: over HTTP/2", async () => {
    const server = http2.createSecureServer(pair);
    server.on("stream", (stream, headers) => {
      stream.respond({ ":status": 200 });
      stream.end(`${headers[":path"]} by ${stream.session?.alpnProtocol}`);
    });
    cluster.serve("web", [await cluster.pod(server)]);
    apply(ingress("GRPCS"));
    const session = http2Session(gateway.port);
    const answer = await askOver(session, { ":authority": "foo", ":path": "/pkg.Svc/Do" });
    session.destroy();
    expect(answer.body).toBe("/pkg.Svc/Do by h2");
  });
});

test("a copy of a request is encrypted as the policy of its own backend says", async () => {
  const plain = await cluster.httpPod((_req, res) => res.end("plain"));
  cluster.serve("main", [plain]);
  let copied: (asked: string) => void = () => {};
  const copy = new Promise<string>((resolve) => {
    copied = resolve;
  });
  const server = https.createServer(pair, (req, res) => {
    const { servername } = req.socket as tls.TLSSocket & { servername?: string | false };
    copied(`${req.url} for ${servername}`);
    res.end();
  });
  server.on("tlsClientError", (error) => copied(`no TLS: ${error.message}`));
  cluster.serve("web", [await cluster.pod(server)]);
  apply(
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "shop", name: "ca" },
      data: { "ca.crt": authority.cert },
    } as KubernetesObject,
    {
      apiVersion: GROUP,
      kind: "BackendTLSPolicy",
      metadata: { namespace: "shop", name: "p" },
      spec: {
        targetRefs: [{ group: "", kind: "Service", name: "web" }],
        validation: {
          hostname: "web.example",
          caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "ca" }],
        },
      },
    },
    shopGateway("gw"),
    {
      apiVersion: GROUP,
      kind: "HTTPRoute",
      metadata: { namespace: "shop", name: "r" },
      spec: {
        parentRefs: [{ name: "gw" }],
        hostnames: ["foo"],
        rules: [
          {
            filters: [
              { type: "RequestMirror", requestMirror: { backendRef: { name: "web", port: 80 } } },
            ],
            backendRefs: [{ name: "main", port: 80 }],
          },
        ],
      },
    },
  );
  const { body } = await request({ port: gateway.port, path: "/x", headers: { host: "foo" } });
  expect(body).toBe("plain");
  expect(await copy).toBe("/x for web.example");
});
