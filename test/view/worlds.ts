import type { EngineOptions } from "../../src/engine/options.ts";
import type { Endpoint, EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { Service, ServiceSpec } from "../../src/objects/service.ts";

/** Where a name and a port lead: `ADDRESS:PORT` of each endpoint, sorted, or that nobody is reached. */
export type Decision = readonly string[] | "nobody";

/** A small world, what is asked in it, and where that leads. */
export interface Row {
  readonly name: string;
  readonly objects: readonly KubernetesObject[];
  readonly options?: EngineOptions;
  readonly ask: string;
  readonly port?: number;
  readonly decision: Decision;
}

export const service = (name: string, spec: ServiceSpec): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "default" },
  spec,
});

export function slice(
  name: string,
  endpoints: readonly Endpoint[],
  ports: EndpointSlice["ports"] = [{ port: 8080, protocol: "TCP" }],
): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${name}-1`,
      namespace: "default",
      labels: { "kubernetes.io/service-name": name },
    },
    addressType: "IPv4",
    ports,
    endpoints,
  };
}

const at = (address: string, more: Partial<Endpoint> = {}): Endpoint => ({
  addresses: [address],
  ...more,
});

const pod = (name: string, ip: string): KubernetesObject =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { containers: [{ name: "main" }] },
    status: { phase: "Running", podIP: ip, podIPs: [{ ip }] },
  }) as KubernetesObject;

export const ONE = "10.244.0.1";
export const TWO = "10.244.0.2";
const web = (spec: ServiceSpec = {}) =>
  service("web", { clusterIP: "10.96.0.50", ports: [{ port: 80 }], ...spec });

const METRICS = [
  { name: "metrics", port: 9090 },
  { name: "http", port: 80 },
];
const headless = (more: ServiceSpec = {}) =>
  service("db", { clusterIP: "None", ports: [{ port: 80, targetPort: "web" }], ...more });
const alias = (name: string, externalName: string) =>
  service(name, { type: "ExternalName", externalName });
const two = slice("web", [at(ONE), at(TWO)]);
const cluster = [web(), two];
export const down = { conditions: { ready: false } };
export const leaving = { conditions: { ready: false, serving: true, terminating: true } };

export const ROWS: readonly Row[] = [
  {
    name: "a ClusterIP",
    objects: cluster,
    ask: "web",
    port: 80,
    decision: [`${ONE}:8080`, `${TWO}:8080`],
  },
  {
    name: "its name alone",
    objects: cluster,
    ask: "web",
    decision: [`${ONE}:8080`, `${TWO}:8080`],
  },
  {
    name: "its address",
    objects: cluster,
    ask: "10.96.0.50",
    port: 80,
    decision: [`${ONE}:8080`, `${TWO}:8080`],
  },
  { name: "a port that it lacks", objects: cluster, ask: "web", port: 81, decision: "nobody" },
  { name: "no such Service", objects: cluster, ask: "wbe", port: 80, decision: "nobody" },
  {
    name: "a headless Service by its pods' port",
    objects: [headless(), slice("db", [at(ONE)])],
    ask: "db",
    port: 8080,
    decision: [`${ONE}:8080`],
  },
  {
    name: "a headless Service by its own port",
    objects: [headless(), slice("db", [at(ONE)])],
    ask: "db",
    port: 80,
    decision: [`${ONE}:8080`],
  },
  {
    name: "a headless Service without ports",
    objects: [headless({ ports: [] }), slice("db", [at(ONE)], [])],
    ask: "db",
    port: 5432,
    decision: [`${ONE}:5432`],
  },
  {
    name: "a headless Service none of which is ready",
    objects: [headless(), slice("db", [at(ONE, down)])],
    ask: "db",
    port: 80,
    decision: "nobody",
  },
  {
    name: "a headless Service all of which are leaving",
    objects: [headless(), slice("db", [at(ONE, leaving)])],
    ask: "db",
    port: 80,
    decision: "nobody",
  },
  {
    name: "an endpoint by its hostname",
    objects: [
      headless(),
      slice("db", [at(ONE, { hostname: "db-0" }), at(TWO, { hostname: "db-1" })]),
    ],
    ask: "db-1.db",
    port: 80,
    decision: [`${TWO}:8080`],
  },
  {
    name: "an endpoint by its address with dashes",
    objects: [headless(), slice("db", [at(ONE), at(TWO)])],
    ask: "10-244-0-2.db",
    port: 80,
    decision: [`${TWO}:8080`],
  },
  {
    name: "several ports, by the name alone",
    objects: [
      web({ ports: METRICS }),
      slice(
        "web",
        [at(ONE)],
        [
          { name: "http", port: 8080 },
          { name: "metrics", port: 9999 },
        ],
      ),
    ],
    ask: "web",
    decision: [`${ONE}:8080`],
  },
  {
    name: "policy Local, all elsewhere",
    objects: [web({ internalTrafficPolicy: "Local" }), slice("web", [at(ONE, { nodeName: "n2" })])],
    options: { node: "n1" },
    ask: "web",
    port: 80,
    decision: "nobody",
  },
  {
    name: "policy Local, one here",
    objects: [
      web({ internalTrafficPolicy: "Local" }),
      slice("web", [at(ONE, { nodeName: "n2" }), at(TWO, { nodeName: "n1" })]),
    ],
    options: { node: "n1" },
    ask: "web",
    port: 80,
    decision: [`${TWO}:8080`],
  },
  {
    name: "not ready and ready",
    objects: [web(), slice("web", [at(ONE, down), at(TWO)])],
    ask: "web",
    port: 80,
    decision: [`${TWO}:8080`],
  },
  {
    name: "terminating that still serve",
    objects: [web(), slice("web", [at(ONE, leaving)])],
    ask: "web",
    port: 80,
    decision: [`${ONE}:8080`],
  },
  {
    name: "an unnamed port of Endpoints",
    objects: [web({ ports: [{ name: "http", port: 80 }] }), slice("web", [at(ONE)])],
    ask: "web",
    port: 80,
    decision: "nobody",
  },
  {
    name: "an ExternalName to a Service",
    objects: [...cluster, alias("old", "web.default.svc.cluster.local")],
    ask: "old",
    port: 80,
    decision: [`${ONE}:8080`, `${TWO}:8080`],
  },
  {
    name: "an ExternalName with upper case and a final dot",
    objects: [...cluster, alias("old", "Web.Default.svc.cluster.local.")],
    ask: "old",
    port: 80,
    decision: [`${ONE}:8080`, `${TWO}:8080`],
  },
  {
    name: "a chain of ExternalNames",
    objects: [
      ...cluster,
      alias("old", "older.default.svc.cluster.local"),
      alias("older", "web.default.svc.cluster.local"),
    ],
    ask: "old",
    port: 80,
    decision: [`${ONE}:8080`, `${TWO}:8080`],
  },
  {
    name: "ExternalNames that lead back",
    objects: [alias("a", "b.default.svc.cluster.local"), alias("b", "a.default.svc.cluster.local")],
    ask: "a",
    port: 80,
    decision: "nobody",
  },
  {
    name: "an ExternalName to nothing",
    objects: [...cluster, alias("old", "gone.default.svc.cluster.local")],
    ask: "old",
    port: 80,
    decision: "nobody",
  },
  {
    name: "a pod by its address with dashes",
    objects: [pod("p", ONE)],
    ask: "10-244-0-1.default.pod.cluster.local",
    port: 7000,
    decision: [`${ONE}:7000`],
  },
  {
    name: "the same with pods disabled",
    objects: [pod("p", ONE)],
    options: { pods: "disabled" },
    ask: "10-244-0-1.default.pod.cluster.local",
    port: 7000,
    decision: "nobody",
  },
  {
    name: "the address of no pod",
    objects: [pod("p", ONE)],
    ask: "10-244-0-9.default.pod.cluster.local",
    port: 7000,
    decision: "nobody",
  },
  {
    name: "a pod that no Service leads to, by its address",
    objects: [pod("p", ONE)],
    ask: ONE,
    port: 7000,
    decision: [`${ONE}:7000`],
  },
];
