/** Manifests of real projects, object by object as a cluster would have them. Written down by hand. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { standardControllers } from "../../src/controllers/standard.ts";
import { createDns } from "../../src/dns/dns.ts";
import { readManifest } from "../../src/manifests/read-manifest.ts";
import { Cidr } from "../../src/net/cidr.ts";
import type { EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { Store } from "../../src/store/store.ts";
import { describeWith, SHARED } from "../support/tools.ts";
import { put, runPods } from "./cluster.ts";

function cluster(file: string) {
  const text = readFileSync(`${SHARED}/manifests/${file}`, "utf8");
  const { objects } = readManifest(text, file);
  const store = new Store({ controllers: standardControllers() });
  store.apply(objects.map(({ object }) => put(object)));
  for (let i = 0; i < 3; i++) runPods(store);
  return store;
}

const SUFFIX = "-[bcdfghjklmnpqrstvwxz2456789]{5}";
const HASH = "-[456789bcdf]{1,10}";

/** Names with what is generated replaced by `*`, so that they can be written down. */
const plain = ({ kind, metadata: { name } }: KubernetesObject) =>
  kind === "Pod"
    ? name.replace(new RegExp(`${HASH}${SUFFIX}$`), "-*-*")
    : name.replace(new RegExp(`${SUFFIX}$`), "-*");

/** `http 80/TCP`, as in the Service; a node port as such when it was asked for. */
function services(store: Store): string[] {
  return store.list("Service").map(({ metadata: { name }, spec, status }) => {
    const ports = (spec.ports ?? []).map((port) => {
      const asked = port.nodePort !== undefined && port.nodePort < 30086;
      const node = asked ? `:${port.nodePort}` : port.nodePort === undefined ? "" : ":auto";
      return `${port.name ?? "-"} ${port.port}${node}/${port.protocol}`;
    });
    const ingress = status?.loadBalancer?.ingress?.map(({ ip }) => ip?.replace(/\d+$/, "*")) ?? [];
    const address = spec.clusterIP === "None" ? "None" : "ClusterIP";
    return [`${name}: ${spec.type} ${address}`, ...ports, ...ingress].join(", ");
  });
}

/** `web: web-*: -*, web-*-* :8080 …`: each Service's slices with the pods behind them. */
function slices(store: Store): string[] {
  return (store.list("EndpointSlice.discovery.k8s.io") as EndpointSlice[]).map((slice) => {
    const { endpoints, ports, addressType } = slice;
    const named = endpoints.map(({ targetRef, hostname, conditions }) => {
      const pod = plain(store.get("Pod", slice.metadata.namespace!, targetRef!.name!)!);
      return `${pod}${hostname ? `(${hostname})` : ""}${conditions?.ready ? "" : "!"}`;
    });
    const open = (ports ?? []).map(({ name, port, protocol }) => `${name} ${port}/${protocol}`);
    return `${plain(slice)} ${addressType} ${open.join(" ")} → ${named.join(" ")}`;
  });
}

function expectAddresses(store: Store): void {
  const range = new Cidr("10.96.0.0/12");
  const all = store.list("Service").flatMap(({ spec }) => spec.clusterIPs ?? []);
  const given = all.filter((address) => address !== "None");
  expect(new Set(given).size).toBe(given.length);
  for (const address of given) expect(range.offsetOf(address)).toBeGreaterThanOrEqual(256);
  for (const slice of store.list("EndpointSlice.discovery.k8s.io")) {
    const { namespace = "", labels = {} } = slice.metadata;
    const service = store.get("Service", namespace, labels["kubernetes.io/service-name"]!)!;
    // What labels the Service has, its slices have.
    expect(labels).toMatchObject(service.metadata.labels ?? {});
    for (const { addresses, targetRef } of slice.endpoints) {
      expect(addresses).toEqual([store.get("Pod", namespace, targetRef!.name!)?.status?.podIP]);
    }
  }
}

const one = (name: string, ports: string, pod = name) => `${name}-* IPv4 ${ports} → ${pod}-*-*`;

