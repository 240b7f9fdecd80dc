import { isIP, isIPv6 } from "node:net";
import { type Balancer, type BalancerOptions, createBalancer } from "../balancer/balancer.ts";
import type { Traffic } from "../balancer/endpoint-table.ts";
import { createDns, type Dns } from "../dns/dns.ts";
import type { Hosts } from "../dns/hosts.ts";
import type { DnsOptions, ObservedStore } from "../dns/options.ts";
import type { PodView } from "../dns/pod-view.ts";
import type { ServiceSubject } from "../dns/reason.ts";
import { PLACELESS, tellingOf } from "../dns/telling.ts";
import { LoopbackMirror } from "../net/loopback-mirror.ts";
import type { Endpoint } from "../objects/endpoint-slice.ts";
import { qualifiedName } from "../objects/object-key.ts";
import { type Pod, type Protocol, podIPs } from "../objects/pod.ts";
import { clusterIPs, type IPFamily, type Service } from "../objects/service.ts";
import { sessionRule } from "../objects/service-annotations.ts";
import { hasContainerPort } from "../objects/target-port.ts";
import { type NodePortOwner, NodePorts } from "./node-ports.ts";
import { PodAddresses } from "./pod-addresses.ts";
import { type NoRoute, noRoute, type Route } from "./route.ts";
import { servicePort } from "./service-port.ts";
import { DEFAULT_STANDPOINT, type Standpoint } from "./standpoint.ts";

export interface ViewOptions
  extends Partial<Standpoint>,
    Omit<BalancerOptions, "store" | "node" | "zone"> {
  readonly store: ObservedStore;
  /** One that stands at the same place. Default: one of its own. */
  readonly balancer?: Balancer;
  /** Local addresses that somebody else has. Default: there are none. */
  readonly taken?: DnsOptions["taken"];
  /** For the serial of DNS. Default: the system's clock. */
  readonly date?: () => Date;
}

/** Who asks for what, beside a host and a port. */
export interface Asker {
  /** Whose search list applies. Default: the view's namespace. */
  readonly namespace?: string;
  readonly pod?: string;
  /** Default: TCP. */
  readonly protocol?: Protocol | "any";
  /** Default: the Service's first. */
  readonly family?: IPFamily;
}

/**
 * A cluster as it is seen from one place. Every way in asks it which Service, port and endpoints are meant, so
 * that all of them decide the same, and explanations ask what decided.
 */
export interface View {
  readonly standpoint: Standpoint;
  readonly store: ObservedStore;
  readonly balancer: Balancer;
  /** Where this machine reaches addresses of the cluster. */
  readonly mirror: LoopbackMirror;
  /** What makes DNS see as this view does. */
  readonly dnsOptions: DnsOptions;
  /** DNS over the store in the cluster's view, without a socket. */
  readonly dns: Dns;
  /** Equal numbers mean that every answer is the same. */
  readonly version: number;
  /**
   * Where a name or address and a port lead: what DNS answers for the name decides what is meant, and
   * ExternalNames are followed as in its answers. Knows nothing but the cluster's names and addresses.
   * @param host lower case; a final dot says that no search list applies.
   * @param port undefined when the name alone was given.
   */
  find(host: string, port: number | undefined, asker?: Asker): Route | NoRoute;
  /** The cluster address that a loopback mirror stands for; any other as it is. */
  clusterAddress(address: string): string;
  /** Stops following the store. */
  close(): Promise<void>;
}

/** Services that are names for each other, at most (D.6). */
const MAX_ALIASES = 10;

