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
  /** One made for the same standpoint. Default: a new one. */
  readonly balancer?: Balancer;
  /** Local addresses where other programs listen. Default: none. */
  readonly taken?: DnsOptions["taken"];
  /** For the serial of DNS. Default: the system's clock. */
  readonly date?: () => Date;
}

/**
 * A cluster as it is seen from one place. All ways in (gateway, relays, SOCKS, DNS, commands) ask it which Service,
 * port and endpoints are meant, so that all decide alike, and explanations ask it for the rule that decided.
 */
export interface View {
  readonly standpoint: Standpoint;
  readonly store: ObservedStore;
  readonly balancer: Balancer;
  /** The loopback addresses at which this machine reaches addresses of the cluster. */
  readonly mirror: LoopbackMirror;
  /** Options that make DNS answer from the same standpoint. */
  readonly dnsOptions: DnsOptions;
  /** DNS over the store in the cluster's view, without a socket. */
  readonly dns: Dns;
  /** Changes whenever an answer may change. */
  readonly version: number;
  /**
   * Where a name or address and a port lead. The answer of DNS for the name decides, and ExternalNames are followed
   * as in DNS. Only names and addresses of the cluster are known.
   * @param host lower case; a final dot means that no search list applies.
   * @param port undefined when only the name was given.
   */
  find(host: string, port: number | undefined, asker?: Asker): Route | NoRoute;
  /** The cluster address of a loopback mirror; any other address unchanged. */
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
