import { DEFAULT_LOAD_BALANCER_RANGE } from "../../net/address-pool.ts";
import { LoopbackMirror } from "../../net/loopback-mirror.ts";
import { NEWEST } from "../../objects/release.ts";
import {
  CONTAINER_MODES,
  DATA_PLANES,
  DEFAULT_POD_RECORDS,
  NETWORK_MODES,
  POD_RECORDS,
} from "../local-config.ts";
import { imageEntries } from "./local-process.ts";
import { manifestInputs } from "./manifest-inputs.ts";
import { nodeEntries } from "./node-entries.ts";
import { attachEntries, runEntries, stubEntries } from "./pod-entries.ts";
import {
  choice,
  classNames,
  count,
  duration,
  exposure,
  flag,
  listenAddress,
  listOf,
  mirror,
  namespaceName,
  path,
  release,
  seconds,
  serverAddress,
  text,
  zone,
} from "./scalar-types.ts";
import { type Setting, type SettingWithFallback, setting } from "./setting.ts";

/** How endpoints are chosen. */
export const POLICIES = ["random", "round-robin", "least-connections", "p2c"] as const;
/** How pods of a cluster are reached. */
export const REACHES = ["auto", "direct", "port-forward"] as const;
export const TALK_FORMATS = ["text", "json"] as const;
export const ACCESS_LOGS = ["off", "text", "json"] as const;

/**
 * Everything that kubelane.yaml may say, by its place there, in the order in which pages and `config view` show it.
 * The options of `up`, the JSON schema and docs/configuration.md are made of it.
 */