export function createView(options: ViewOptions): View {
  const { store } = options;
  const standpoint = standpointOf(options);
  const { clusterDomain, furtherZones = [], namespace, namespaces } = standpoint;
  const balancer = options.balancer ?? createBalancer({ ...options, ...standpoint });
  const mirror = LoopbackMirror.numbered(standpoint.mirror ?? 0);
  let dns: Dns | undefined;
  let mirrors: ReadonlyMap<string, string> | undefined;
  let version = -1;
  const searches = new Map<string, PodView>();
  const pods = new PodAddresses(store);
  const nodePorts = new NodePorts(store, mirror.node, standpoint.node);

  const dnsOptions: DnsOptions = {
    store,
    mirror,
    ...(options.taken && { taken: options.taken }),
    zones: [clusterDomain, ...furtherZones, "in-addr.arpa", "ip6.arpa"],
    pods: standpoint.pods,
    ...(namespaces && { existingNamespaces: namespaces }),
    ...(options.date && { now: options.date }),
    ...(options.random && { random: options.random }),
  };
  const ownDns = (): Dns => (dns ??= createDns(dnsOptions));

  function searchOf({ namespace: own = namespace, pod }: Asker): PodView {
    if (pod !== undefined) return ownDns().as({ namespace: own, pod });
    let search = searches.get(own);
    if (search === undefined) {
      search = ownDns().as({ namespace: own });
      searches.set(own, search);
    }
    return search;
  }

  function find(host: string, port: number | undefined, asker: Asker = {}): Route | NoRoute {
    if (isIP(host) !== 0) return byAddress(host, port, asker);
    const candidates = searchOf(asker).candidates(host);
    let empty: ServiceSubject | undefined;
    for (const candidate of candidates) {
      const found = ownDns().find(candidate);
      if (found.entries?.length) return ofSubject(found, candidate, port, asker, []);
      empty ??= withoutEndpoints(found);
    }
    // It is there, and asking its port tells why nobody answers.
    if (empty !== undefined) return ofService(empty, host, port, asker);
    return noRoute(isOurs(candidates) ? "no-service" : "not-ours", () => whyNone(host, candidates));
  }

  /** What a name that has hosts leads to. @param chain names that were aliases on the way here. */
  function ofSubject(
    { of, entries }: Hosts,
    name: string,
    port: number | undefined,
    asker: Asker,
    chain: readonly string[],
  ): Route | NoRoute {
    switch (of?.kind) {
      case "service": {
        const alias = aliasIn(entries);
        if (alias === undefined) return ofService(of, bare(name), port, asker);
        return ofAlias(of, `${bare(alias)}.`, name, port, asker, chain);
      }
      case "pod":
        return byAddress(of.address, port, asker);
      default:
        return noRoute("no-service", () => `${bare(name)} is no name of a Service or a pod`);
    }
  }

  /** Follows an ExternalName as the answers of DNS do (D.6). */
  function ofAlias(
    { shape }: ServiceSubject,
    target: string,
    name: string,
    port: number | undefined,
    asker: Asker,
    chain: readonly string[],
  ): Route | NoRoute {
    const who = qualifiedName(shape.namespace, shape.name);
    const lower = target.toLowerCase();
    if (!isInZone(lower)) {
      const outside = bare(target);
      return noRoute(
        "external-name",
        () => `${who} is an alias for ${outside}, outside the cluster: it is not proxied`,
        outside,
      );
    }
    const leadsBack = chain.includes(lower) || lower.endsWith(`.${name.toLowerCase()}`);
    if (leadsBack || lower === name.toLowerCase() || chain.length > MAX_ALIASES) {
      return noRoute("dead-alias", () => `${who} is an alias that leads back to itself`);
    }
    const found = ownDns().find(lower);
    if (found.entries?.length) return ofSubject(found, lower, port, asker, [...chain, lower]);
    return noRoute("dead-alias", () => {
      const { reason } = ownDns().explain(lower);
      return `${who} is an alias for ${bare(target)}, and that leads nowhere: ${reason}`;
    });
  }

  function ofService(
    { entry, shape, headless }: ServiceSubject,
    host: string,
    port: number | undefined,
    { protocol, family }: Asker,
  ): Route | NoRoute {
    const service = entry.service as Service;
    const isOfPods = headless || shape.endpoint !== "";
    const asked = { number: port, protocol, family, isOfPods, declares };
    const found = servicePort(service, asked, balancer, host);
    if (!("table" in found)) return found;
    const only = shape.endpoint === "" ? {} : { only: { hostname: shape.endpoint } };
    const own = found.port.port === port ? found.table.all[0]?.port : undefined;
    const translated = isOfPods && own !== undefined && own !== port ? { translated: own } : {};
    return { ...routeTo(service, found), ...only, ...translated };
  }

  function declares({ targetRef }: Endpoint, number: number): boolean {
    const { kind, namespace = "", name = "" } = targetRef ?? {};
    const pod = kind === "Pod" ? store.get("Pod", namespace, name) : undefined;
    return pod !== undefined && hasContainerPort(pod.spec, number);
  }

  function byAddress(
    address: string,
    port: number | undefined,
    { protocol }: Asker,
  ): Route | NoRoute {
    const own = clusterAddress(address);
    const family = isIPv6(own) ? "IPv6" : "IPv4";
    const owner = balancer.serviceAt(own);
    if (owner !== undefined) {
      const asked = { number: port, protocol, family } as const;
      const found = servicePort(owner.service, asked, balancer, address);
      if (!("table" in found)) return found;
      return { ...routeTo(owner.service, found), only: FROM_HERE[owner.address.traffic] };
    }
    const atNode = port === undefined ? undefined : nodePorts.at(own, port, protocol);
    if (atNode !== undefined) return ofNodePort(atNode);
    const pod = pods.podAt(own);
    if (pod !== undefined) {
      return port === undefined ? ofPodAlone(pod, own) : ofPod(pod, own, port);
    }
    const services = pods.servicesAt(own);
    const route = port === undefined ? undefined : ofEndpoint(services, own, port);
    if (route !== undefined) return route;
    const [first] = services;
    if (first === undefined) {
      return noRoute("no-address", () => `no Service has the address ${address}, and no pod`);
    }
    const { namespace, name } = first.metadata;
    return noRoute(
      "no-port",
      () => `${address} is an endpoint of Service ${namespace}/${name}, at another port`,
    );
  }

  function ofNodePort({ service, port, pod }: NodePortOwner): Route {
    if (service !== undefined) {
      const route = routeTo(service, balancer.portOf(service, port));
      return { ...route, only: FROM_HERE.external, nodePort: "NodePort" };
    }
    const { object, ...at } = pod;
    const route = { port: balancer.portOfPod(object, at.address, at.port), only: { pod: at } };
    return { ...route, nodePort: "hostPort" };
  }

  /** A pod by its address alone: at the port that the first Service in front of it is known by. */
  function ofPodAlone(pod: Pod, address: string): Route | NoRoute {
    for (const service of pods.servicesAt(address)) {
      const found = servicePort(service, { number: undefined }, balancer, address);
      const own =
        "table" in found ? found.table.all.find((each) => each.address === address) : undefined;
      if (own !== undefined) return ofPod(pod, address, own.port);
    }
    const { namespace, name } = pod.metadata;
    return noRoute(
      "no-port",
      () =>
        `${address} is the address of pod ${namespace}/${name}, which no Service leads to: say which of its ports, as in ${address}:80`,
    );
  }

  /** A pod by its own address, at whatever port: by the service port that leads there, if one does. */
  function ofPod(pod: Pod, address: string, port: number): Route {
    return (
      ofEndpoint(pods.servicesAt(address), address, port) ?? {
        port: balancer.portOfPod(pod, address, port),
        only: { pod: { address, port } },
      }
    );
  }

  /** By the first service port that has the endpoint. */
  function ofEndpoint(
    services: readonly Service[],
    address: string,
    port: number,
  ): Route | undefined {
    const family = isIPv6(address) ? "IPv6" : "IPv4";
    for (const service of services) {
      for (const declared of service.spec.ports ?? []) {
        const found = balancer.portOf(service, declared, family);
        if (!found.table.all.some((each) => each.address === address && each.port === port)) {
          continue;
        }
        return { ...routeTo(service, found), only: { pod: { address, port } } };
      }
    }
    return undefined;
  }

  /** By a name that is the cluster's, or stands for something of it. */
  function isOurs(candidates: readonly string[]): boolean {
    const last = candidates.at(-1) ?? "";
    return isInZone(last) || candidates.some((each) => withoutEndpoints(ownDns().find(each)));
  }

  function isInZone(lowerName: string): boolean {
    return [clusterDomain, ...furtherZones].some((zone) => lowerName.endsWith(`.${zone}.`));
  }

  function whyNone(host: string, candidates: readonly string[]): string {
    const tried = candidates.map((candidate) => ownDns().explain(candidate));
    const told = tellingOf(host, tried);
    if (told === undefined || (PLACELESS.has(told.rule) && !host.endsWith(`.${clusterDomain}`))) {
      return `${host} is not the name of a Service: names look like web.shop.svc.${clusterDomain}, web.shop or web (namespace ${namespace}); other hosts are not proxied`;
    }
    return [told.reason, ...told.hints.slice(0, 1)].join("; ");
  }

  function refresh(): void {
    if (store.resourceVersion === version) return;
    version = store.resourceVersion;
    mirrors = undefined;
  }

  function clusterAddress(address: string): string {
    if (!address.startsWith("127.") || address.startsWith("127.0.0.")) return address;
    refresh();
    mirrors ??= mirrorsOf(store, mirror);
    return mirrors.get(address) ?? address;
  }

  return {
    standpoint,
    store,
    balancer,
    mirror,
    dnsOptions,
    get dns() {
      return ownDns();
    },
    get version() {
      return store.resourceVersion;
    },
    find,
    clusterAddress,
    async close() {
      pods.close();
      await dns?.close();
      if (options.balancer === undefined) balancer.close();
    },
  };
}

