import { isIP } from "node:net";
import { type Balancer, type BalancerOptions, createBalancer } from "../balancer/balancer.ts";
import { createDns, type Dns } from "../dns/dns.ts";
import type { DnsOptions, ObservedStore } from "../dns/options.ts";
import { LoopbackMirror } from "../net/loopback-mirror.ts";
import { AddressRoutes } from "./address-routes.ts";
import type { Asker } from "./asker.ts";
import { MirroredAddresses } from "./mirrored-addresses.ts";
import { NameRoutes } from "./name-routes.ts";
import type { NoRoute, Route } from "./route.ts";
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

export function createView(options: ViewOptions): View {
  const { store } = options;
  const standpoint = standpointOf(options);
  const { node } = standpoint;
  const balancer = options.balancer ?? createBalancer({ ...options, ...standpoint });
  const mirror = LoopbackMirror.numbered(standpoint.mirror ?? 0);
  const dnsOptions = dnsOptionsOf(options, standpoint, mirror);
  let ownDns: Dns | undefined;
  const dns = (): Dns => (ownDns ??= createDns(dnsOptions));
  const mirrored = new MirroredAddresses(store, mirror);
  const addresses = new AddressRoutes({
    store,
    balancer,
    mirrored,
    thisMachine: mirror.node,
    node,
  });
  const names = new NameRoutes({ store, balancer, standpoint, dns, addresses });
  return {
    standpoint,
    store,
    balancer,
    mirror,
    dnsOptions,
    get dns() {
      return dns();
    },
    get version() {
      return store.resourceVersion;
    },
    find: (host, port, asker = {}) =>
      isIP(host) === 0 ? names.find(host, port, asker) : addresses.find(host, port, asker),
    clusterAddress: (address) => mirrored.original(address),
    async close() {
      addresses.close();
      await ownDns?.close();
      if (options.balancer === undefined) balancer.close();
    },
  };
}

function dnsOptionsOf(
  { store, taken, date, random }: ViewOptions,
  { clusterDomain, furtherZones = [], pods, namespaces }: Standpoint,
  mirror: LoopbackMirror,
): DnsOptions {
  return {
    store,
    mirror,
    ...(taken && { taken }),
    zones: [clusterDomain, ...furtherZones, "in-addr.arpa", "ip6.arpa"],
    pods,
    ...(namespaces && { existingNamespaces: namespaces }),
    ...(date && { now: date }),
    ...(random && { random }),
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