export const SETTINGS = {
  manifests: setting({
    type: manifestInputs,
    summary: "what is served",
    fallback: [],
    live: true,
  }),
  run: setting({
    type: runEntries,
    summary: "pods that run on this machine: as processes, or with container: true as containers",
    fallback: [],
    live: true,
  }),
  attach: setting({
    type: attachEntries,
    summary: "pods whose processes the user starts, in an IDE for example",
    fallback: [],
    live: true,
  }),
  images: setting({
    type: imageEntries,
    summary: "what stands for images, `*` for anything, in pods that `run` does not name",
    fallback: [],
    live: true,
  }),
  containers: setting({
    type: choice(CONTAINER_MODES, "way of running containers"),
    summary:
      "what runs pods that no entry names as containers of their own images: off, podman, docker, or auto: the one that is installed",
    fallback: "off",
    live: true,
    option: { flags: "--containers <engine>" },
  }),
  stub: setting({
    type: stubEntries,
    summary: "answer with an echo for pods that nobody runs: deploy/payments, shop/*, *",
    fallback: [],
    live: true,
    option: {
      flags: "--stub <pattern>",
      summary:
        "answer with an echo for pods that nobody runs: deploy/payments, 'shop/*', '*' (besides those of kubelane.yaml)",
      adds: true,
    },
  }),
  network: setting({
    type: choice(NETWORK_MODES, "network of local pods"),
    summary:
      "what local pods run in: pods (a network namespace each), host (this machine's network), or auto: pods where they can be had",
    fallback: "auto",
    option: { flags: "--network <name>" },
  }),
  dataPlane: setting({
    type: choice(DATA_PLANES, "data plane"),
    summary:
      "what balances connections between pods that have a network of their own: nft (the kernel, where it can), relay (`up` itself), or auto: nft where it is installed",
    fallback: "auto",
    option: { flags: "--data-plane <name>" },
  }),
  offline: setting({
    type: flag,
    summary: "let pods with a network of their own reach the cluster alone, and nothing else",
    fallback: false,
    option: { flags: "--offline" },
  }),
  expose: setting({
    type: exposure,
    summary:
      "what is at 127.0.0.1, too, of the ports that pods with a network of their own listen on: auto (all), off, or these ports, 13000:3000 for another one of the machine",
    fallback: "auto",
    option: { flags: "--expose <ports>" },
  }),
  watchRestart: setting({
    type: listOf(path),
    summary: "restart local pods, one at a time, when these files, folders or globs change",
    fallback: [],
    option: { flags: "--watch-restart <path...>", completes: "file" },
  }),
  "environment.inherit": environment("those that `up` itself has"),
  "environment.serviceLinks": environment("`WEB_SERVICE_HOST` and the like"),
  "environment.podInfo": environment("name, namespace and address of the pod"),
  "environment.ports": environment("`PORT` and `PORT_<NAME>`"),
  "environment.references": environment("what the pod template takes from ConfigMaps and Secrets"),
  "environment.proxy": environment("those that lead programs through the gateway"),
  "backOff.base": setting({
    type: seconds,
    summary: "the first wait before a local pod that failed starts again; it doubles from there",
    fallbackNote: "10, as the kubelet's",
  }),
  "backOff.cap": setting({
    type: seconds,
    summary: "the longest such wait",
    fallbackNote: "300, as the kubelet's",
  }),
  "dns.listen": setting({
    type: listenAddress,
    summary: "where DNS listens, or off",
    fallback: { host: "127.0.0.1", port: 10_053 },
    fallbackNote: "or the next free port",
    option: { flags: "--dns <address>" },
  }),
  "dns.zones": setting({
    type: listOf(zone),
    summary: "a further zone that DNS answers like the cluster's, such as k8s.test",
    fallback: [],
    option: { flags: "--dns-zone <name>" },
  }),
  "dns.upstream": setting({
    type: listOf(text),
    summary: "a server that DNS asks about all other names (without one, they fail)",
    fallback: [],
    option: { flags: "--dns-upstream <address>" },
  }),
  "dns.ttl": setting({
    type: count("seconds"),
    summary: "how long answers about the cluster may be kept",
    fallback: 5,
    option: { flags: "--dns-ttl <seconds>" },
  }),
  "dns.cache": setting({
    type: count("seconds"),
    summary: "how long what upstreams said is kept at most; 0 asks them each time",
    fallback: 30,
    option: { flags: "--dns-cache <seconds>" },
  }),
  "dns.routes": setting({
    type: flag,
    summary:
      "DNS answers the hosts of routes, too, by the addresses of their Gateways and of Ingresses",
    fallback: false,
    option: { flags: "--dns-routes" },
  }),
  "dns.pods": setting({
    type: choice(POD_RECORDS, "way of naming pods"),
    summary:
      "names like 10-244-1-7.shop.pod.cluster.local: of any address (insecure), of those that pods have (verified), or none",
    fallback: DEFAULT_POD_RECORDS,
    option: { flags: "--pods <how>" },
  }),
  "gateway.listen": setting({
    type: listenAddress,
    summary: "where the HTTP gateway listens, or off",
    fallback: { host: "127.0.0.1", port: 8080 },
    fallbackNote: "or the next free port",
    option: { flags: "--gateway <address>" },
  }),
  "gateway.https": setting({
    type: listenAddress,
    summary: "where the gateway speaks TLS, or off",
    fallback: { host: "127.0.0.1", port: 8443 },
    fallbackNote: "or the next free port; off where gateway.listen is set",
    option: { flags: "--https <address>" },
  }),
  "gateway.page": setting({
    type: flag,
    summary: "the page of Services at localhost; without it, routes for any host answer there",
    fallback: true,
  }),
  "gateway.subdomains": setting({
    type: flag,
    summary: "names below a Service's lead to it at the gateway: tenant1.web.localhost to web",
    fallback: false,
    option: { flags: "--subdomains" },
  }),
  "gateway.classes": setting({
    type: classNames,
    summary:
      "the classes of Gateways and Ingresses that are served, or `*` for all (without it: all)",
    option: {
      flags: "--gateway-class <name>",
      summary: "serve Gateways and Ingresses of this class, and of no other but those named alike",
    },
  }),
  "api.listen": setting({
    type: listenAddress,
    summary: "where the Kubernetes API listens, or off",
    fallback: { host: "127.0.0.1", port: 10_443 },
    fallbackNote: "or the next free port",
    option: { flags: "--api <address>" },
  }),
  state: setting({
    type: path,
    summary:
      "the folder where objects are kept across runs that are made through the API (without it, they are gone when `up` ends)",
    option: { flags: "--state <folder>", completes: "file" },
  }),
  apiServer: setting({
    type: serverAddress,
    summary: "where an API server runs: Service default/kubernetes leads there",
    option: { flags: "--api-server <address>" },
  }),
  "cluster.context": setting({
    type: text,
    summary: "the context of the kubeconfig whose cluster is looked at, reading only",
    option: { flags: "--context <name>", global: true },
  }),
  "cluster.kubeconfig": setting({
    type: path,
    summary: "the kubeconfig to use (without it: KUBECONFIG, or ~/.kube/config)",
    option: { flags: "--kubeconfig <file>", global: true },
  }),
  "cluster.namespaces": setting({
    type: listOf(namespaceName),
    summary: "the namespaces of the cluster that are followed (without it: all that may be listed)",
    option: {
      flags: "-n, --namespace <name>",
      summary: "follow only this namespace of the cluster; short names are taken from the first",
    },
  }),
  "cluster.reach": setting({
    type: choice(REACHES, "way of reaching pods"),
    summary:
      "how the cluster's pods are reached: direct (by their addresses), port-forward (through the API server), or auto: directly where their addresses answer",
    fallback: "auto",
    option: { flags: "--reach <how>" },
  }),
  "cluster.refuse": setting({
    type: listOf(text),
    summary: "patterns of contexts that are never used from here; `*` stands for anything",
    fallback: [],
  }),
  clusterDomain: setting({
    type: zone,
    summary: "the zone of DNS that Services are in",
    fallback: "cluster.local",
    option: { flags: "--cluster-domain <name>" },
  }),
  kubernetes: setting({
    type: release,
    summary: "the release of Kubernetes as whose API server manifests are checked",
    fallback: NEWEST,
  }),
  nodes: setting({
    type: nodeEntries,
    summary: "the nodes of the emulated cluster",
    fallback: [],
  }),
  node: setting({
    type: text,
    summary: "the node this machine stands for",
    option: { flags: "--node <name>" },
  }),
  zone: setting({
    type: text,
    summary: "the zone this machine stands in",
    option: { flags: "--zone <name>" },
  }),
  policy: setting({
    type: choice(POLICIES, "way of choosing endpoints"),
    summary: "how endpoints are chosen",
    fallback: "random",
    option: { flags: "--policy <name>" },
  }),
  strict: setting({
    type: flag,
    summary: "no second endpoint when one can't be reached, as kube-proxy",
    fallback: false,
    option: { flags: "--strict" },
  }),
  relays: setting({
    type: flag,
    summary: "listeners for ClusterIPs and NodePorts",
    fallback: true,
    option: { flags: "--no-relays", summary: "no listeners for ClusterIPs and NodePorts" },
  }),
  mirror: setting({
    type: mirror,
    summary: `which loopback mirror to serve on, shared with others if need be: 10.96.0.1 is 127.96.0.1 in mirror 0, ${LoopbackMirror.numbered(1).addressOf("10.96.0.1")} in mirror 1`,
    fallback: "auto",
    fallbackNote: "the first that no other up has",
    option: { flags: "--mirror <number>" },
  }),
  loadBalancerRange: setting({
    type: text,
    summary: "where Services of type LoadBalancer and Gateways get their addresses",
    fallback: DEFAULT_LOAD_BALANCER_RANGE,
    option: { flags: "--load-balancer-range <cidr>" },
  }),
  "admin.listen": setting({
    type: listenAddress,
    summary:
      "where /metrics and /healthz (ok, or 503 and what is degraded) are served; asked by another name than an address or localhost it answers 421",
    fallback: "off",
    option: { flags: "--admin <address>" },
  }),
  accessLog: setting({
    type: choice(ACCESS_LOGS, "format of access logs"),
    summary: "a line for each request on stderr",
    fallback: "off",
    option: { flags: "--access-log <format>" },
  }),
  log: setting({
    type: choice(TALK_FORMATS, "format of events"),
    summary: "how events are told on stderr",
    fallback: "text",
    option: { flags: "--log <format>" },
  }),
  quiet: setting({
    type: flag,
    summary: "no output of local pods, only what went wrong",
    fallback: false,
    option: { flags: "-q, --quiet" },
  }),
  allowMissing: setting({
    type: flag,
    summary: "serve though a path that was named is not there yet, and follow it when it is",
    fallback: false,
    option: { flags: "--allow-missing" },
  }),
  timeout: setting({
    type: duration,
    summary: "for how long pods are waited for, with --wait or a program",
    fallback: 120_000,
    option: { flags: "--timeout <duration>" },
  }),
} as const;

function environment(what: string): SettingWithFallback<boolean> {
  return setting({
    type: flag,
    summary: `whether local pods get these variables: ${what}`,
    fallback: true,
  });
}

type Settings = typeof SETTINGS;

/** Where a setting stands in kubelane.yaml, `dns.ttl`. */
export type SettingKey = keyof Settings;

/** What every setting comes to; undefined where nobody says anything and nothing holds by default. */
export type SettingValues = {
  readonly [K in SettingKey]: Settings[K] extends SettingWithFallback<infer T>
    ? T
    : Settings[K] extends Setting<infer T>
      ? T | undefined
      : never;
};

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

/** As {@link SETTINGS}, for what treats all of them alike. */
export function settingOf(key: SettingKey): Setting<unknown> {
  return SETTINGS[key] as Setting<unknown>;
}

/** Where in the file it stands: `["dns", "ttl"]`. */
export function settingPath(key: SettingKey): readonly string[] {
  return key.split(".");
}

/** What holds when nobody says anything. */
export const FALLBACKS = Object.fromEntries(
  SETTING_KEYS.map((key) => [key, settingOf(key).fallback]),
) as SettingValues;