describeWith(["shared"], "as a cluster would have them", () => {
  it("online-boutique: twelve Services, eleven of twelve Deployments behind them", () => {
    const store = cluster("online-boutique.yaml");
    const grpc = (name: string, port: number) => `${name}: ClusterIP ClusterIP, grpc ${port}/TCP`;
    expect(services(store)).toEqual([
      "frontend: ClusterIP ClusterIP, http 80/TCP",
      "frontend-external: LoadBalancer ClusterIP, http 80:auto/TCP, 10.112.0.*",
      grpc("adservice", 9555),
      grpc("currencyservice", 7000),
      grpc("cartservice", 7070),
      "redis-cart: ClusterIP ClusterIP, tcp-redis 6379/TCP",
      grpc("recommendationservice", 8080),
      grpc("checkoutservice", 5050),
      grpc("emailservice", 5000),
      grpc("paymentservice", 50051),
      grpc("shippingservice", 50051),
      grpc("productcatalogservice", 3550),
    ]);
    expect(slices(store).sort()).toEqual(
      [
        one("frontend", "http 8080/TCP"),
        one("frontend-external", "http 8080/TCP", "frontend"),
        one("adservice", "grpc 9555/TCP"),
        one("currencyservice", "grpc 7000/TCP"),
        one("cartservice", "grpc 7070/TCP"),
        one("redis-cart", "tcp-redis 6379/TCP"),
        one("recommendationservice", "grpc 8080/TCP"),
        one("checkoutservice", "grpc 5050/TCP"),
        one("emailservice", "grpc 8080/TCP"),
        one("paymentservice", "grpc 50051/TCP"),
        one("shippingservice", "grpc 50051/TCP"),
        one("productcatalogservice", "grpc 3550/TCP"),
      ].sort(),
    );
    expect(store.list("Pod").map(plain).sort()).toEqual([
      "adservice-*-*",
      "cartservice-*-*",
      "checkoutservice-*-*",
      "currencyservice-*-*",
      "emailservice-*-*",
      "frontend-*-*",
      "loadgenerator-*-*",
      "paymentservice-*-*",
      "productcatalogservice-*-*",
      "recommendationservice-*-*",
      "redis-cart-*-*",
      "shippingservice-*-*",
    ]);
    expect(store.count("ServiceAccount")).toBe(11);
    expectAddresses(store);
  });

  it("sock-shop: fourteen Services in one namespace, one with two ports, one with a node port", () => {
    const store = cluster("sock-shop.yaml");
    const plainService = (name: string, port: number) =>
      `${name}: ClusterIP ClusterIP, - ${port}/TCP`;
    const names: readonly (readonly [name: string, port: number, target?: number])[] = [
      ["carts", 80],
      ["carts-db", 27017],
      ["catalogue", 80],
      ["catalogue-db", 3306],
      ["front-end", 80, 8079],
      ["orders", 80],
      ["orders-db", 27017],
      ["payment", 80],
      ["queue-master", 80],
      ["rabbitmq", 5672],
      ["session-db", 6379],
      ["shipping", 80],
      ["user", 80],
      ["user-db", 27017],
    ];
    const expected = names.map(([name, port]) => plainService(name, port));
    expected[4] = "front-end: NodePort ClusterIP, - 80:30001/TCP";
    expected[9] = "rabbitmq: ClusterIP ClusterIP, rabbitmq 5672/TCP, exporter 9090/TCP";
    expect(services(store)).toEqual(expected);
    const behind = names.map(([name, port, target = port]) => one(name, ` ${target}/TCP`));
    behind[9] = one("rabbitmq", "rabbitmq 5672/TCP exporter 9090/TCP");
    expect(slices(store).sort()).toEqual(behind.sort());
    expect(store.list("Pod").map(plain).sort()).toEqual(names.map(([name]) => `${name}-*-*`));
    expect(new Set(store.list("Pod").map(({ metadata }) => metadata.namespace))).toEqual(
      new Set(["sock-shop"]),
    );
    expectAddresses(store);
  });

  it("guestbook: three Services over one, two and three pods", () => {
    const store = cluster("guestbook.yaml");
    expect(services(store)).toEqual([
      "redis-master: ClusterIP ClusterIP, - 6379/TCP",
      "redis-replica: ClusterIP ClusterIP, - 6379/TCP",
      "frontend: NodePort ClusterIP, - 80:auto/TCP",
    ]);
    expect(slices(store)).toEqual([
      "redis-master-* IPv4  6379/TCP → redis-master-*-*",
      "redis-replica-* IPv4  6379/TCP → redis-replica-*-* redis-replica-*-*",
      "frontend-* IPv4  80/TCP → frontend-*-* frontend-*-* frontend-*-*",
    ]);
    expect(store.list("Pod")).toHaveLength(6);
    expectAddresses(store);
  });

  it("cassandra: three ordinals with hostnames behind the headless Service, a claim each", () => {
    const store = cluster("cassandra.yaml");
    expect(services(store)).toEqual(["cassandra: ClusterIP None, - 9042/TCP"]);
    expect(slices(store)).toEqual([
      "cassandra-* IPv4  9042/TCP → " +
        "cassandra-0(cassandra-0) cassandra-1(cassandra-1) cassandra-2(cassandra-2)",
    ]);
    const [slice] = store.list("EndpointSlice.discovery.k8s.io");
    expect(slice?.metadata.labels).toMatchObject({
      app: "cassandra",
      "service.kubernetes.io/headless": "",
    });
    expect(
      store.list("PersistentVolumeClaim").map(({ metadata, spec }) => [metadata.name, spec]),
    ).toEqual(
      [0, 1, 2].map((ordinal) => [
        `cassandra-data-cassandra-${ordinal}`,
        expect.objectContaining({ accessModes: ["ReadWriteOnce"] }),
      ]),
    );
    // The seed that its own environment names.
    const dns = createDns({ store, zones: ["cluster.local"] });
    const { answers } = dns.resolve("cassandra-0.cassandra.default.svc.cluster.local");
    const podIP = store.get("Pod", "default", "cassandra-0")?.status?.podIP;
    expect(answers).toMatchObject([{ type: "A", data: podIP }]);
    expect(dns.resolve("cassandra.default.svc.cluster.local").answers).toHaveLength(3);
  });

  it("the founding document: what loads of it", () => {
    const deployment = cluster("seed-nginx-deployment.yaml");
    expect(deployment.list("Pod").map(plain)).toEqual([
      "nginx-deployment-*-*",
      "nginx-deployment-*-*",
    ]);
    expect(deployment.list("EndpointSlice.discovery.k8s.io")).toEqual([]);
    expect(cluster("seed-nginx-pod.yaml").list("Pod").map(plain)).toEqual(["nginx"]);
    const service = cluster("seed-pulse-service.yaml");
    expect(services(service)).toEqual(["pulse-service: ClusterIP ClusterIP, - 80/TCP"]);
    expect(slices(service)).toEqual(["pulse-service-* IPv4  → "]);
  });
});
