import type { EngineOptions } from "../../src/engine/options.ts";
import type { Endpoint, EndpointSlice } from "../../src/objects/endpoint-slice.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import type { Service, ServicePort, ServiceSpec } from "../../src/objects/service.ts";

/** The endpoints that a name and a port lead to, `ADDRESS:PORT`, sorted; or one of them, always the same. */
export type Decision = readonly string[] | "nobody" | { readonly always: readonly string[] };

/** What is asked of a world, and where that leads, whoever asks. */
export interface Ask {
  readonly host: string;
  /** Absent: the name alone, which only some ways in can be asked. */
  readonly port?: number;
  /** Absent: TCP. */
  readonly over?: "UDP";
  readonly leads: Decision;
  /** Ways in for which it is another question, by name: what they answer, and why. */
  readonly but?: Readonly<Record<string, readonly [leads: Decision, why: string]>>;
}

/** A small world. It is written for namespace `default` and node addresses of the first block. */
export interface World {
  readonly name: string;
  readonly objects: readonly KubernetesObject[];
  readonly asks: readonly Ask[];
}

/** Worlds that are seen from the same place, each in a namespace and in blocks of addresses of its own. */
export interface Group {
  readonly name: string;
  readonly options: EngineOptions;
  readonly worlds: readonly World[];
}