function standpointOf(options: Partial<Standpoint>): Standpoint {
  const { clusterDomain, furtherZones, namespace, node, zone, mirror, pods, namespaces } = options;
  const { routeClasses } = options;
  return {
    clusterDomain: clusterDomain ?? DEFAULT_STANDPOINT.clusterDomain,
    namespace: namespace ?? DEFAULT_STANDPOINT.namespace,
    pods: pods ?? DEFAULT_STANDPOINT.pods,
    ...(furtherZones && { furtherZones }),
    ...(node !== undefined && { node }),
    ...(zone !== undefined && { zone }),
    ...(mirror !== undefined && { mirror }),
    ...(namespaces && { namespaces }),
    ...(routeClasses && { routeClasses }),
  };
}

function routeTo(service: Service, port: Route["port"]): Route {
  const session = sessionRule(service);
  return { port, ...(session !== undefined && { session }) };
}

/** The clients of a view are processes of the machine that it stands for (P.3). */
const FROM_HERE = {
  internal: { traffic: "internal" },
  external: { traffic: "external", fromThisNode: true },
  "load-balancer": { traffic: "load-balancer", fromThisNode: true },
} as const satisfies Record<Traffic, Route["only"]>;

/** The Service of a name that exists but for the endpoints it would stand for. */
function withoutEndpoints({ why }: Hosts): ServiceSubject | undefined {
  switch (why?.rule) {
    case "headless-not-ready":
    case "headless-without-endpoints":
    case "endpoint-not-ready":
    case "service-without-address":
      return why.of.imported ? undefined : why.of;
    default:
      return undefined;
  }
}

/** The other name that is all that an ExternalName stands for. */
function aliasIn(entries: Hosts["entries"]): string | undefined {
  const [first] = entries ?? [];
  return first?.family === 0 ? first.host : undefined;
}

function mirrorsOf(store: ObservedStore, loopback: LoopbackMirror): Map<string, string> {
  const mirrors = new Map<string, string>();
  const add = (address: string): void => {
    const mirror = loopback.addressOf(address);
    if (mirror !== undefined && !mirrors.has(mirror)) mirrors.set(mirror, address);
  };
  for (const service of store.list("Service")) clusterIPs(service).forEach(add);
  for (const pod of store.list("Pod")) podIPs(pod).forEach(add);
  for (const { endpoints } of store.list("EndpointSlice.discovery.k8s.io")) {
    for (const { addresses } of endpoints) addresses.forEach(add);
  }
  return mirrors;
}

function bare(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
