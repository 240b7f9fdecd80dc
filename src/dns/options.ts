import type { PodRecords } from "../manifests/local-config.ts";
import { FIRST_MIRROR, type LoopbackMirror } from "../net/loopback-mirror.ts";
import type { Store } from "../store/store.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { TakenAddresses } from "./taken-addresses.ts";
import { absolute } from "./wire/name.ts";

/** What DNS needs of the store: to read it, and to hear of every change before `apply` returns. */
export type ObservedStore = StoreReader & Pick<Store, "subscribe">;

export type { PodRecords };
/** Which addresses answers contain: the cluster's own, or those at which this machine reaches them. */
export type AddressView = "cluster" | "local";

/** Addresses of names other than Services'; undefined for an unknown name. */
export type FurtherHosts = (name: string) => readonly string[] | undefined;

/** Options of DNS; the defaults are those of CoreDNS' kubernetes plugin. */
export interface DnsOptions {
  readonly store: ObservedStore;
  /** The default address of `listen`: `127.0.0.1:0` unless given. */
  readonly listen?: string;
  /** Zones we are authoritative for. Default `cluster.local`, `in-addr.arpa`, `ip6.arpa`. */
  readonly zones?: readonly string[];
  /** Names outside this domain are refused. Default `.`: names outside of the zones go to the upstream. */
  readonly serverBlock?: string;
  /** TTL in seconds, 0 to 3600, of all own records but `dns-version`. Default 5. */
  readonly ttl?: number;
  /** Names like `10-244-1-7.shop.pod.cluster.local` (D.10). Default `disabled`. */
  readonly pods?: PodRecords;
  /** Zones whose missing names are asked of the upstream; `.` means all zones. Default: none. */
  readonly fallthrough?: readonly string[];
  /** Servers asked about all other names, as `ip:port` or `ip`. Default none. */
  readonly upstream?: string | readonly string[] | false;
  /** Milliseconds an upstream has to answer before the next is tried. Default 2000; 5 s in all. */
  readonly upstreamTimeout?: number;
  /**
   * Seconds that an upstream's answers are cached at most, 0 to 3600, and never beyond their own TTL. Default 0: not
   * at all.
   */
  readonly cache?: number;
  /** Addresses that this server is known by, for NS records and `ns.dns` (D.7). Default: where it listens. */
  readonly localIPs?: readonly string[];
  /** The only visible namespaces. Default: all. */
  readonly namespaces?: readonly string[];
  /** `declared`: a namespace exists by its Namespace object (as in a cluster). Default `implied`: by any object in it. */
  readonly existingNamespaces?: "declared" | "implied";
  /** A Service with a ClusterIP but without ready endpoints does not exist. */
  readonly ignoreEmptyService?: boolean;
  /** Endpoints without a hostname have their pods' names. */
  readonly endpointPodNames?: boolean;
  /** EndpointSlices are ignored: headless Services and endpoint names do not exist. */
  readonly noEndpoints?: boolean;
  /** Our own addresses are not looked for among endpoints: NS is always `ns.dns.<zone>`. */
  readonly noLocalEndpoint?: boolean;
  /** The zones with ServiceImports (D.17). */
  readonly multicluster?: readonly string[];
  /** Names like `zone-a.pin._zone.db.shop.svc.cluster.local` (D.14). */
  readonly zonal?: boolean;
  /** The server tries a pod's search list itself (D.15); needs `pods: "verified"`. */
  readonly autopath?: boolean;
  /** The search domains of this host, which are appended to autopath's and pods' search lists. */
  readonly hostSearch?: readonly string[];
  /** `local` answers where this machine reaches an address (the loopback mirror). Default `cluster`. */
  readonly view?: AddressView;
  /** The loopback mirror of this process, where several serve on one machine. Default: the first. */
  readonly mirror?: LoopbackMirror;
  /** Local addresses where other programs listen; answers leave them out. Default: none. */
  readonly taken?: TakenAddresses;
  /**
   * Cluster addresses of further names, in lower case and without the final dot: the hosts of routes. Names that have
   * some are answered here and not asked of the upstream. Default: there are none.
   */
  readonly hosts?: FurtherHosts;
  /** False while the store is being filled: missing names get SERVFAIL then, not NXDOMAIN (D.8). */
  readonly synced?: () => boolean;
  /** Bytes for packed answers, about 180 for each name. Default 32 MiB; 0 keeps none. */
  readonly packedBytes?: number;
  /** Default: the system's clock. */
  readonly now?: () => Date;
  /** A number from 0 up to 1, for the order of answers and the choice of upstream. Default Math.random. */
  readonly random?: () => number;
}