/** A world at another place: what it and its questions name is moved there. The first one stays. */
export function placed(world: World, index: number): World {
  if (index === 0) return world;
  const text = JSON.stringify(world)
    .replaceAll("default", `world-${index}`)
    .replace(/(10\.96|10\.244|203\.0)\.0\./g, `$1.${index}.`)
    .replace(/(10-244)-0-/g, `$1-${index}-`)
    .replaceAll("fd00:10:96::", `fd00:10:96:${index}::`)
    .replaceAll("fd00:10:244::", `fd00:10:244:${index}::`)
    .replaceAll("30080", `${30_080 + index}`);
  return JSON.parse(text);
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
  more: { readonly suffix?: string; readonly family?: "IPv4" | "IPv6" } = {},
): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${name}-${more.suffix ?? 1}`,
      namespace: "default",
      labels: { "kubernetes.io/service-name": name },
    },
    addressType: more.family ?? "IPv4",
    ports,
    endpoints,
  };
}

export const at = (address: string, more: Partial<Endpoint> = {}): Endpoint => ({
  addresses: [address],
  ...more,
});

interface PodOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly ready?: boolean;
  readonly phase?: string;
  readonly leaving?: boolean;
  readonly spec?: object;
  readonly ports?: readonly object[];
  readonly ips?: readonly string[];
}

/** A pod with a status, as `kubectl get -o yaml` shows it. */
function pod(name: string, ip: string, options: PodOptions = {}): KubernetesObject {
  const { labels = { app: "web" }, ready = true, phase = "Running", leaving: ends } = options;
  const containers = [{ name: "main", image: "a", ports: options.ports ?? [] }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      labels,
      ...(ends && { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["a.example/b"] }),
    },
    spec: { containers, ...options.spec },
    status: {
      phase,
      podIP: ip,
      podIPs: (options.ips ?? [ip]).map((each) => ({ ip: each })),
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
    },
  } as KubernetesObject;
}

const node = (name: string, zone: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels: { "topology.kubernetes.io/zone": zone } },
});

export const ONE = "10.244.0.1";
export const TWO = "10.244.0.2";
export const down = { conditions: { ready: false } };
export const leaving = { conditions: { ready: false, serving: true, terminating: true } };

const BOTH = [`${ONE}:8080`, `${TWO}:8080`];
const FIRST = [`${ONE}:8080`];
const SECOND = [`${TWO}:8080`];
const NAME = "web.default";

const web = (spec: ServiceSpec = {}) =>
  service("web", { clusterIP: "10.96.0.50", ports: [{ port: 80 }], ...spec });
/** The same over pods. */
const over = (
  spec: ServiceSpec = {},
  ports: readonly ServicePort[] = [{ port: 80, targetPort: 8080 }],
) => service("web", { clusterIP: "10.96.0.50", selector: { app: "web" }, ports, ...spec });
const headless = (more: ServiceSpec = {}) =>
  service("db", { clusterIP: "None", ports: [{ port: 80, targetPort: "web" }], ...more });
const alias = (name: string, externalName: string) =>
  service(name, { type: "ExternalName", externalName });
const two = slice("web", [at(ONE), at(TWO)]);
const cluster = [web(), two];
const METRICS = [
  { name: "metrics", port: 9090 },
  { name: "http", port: 80 },
];

/** Ways in by the addresses that a name has. */
const BY_ADDRESS = ["DNS and address", "resolve", "lookup", "shell"] as const;

/** Where ClusterIPs of the other family are. */
const SIX = {
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name: "six" },
  spec: { cidrs: ["fd00:10:96::/112"] },
} as KubernetesObject;

/** A question that is another one for these ways in. */
const but = (ways: readonly string[], leads: Decision, why: string): NonNullable<Ask["but"]> =>
  Object.fromEntries(ways.map((way) => [way, [leads, why]]));

const UNDECLARED = but(
  ["DNS and address", "resolve", "lookup"],
  "nobody",
  "a listener on the machine's mirror of a pod's address needs a port that a Service declares",
);
const POD_PORTS = but(
  BY_ADDRESS,
  "nobody",
  "DNS gives the addresses of pods, and those listen at their own ports: the number of a headless Service's port " +
    "is a name for them, which only ways in that see the Service can translate",
);

const BY_HOOK = but(
  ["register"],
  "nobody",
  "the hook leads look-ups of names and TCP connections: a datagram to an address goes to the machine's network",
);
const TRACE_TCP = but(
  ["trace"],
  [`${ONE}:8053`],
  "trace is not asked for a protocol, and tells of TCP first",
);
const ON_NODE = but(["shell"], "nobody", "localhost of a pod is the pod's own");

const web80 = (leads: Decision, more: Partial<Ask> = {}): readonly Ask[] => [
  { host: NAME, port: 80, leads, ...more },
];
const db = (port: number, leads: Decision, more: Partial<Ask> = {}): readonly Ask[] => [
  { host: "db.default", port, leads, ...more },
];

/** Seen from a machine that stands for every node. */
const ANYWHERE: readonly World[] = [
  {
    name: "a ClusterIP",
    objects: cluster,
    asks: [
      ...["web", NAME, "web.default.svc", "web.default.svc.cluster.local"].map((host) => ({
        host,
        port: 80,
        leads: BOTH,
      })),
      { host: "web.default.svc.cluster.local.", port: 80, leads: BOTH },
      { host: "WEB.Default.svc", port: 80, leads: BOTH },
      { host: "web", leads: BOTH },
      { host: "10.96.0.50", port: 80, leads: BOTH },
      { host: NAME, port: 81, leads: "nobody" },
      { host: "10.96.0.50", port: 81, leads: "nobody" },
      { host: "wbe", port: 80, leads: "nobody" },
      { host: "web.nowhere", port: 80, leads: "nobody" },
      { host: "web.default.pod", port: 80, leads: "nobody" },
      { host: "10.96.0.51", port: 80, leads: "nobody" },
    ],
  },
  {
    name: "a headless Service with a named targetPort",
    objects: [headless(), slice("db", [at(ONE), at(TWO)])],
    asks: [
      ...db(8080, BOTH),
      ...db(80, BOTH, { but: POD_PORTS }),
      { host: "db.default", leads: BOTH },
      { host: ONE, port: 8080, leads: FIRST },
      { host: "10-244-0-2.db.default", port: 8080, leads: SECOND },
    ],
  },
  {
    name: "a headless Service without ports",
    objects: [
      headless({ ports: [], selector: { app: "web" } }),
      pod("a", ONE, { ports: [{ containerPort: 5432 }] }),
    ],
    asks: db(5432, [`${ONE}:5432`], { but: UNDECLARED }),
  },
  {
    name: "a port of a headless Service's pods that it says nothing of",
    objects: [
      headless({ selector: { app: "web" } }),
      pod("a", ONE, { ports: [{ containerPort: 8080 }, { containerPort: 5432 }] }),
    ],
    asks: db(5432, [`${ONE}:5432`], { but: UNDECLARED }),
  },
  {
    name: "a headless Service none of which is ready",
    objects: [headless(), slice("db", [at(ONE, down)])],
    asks: [...db(8080, "nobody"), ...db(80, "nobody")],
  },
  {
    name: "a headless Service all of which are leaving",
    objects: [headless(), slice("db", [at(ONE, leaving)])],
    asks: [...db(8080, "nobody"), ...db(80, "nobody")],
  },
  {
    name: "endpoints by their hostnames",
    objects: [
      headless(),
      slice("db", [at(ONE, { hostname: "db-0" }), at(TWO, { hostname: "db-1" })]),
    ],
    asks: [
      { host: "db-1.db.default", port: 8080, leads: SECOND },
      { host: "db-1.db.default.svc.cluster.local", port: 80, leads: SECOND, but: POD_PORTS },
      { host: "10-244-0-2.db.default", port: 8080, leads: "nobody" },
      { host: "db-2.db.default", port: 8080, leads: "nobody" },
    ],
  },
  {
    name: "a hostname below a ClusterIP",
    objects: [web(), slice("web", [at(ONE, { hostname: "web-0" }), at(TWO)])],
    asks: [{ host: "web-0.web.default", port: 8080, leads: FIRST }],
  },
  {
    name: "a Service that an API server of today would refuse",
    objects: [web({ ports: [] }), slice("web", [at(ONE, { hostname: "web-0" })])],
    asks: [
      { host: NAME, port: 8080, leads: "nobody" },
      {
        host: "web-0.web.default",
        port: 8080,
        leads: FIRST,
        but: but(
          BY_ADDRESS,
          "nobody",
          "nobody listens at a port that neither a Service nor a pod declares",
        ),
      },
    ],
  },
  {
    name: "several ports",
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
    asks: [
      { host: NAME, leads: FIRST },
      { host: NAME, port: 80, leads: FIRST },
      { host: NAME, port: 9090, leads: [`${ONE}:9999`] },
      { host: "10.96.0.50", port: 9090, leads: [`${ONE}:9999`] },
      { host: NAME, port: 9999, leads: "nobody" },
    ],
  },
  {
    name: "several ports, none of which a name alone means",
    objects: [
      web({ ports: [METRICS[0] as ServicePort, { name: "admin", port: 81 }] }),
      slice("web", [at(ONE)], [{ name: "metrics", port: 8080 }]),
    ],
    asks: [
      { host: NAME, leads: "nobody" },
      { host: NAME, port: 9090, leads: FIRST },
      { host: NAME, port: 81, leads: "nobody" },
    ],
  },
  {
    name: "not ready and ready",
    objects: [web(), slice("web", [at(ONE, down), at(TWO)])],
    asks: web80(SECOND),
  },
  {
    name: "terminating that still serve",
    objects: [web(), slice("web", [at(ONE, leaving)])],
    asks: web80(FIRST),
  },
  {
    name: "terminating beside ready",
    objects: [web(), slice("web", [at(ONE, leaving), at(TWO)])],
    asks: web80(SECOND),
  },
  {
    name: "terminating that serve no more",
    objects: [
      web(),
      slice("web", [at(ONE, { conditions: { ready: false, serving: false, terminating: true } })]),
    ],
    asks: web80("nobody"),
  },
  { name: "no endpoint at all", objects: [web()], asks: web80("nobody") },
  {
    name: "a slice whose port is unnamed, for a port that has a name",
    objects: [web({ ports: [{ name: "http", port: 80 }] }), slice("web", [at(ONE)])],
    asks: web80("nobody"),
  },
  {
    name: "endpoints in two slices, one of them in both",
    objects: [web(), two, slice("web", [at(ONE)], undefined, { suffix: "2" })],
    asks: web80(BOTH),
  },
  {
    name: "a slice whose port has no number",
    objects: [web(), slice("web", [at(ONE)], [{ protocol: "TCP" }])],
    asks: web80("nobody"),
  },
  {
    name: "manual Endpoints",
    objects: [
      web({ ports: [{ name: "http", port: 80 }] }),
      endpoints([{ addresses: [{ ip: ONE }], ports: [{ name: "http", port: 8080 }] }]),
    ],
    asks: web80(FIRST),
  },
  {
    name: "manual Endpoints whose port is unnamed, for a port that has a name",
    objects: [
      web({ ports: [{ name: "http", port: 80 }] }),
      endpoints([{ addresses: [{ ip: ONE }], ports: [{ port: 8080 }] }]),
    ],
    asks: web80("nobody"),
  },
  {
    name: "manual Endpoints that are not mirrored",
    objects: [
      web(),
      endpoints([{ addresses: [{ ip: ONE }], ports: [{ port: 8080 }] }], {
        "endpointslice.kubernetes.io/skip-mirror": "true",
      }),
    ],
    asks: web80("nobody"),
  },
  {
    name: "manual Endpoints that are not ready",
    objects: [
      web(),
      endpoints([
        { addresses: [{ ip: TWO }], notReadyAddresses: [{ ip: ONE }], ports: [{ port: 8080 }] },
      ]),
    ],
    asks: web80(SECOND),
  },
  {
    name: "an ExternalName to a Service",
    objects: [...cluster, alias("old", "web.default.svc.cluster.local")],
    asks: [
      { host: "old.default", port: 80, leads: BOTH },
      { host: "old.default", leads: BOTH },
      { host: "old.default", port: 81, leads: "nobody" },
      { host: "below.old.default", port: 80, leads: "nobody" },
    ],
  },
  {
    name: "an ExternalName with a final dot",
    objects: [...cluster, alias("old", "web.default.svc.cluster.local.")],
    asks: [{ host: "old.default", port: 80, leads: BOTH }],
  },
  {
    name: "a chain of ExternalNames",
    objects: [
      ...cluster,
      alias("old", "older.default.svc.cluster.local"),
      alias("older", "web.default.svc.cluster.local"),
    ],
    asks: [{ host: "old.default", port: 80, leads: BOTH }],
  },
  {
    name: "an ExternalName to a headless Service",
    objects: [headless(), slice("db", [at(ONE)]), alias("old", "db.default.svc.cluster.local")],
    asks: [
      { host: "old.default", port: 8080, leads: FIRST },
      { host: "old.default", port: 80, leads: FIRST, but: POD_PORTS },
    ],
  },
  {
    name: "ExternalNames that lead back",
    objects: [alias("a", "b.default.svc.cluster.local"), alias("b", "a.default.svc.cluster.local")],
    asks: [{ host: "a.default", port: 80, leads: "nobody" }],
  },
  {
    name: "an ExternalName to nothing",
    objects: [...cluster, alias("old", "gone.default.svc.cluster.local")],
    asks: [{ host: "old.default", port: 80, leads: "nobody" }],
  },
  {
    name: "an ExternalName to an address",
    objects: [...cluster, alias("old", "10.96.0.50")],
    asks: [{ host: "old.default", port: 80, leads: "nobody" }],
  },
  {
    name: "pods that a selector selects",
    objects: [
      over(),
      pod("a", ONE, { ports: [{ containerPort: 8080 }] }),
      pod("b", TWO, { ports: [{ containerPort: 8080 }] }),
      pod("c", "10.244.0.3", { labels: { app: "api" } }),
      pod("d", "10.244.0.4", { ready: false }),
      pod("e", "10.244.0.5", { phase: "Succeeded", ready: false }),
    ],
    asks: [
      ...web80(BOTH),
      { host: ONE, port: 8080, leads: FIRST, but: UNDECLARED },
      { host: "10-244-0-2.default.pod", port: 8080, leads: SECOND, but: UNDECLARED },
    ],
  },
  {
    name: "pods all of which are leaving",
    objects: [over(), pod("a", ONE, { leaving: true })],
    asks: web80(FIRST),
  },
  {
    name: "pods that are leaving and not ready",
    objects: [over(), pod("a", ONE, { leaving: true, ready: false })],
    asks: web80("nobody"),
  },
  {
    name: "publishNotReadyAddresses",
    objects: [
      over({ publishNotReadyAddresses: true }),
      service("db", {
        clusterIP: "None",
        selector: { app: "web" },
        publishNotReadyAddresses: true,
        ports: [{ port: 8080 }],
      }),
      pod("a", ONE, { ready: false }),
    ],
    asks: [...web80(FIRST), ...db(8080, FIRST)],
  },
  {
    name: "hostname and subdomain",
    objects: [
      service("db", { clusterIP: "None", selector: { app: "web" }, ports: [{ port: 8080 }] }),
      pod("db-0", ONE, { spec: { hostname: "db-0", subdomain: "db" } }),
      pod("db-1", TWO, { spec: { hostname: "db-1", subdomain: "other" } }),
    ],
    asks: [
      { host: "db-0.db.default", port: 8080, leads: FIRST },
      { host: "db-1.db.default", port: 8080, leads: "nobody" },
      { host: "10-244-0-2.db.default", port: 8080, leads: SECOND },
    ],
  },
  {
    name: "a named targetPort that is another number in each pod",
    objects: [
      over({}, [{ port: 80, targetPort: "http" }]),
      pod("a", ONE, { ports: [{ name: "http", containerPort: 8080 }] }),
      pod("b", TWO, { ports: [{ name: "http", containerPort: 9090 }] }),
    ],
    asks: web80([`${ONE}:8080`, `${TWO}:9090`]),
  },
  {
    name: "a named targetPort that one pod lacks",
    objects: [
      over({}, [{ port: 80, targetPort: "http" }]),
      pod("a", ONE, { ports: [{ name: "web", containerPort: 8080 }] }),
      pod("b", TWO, { ports: [{ name: "http", containerPort: 8080 }] }),
    ],
    asks: web80(SECOND),
  },
  {
    name: "a named targetPort of another protocol",
    objects: [
      over({}, [{ port: 80, targetPort: "dns" }]),
      pod("a", ONE, { ports: [{ name: "dns", containerPort: 8080, protocol: "UDP" }] }),
    ],
    asks: web80("nobody"),
  },
  {
    name: "a named targetPort of a sidecar",
    objects: [
      over({}, [{ port: 80, targetPort: "http" }]),
      pod("a", ONE, {
        spec: {
          initContainers: [
            {
              name: "proxy",
              image: "a",
              restartPolicy: "Always",
              ports: [{ name: "http", containerPort: 8080 }],
            },
          ],
        },
      }),
    ],
    asks: web80(FIRST),
  },
  {
    name: "no targetPort",
    objects: [over({}, [{ port: 8080 }]), pod("a", ONE)],
    asks: [{ host: NAME, port: 8080, leads: FIRST }],
  },
  {
    name: "the same number over TCP and UDP",
    objects: [
      web({
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
        ],
      }),
      slice(
        "web",
        [at(ONE)],
        [
          { name: "dns", port: 9053, protocol: "UDP" },
          { name: "dns-tcp", port: 8053, protocol: "TCP" },
        ],
      ),
    ],
    asks: [
      { host: NAME, port: 53, leads: [`${ONE}:8053`] },
      { host: NAME, port: 53, over: "UDP", leads: [`${ONE}:9053`], but: TRACE_TCP },
    ],
  },
  {
    name: "a port over UDP alone",
    objects: [
      web({ ports: [{ port: 53, protocol: "UDP" }] }),
      slice("web", [at(ONE)], [{ port: 53, protocol: "UDP" }]),
    ],
    asks: [
      {
        host: NAME,
        port: 53,
        leads: "nobody",
        but: but(
          ["trace"],
          [`${ONE}:53`],
          "trace is not asked for a protocol, and tells of UDP too",
        ),
      },
      { host: NAME, port: 53, over: "UDP", leads: [`${ONE}:53`] },
      {
        host: "10.96.0.50",
        port: 53,
        over: "UDP",
        leads: [`${ONE}:53`],
        but: BY_HOOK,
      },
    ],
  },
  {
    name: "a port over SCTP",
    objects: [
      web({ ports: [{ port: 80, protocol: "SCTP" }] }),
      slice("web", [at(ONE)], [{ port: 80, protocol: "SCTP" }]),
    ],
    asks: [
      {
        host: NAME,
        port: 80,
        leads: "nobody",
        but: but(
          ["trace"],
          [`${ONE}:80`],
          "trace is not asked for a protocol, and tells of SCTP too",
        ),
      },
    ],
  },
  {
    name: "affinity",
    objects: [web({ sessionAffinity: "ClientIP" }), two],
    asks: web80(
      { always: BOTH },
      { but: but(["trace"], BOTH, "each trace looks by itself, and knows of no session") },
    ),
  },
  {
    name: "a NodePort",
    objects: [web({ type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] }), two],
    asks: [
      ...web80(BOTH),
      {
        host: "127.0.0.1",
        port: 30080,
        leads: BOTH,
        but: ON_NODE,
      },
    ],
  },
  {
    name: "a hostPort",
    objects: [pod("p", ONE, { ports: [{ containerPort: 7000, hostPort: 30080 }] })],
    asks: [
      { host: "127.0.0.1", port: 30080, leads: [`${ONE}:7000`], but: ON_NODE },
      { host: ONE, port: 7000, leads: [`${ONE}:7000`], but: UNDECLARED },
      {
        host: ONE,
        port: 30080,
        leads: "nobody",
        but: but(
          ["trace"],
          [`${ONE}:30080`],
          "a pod may listen at any port, and trace connects to none",
        ),
      },
    ],
  },
  {
    name: "a Service and a NodePort over UDP",
    objects: [
      web({ type: "NodePort", ports: [{ port: 53, nodePort: 30080, protocol: "UDP" }] }),
      slice("web", [at(ONE), at(TWO)], [{ port: 53, protocol: "UDP" }]),
    ],
    asks: [
      { host: NAME, port: 53, over: "UDP", leads: [`${ONE}:53`, `${TWO}:53`] },
      {
        host: "127.0.0.1",
        port: 30080,
        over: "UDP",
        leads: [`${ONE}:53`, `${TWO}:53`],
        but: ON_NODE,
      },
    ],
  },
  {
    name: "two names of one address",
    objects: [
      web(),
      slice("web", [
        at(ONE, { hostname: "web-0" }),
        at(ONE, { hostname: "web-1" }),
        at(ONE, { hostname: "web-2", ...down }),
      ]),
    ],
    asks: [
      { host: `web-0.${NAME}`, port: 8080, leads: FIRST },
      { host: `web-1.${NAME}`, port: 8080, leads: FIRST },
      // A name that is not ready is not led by one that is.
      { host: `web-2.${NAME}`, port: 8080, leads: "nobody" },
    ],
  },
  {
    name: "a hostPort over UDP",
    objects: [
      pod("p", ONE, { ports: [{ containerPort: 7000, hostPort: 30080, protocol: "UDP" }] }),
    ],
    asks: [
      { host: "127.0.0.1", port: 30080, over: "UDP", leads: [`${ONE}:7000`], but: ON_NODE },
      {
        host: ONE,
        port: 7000,
        over: "UDP",
        leads: [`${ONE}:7000`],
        but: { ...UNDECLARED, ...BY_HOOK },
      },
      {
        host: "127.0.0.1",
        port: 30080,
        leads: "nobody",
        but: but(["trace"], [`${ONE}:7000`], "trace is not asked for a protocol"),
      },
    ],
  },
  {
    name: "the hostPort of a pod that has ended",
    objects: [
      pod("p", ONE, { phase: "Failed", ports: [{ containerPort: 7000, hostPort: 30080 }] }),
    ],
    asks: [{ host: "127.0.0.1", port: 30080, leads: "nobody" }],
  },
  {
    name: "the address of a load balancer",
    objects: [balanced("10.112.0.7"), two],
    asks: [...web80(BOTH), { host: "10.112.0.7", port: 80, leads: BOTH }],
  },
  {
    name: "a load balancer for other sources only",
    objects: [balanced("10.112.0.8", { loadBalancerSourceRanges: ["192.0.2.0/24"] }), two],
    asks: [...web80(BOTH), { host: "10.112.0.8", port: 80, leads: "nobody" }],
  },
  {
    name: "a load balancer of another class",
    objects: [balanced("10.112.0.9", { loadBalancerClass: "test.example/class" }), two],
    asks: [...web80(BOTH), { host: "10.112.0.9", port: 80, leads: "nobody" }],
  },
  {
    name: "an external address",
    objects: [web({ externalIPs: ["203.0.0.7"] }), two],
    asks: [{ host: "203.0.0.7", port: 80, leads: BOTH }],
  },
  {
    name: "IPv6 alone",
    objects: [
      SIX,
      web({ clusterIP: "fd00:10:96::50", ipFamilies: ["IPv6"], ports: [{ port: 80 }] }),
      slice("web", [at("fd00:10:244::1")], undefined, { family: "IPv6" }),
    ],
    asks: [
      ...web80(["[fd00:10:244::1]:8080"], {
        but: but(
          ["DNS and address", "resolve", "lookup"],
          "nobody",
          "IPv6 addresses have no mirror on this machine's loopback",
        ),
      }),
    ],
  },
  {
    name: "two families",
    objects: [
      web({
        clusterIP: "10.96.0.50",
        clusterIPs: ["10.96.0.50", "fd00:10:96::50"],
        ipFamilies: ["IPv4", "IPv6"],
        ipFamilyPolicy: "PreferDualStack",
      }),
      slice("web", [at(ONE)]),
      slice("web", [at("fd00:10:244::1")], undefined, { family: "IPv6", suffix: "2" }),
    ],
    asks: web80(FIRST, {
      but: but(
        ["shell"],
        { always: [`${ONE}:8080`, "[fd00:10:244::1]:8080"] },
        "DNS gives the addresses of both families, and the program takes which it likes",
      ),
    }),
  },
  {
    name: "a pod that no Service leads to",
    objects: [pod("p", ONE, { ports: [{ containerPort: 7000 }] })],
    asks: [
      { host: ONE, port: 7000, leads: [`${ONE}:7000`], but: UNDECLARED },
      {
        host: "10-244-0-1.default.pod.cluster.local",
        port: 7000,
        leads: [`${ONE}:7000`],
        but: UNDECLARED,
      },
      { host: "10-244-0-9.default.pod.cluster.local", port: 7000, leads: "nobody" },
    ],
  },
];

const NODES = [node("n1", "zone-a"), node("n2", "zone-b")];
const here = { nodeName: "n1", zone: "zone-a" };
const there = { nodeName: "n2", zone: "zone-b" };
const forZone = (name: string) => ({ hints: { forZones: [{ name }] } });
const forNode = (name: string) => ({ hints: { ...forZone("zone-a"), forNodes: [{ name }] } });
const LOCAL = { internalTrafficPolicy: "Local" } as const;

/** Seen from node n1 of zone zone-a. */
const ON_A_NODE: readonly World[] = [
  {
    name: "policy Local, all elsewhere",
    objects: [...NODES, web(LOCAL), slice("web", [at(ONE, there)])],
    asks: web80("nobody"),
  },
  {
    name: "policy Local, one here",
    objects: [web(LOCAL), slice("web", [at(ONE, there), at(TWO, here)])],
    asks: [...web80(SECOND), { host: "10.96.0.50", port: 80, leads: SECOND }],
  },
  {
    name: "policy Local, here one that is leaving",
    objects: [web(LOCAL), slice("web", [at(ONE, there), at(TWO, { ...here, ...leaving })])],
    asks: web80(SECOND),
  },
  {
    name: "policy Local, here one that is not ready",
    objects: [web(LOCAL), slice("web", [at(ONE, there), at(TWO, { ...here, ...down })])],
    asks: web80("nobody"),
  },
  {
    name: "policy Cluster, all elsewhere",
    objects: [web(), slice("web", [at(ONE, there)])],
    asks: web80(FIRST),
  },
  {
    name: "a headless Service, all elsewhere",
    objects: [headless(LOCAL), slice("db", [at(ONE, there)])],
    asks: db(8080, FIRST),
  },
  {
    name: "external policy Local, all elsewhere, from this node",
    objects: [
      web({
        type: "NodePort",
        externalTrafficPolicy: "Local",
        ports: [{ port: 80, nodePort: 30080 }],
      }),
      slice("web", [at(ONE, there)]),
    ],
    asks: [
      ...web80(FIRST),
      {
        host: "127.0.0.1",
        port: 30080,
        leads: FIRST,
        but: ON_NODE,
      },
    ],
  },
  {
    name: "a hostPort of this node",
    objects: [
      pod("p", ONE, {
        spec: { nodeName: "n1" },
        ports: [{ containerPort: 7000, hostPort: 30080 }],
      }),
    ],
    asks: [{ host: "127.0.0.1", port: 30080, leads: [`${ONE}:7000`], but: ON_NODE }],
  },
  {
    name: "a hostPort of another node",
    objects: [
      pod("p", ONE, {
        spec: { nodeName: "n2" },
        ports: [{ containerPort: 7000, hostPort: 30080 }],
      }),
    ],
    asks: [{ host: "127.0.0.1", port: 30080, leads: "nobody" }],
  },
  {
    name: "hints for zones",
    objects: [
      web(),
      slice("web", [
        at(ONE, { ...there, ...forZone("zone-b") }),
        at(TWO, { ...here, ...forZone("zone-a") }),
      ]),
    ],
    asks: web80(SECOND),
  },
  {
    name: "hints for zones, one endpoint without",
    objects: [web(), slice("web", [at(ONE, there), at(TWO, { ...here, ...forZone("zone-a") })])],
    asks: web80(BOTH),
  },
  {
    name: "hints for zones, none for this one",
    objects: [web(), slice("web", [at(ONE, { ...there, ...forZone("zone-b") })])],
    asks: web80(FIRST),
  },
  {
    name: "hints for nodes",
    objects: [
      web(),
      slice("web", [
        at(ONE, { ...here, ...forNode("n2") }),
        at(TWO, { ...here, ...forNode("n1") }),
      ]),
    ],
    asks: web80(SECOND),
  },
  {
    name: "hints that policy Local does not look at",
    objects: [web(LOCAL), slice("web", [at(TWO, { ...here, ...forZone("zone-b") })])],
    asks: web80(SECOND),
  },
  {
    name: "trafficDistribution over pods of two zones",
    objects: [
      over({ trafficDistribution: "PreferSameZone" }),
      pod("a", ONE, { spec: { nodeName: "n2" } }),
      pod("b", TWO, { spec: { nodeName: "n1" } }),
    ],
    asks: web80(SECOND),
  },
  {
    name: "a pod of a node that is none",
    objects: [over(), pod("a", ONE, { spec: { nodeName: "n3" } }), pod("b", TWO)],
    asks: web80(SECOND),
  },
];

const byDashes = (pods: "nobody" | readonly string[]): readonly World[] => [
  {
    name: "a pod by its address with dashes",
    objects: [
      pod("p", ONE, { ports: [{ containerPort: 7000 }] }),
      headless(),
      slice("db", [at(TWO)]),
    ],
    asks: [
      {
        host: "10-244-0-1.default.pod",
        port: 7000,
        leads: pods,
        but: pods === "nobody" ? {} : UNDECLARED,
      },
      { host: "10-244-0-9.default.pod", port: 7000, leads: "nobody" },
      { host: "10-244-0-2.db.default", port: 8080, leads: SECOND },
    ],
  },
];

export const GROUPS: readonly Group[] = [
  { name: "from anywhere", options: {}, worlds: ANYWHERE },
  { name: "from a node", options: { node: "n1", zone: "zone-a" }, worlds: ON_A_NODE },
  { name: "without names of pods", options: { pods: "disabled" }, worlds: byDashes("nobody") },
  {
    name: "with names of pods that there are",
    options: { pods: "verified" },
    worlds: byDashes([`${ONE}:7000`]),
  },
];

function endpoints(subsets: readonly object[], labels = {}): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "web", namespace: "default", labels },
    subsets,
  } as KubernetesObject;
}

function balanced(ip: string, spec: ServiceSpec = {}): Service {
  return {
    ...web({ type: "LoadBalancer", loadBalancerIP: ip, ...spec }),
    status: { loadBalancer: { ingress: [{ ip }] } },
  };
}