/** {@link DnsOptions} with defaults filled in and names normalized: lower case, final dot. */
export interface Settings {
  readonly zones: readonly string[];
  /** The first zone that is no reverse zone: where PTR records point. */
  readonly primaryZone: string;
  readonly serverBlock: string;
  readonly ttl: number;
  readonly pods: PodRecords;
  readonly fallthrough: readonly string[];
  readonly upstream: readonly string[];
  readonly upstreamTimeout: number;
  readonly cache: number;
  readonly localIPs: readonly string[] | undefined;
  readonly namespaces: ReadonlySet<string> | undefined;
  readonly declaredNamespaces: boolean;
  readonly ignoreEmptyService: boolean;
  readonly endpointPodNames: boolean;
  readonly noEndpoints: boolean;
  readonly noLocalEndpoint: boolean;
  readonly multicluster: readonly string[];
  readonly zonal: boolean;
  readonly autopath: boolean;
  readonly hostSearch: readonly string[];
  readonly view: AddressView;
  readonly mirror: LoopbackMirror;
  readonly taken: TakenAddresses | undefined;
  readonly hosts: FurtherHosts | undefined;
  readonly synced: () => boolean;
  readonly packedBytes: number;
  readonly now: () => Date;
  readonly random: () => number;
}

/** The default zones: the cluster's, and those of reverse names. */
export const DEFAULT_ZONES: readonly string[] = ["cluster.local.", "in-addr.arpa.", "ip6.arpa."];

/** An option with an invalid value. */
export class DnsOptionError extends Error {
  override readonly name = "DnsOptionError";
  readonly code = "dns-option";
  readonly option: string;
  readonly value: unknown;

  constructor(option: string, value: unknown, problem: string) {
    super(`DNS option ${option}: ${problem}`);
    this.option = option;
    this.value = value;
  }
}

/** @throws DnsOptionError */
export function settingsOf(options: DnsOptions): Settings {
  const zones = names(options.zones) ?? DEFAULT_ZONES;
  if (zones.length === 0) throw new DnsOptionError("zones", zones, "name at least one zone");
  const { upstream = false } = options;
  return {
    zones,
    primaryZone: zones.find((zone) => !isReverseZone(zone)) ?? DEFAULT_ZONES[0] ?? ".",
    serverBlock: domain(options.serverBlock ?? "."),
    ttl: seconds("ttl", options.ttl ?? 5),
    pods: options.pods ?? "disabled",
    fallthrough: names(options.fallthrough) ?? [],
    upstream: upstream === false ? [] : typeof upstream === "string" ? [upstream] : upstream,
    upstreamTimeout: options.upstreamTimeout ?? 2000,
    cache: seconds("cache", options.cache ?? 0),
    localIPs: options.localIPs,
    namespaces:
      options.namespaces === undefined || options.namespaces.length === 0
        ? undefined
        : new Set(options.namespaces),
    declaredNamespaces: options.existingNamespaces === "declared",
    ignoreEmptyService: options.ignoreEmptyService ?? false,
    endpointPodNames: options.endpointPodNames ?? false,
    noEndpoints: options.noEndpoints ?? false,
    noLocalEndpoint: options.noLocalEndpoint ?? false,
    multicluster: names(options.multicluster) ?? [],
    zonal: options.zonal ?? false,
    autopath: options.autopath ?? false,
    hostSearch: names(options.hostSearch) ?? [],
    view: options.view ?? "cluster",
    mirror: options.mirror ?? FIRST_MIRROR,
    taken: options.view === "local" ? options.taken : undefined,
    hosts: options.hosts,
    synced: options.synced ?? (() => true),
    packedBytes: options.packedBytes ?? 32 * 1024 * 1024,
    now: options.now ?? (() => new Date()),
    random: options.random ?? Math.random,
  };
}

function seconds(option: "ttl" | "cache", value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 3600) return value;
  throw new DnsOptionError(option, value, `must be a whole number from 0 to 3600, not ${value}`);
}

function domain(name: string): string {
  return name === "" ? "." : absolute(name.toLowerCase());
}

function names(list: readonly string[] | undefined): readonly string[] | undefined {
  return list?.map(domain);
}

export function isReverseZone(zone: string): boolean {
  return /(?:^|\.)(?:in-addr|ip6)\.arpa\.$/.test(zone);
}
