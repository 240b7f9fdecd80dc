import {
  DEFAULT_LOAD_BALANCER_RANGE,
  DEFAULT_POD_RANGE,
  DEFAULT_SERVICE_RANGE,
} from "../net/address-pool.ts";
import { Cidr } from "../net/cidr.ts";
import type { Node } from "../objects/cluster.ts";
import { nodeAddresses } from "../objects/node.ts";
import { podIPs } from "../objects/pod.ts";
import { clusterIPs, type Service } from "../objects/service.ts";
import type { ServiceCIDR } from "../objects/service-cidr.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** The addresses that are routed in a network. */
export interface NetworkPlan {
  /** Ranges with all Services and pods. Other addresses are unreachable. */
  readonly ranges: readonly string[];
  /** An address for NodePorts, in addition to the router's. */
  readonly nodeAddresses: readonly string[];
  readonly dnsAddress: string;
}

const RANGES = [DEFAULT_SERVICE_RANGE, DEFAULT_LOAD_BALANCER_RANGE, DEFAULT_POD_RANGE];

/** kubeadm's choice for the DNS Service. */
const DNS_OFFSET = 10;

/**
 * Derives the network from a cluster's objects.
 * @param hostAddresses IPv4 addresses of this machine, for a cluster whose nodes have none.
 */
export function networkPlan(store: StoreReader, hostAddresses: readonly string[]): NetworkPlan {
  const nodeAddresses = nodeAddressesOf(store.list("Node"), hostAddresses);
  const dnsAddress = dnsAddressOf(store.list("Service"));
  const ranges = [...RANGES, ...serviceRanges(store)];
  return {
    ranges: [...ranges, ...rangesFor([...nodeAddresses, dnsAddress], ranges)],
    nodeAddresses,
    dnsAddress,
  };
}

/** Each address outside all ranges gets a range of its own. */
export function rangesFor(addresses: readonly string[], ranges: readonly string[]): string[] {
  const known = ranges.map((range) => new Cidr(range));
  const own = addresses
    .filter((address) => !known.some((range) => range.contains(address)))
    .map((address) => `${address}/${address.includes(":") ? 128 : 32}`);
  return [...new Set(own)];
}

/** Ranges of Service addresses other than the default one. An unused address in them is refused, as in a cluster. */
function serviceRanges(store: StoreReader): string[] {
  const objects = store.list("ServiceCIDR.networking.k8s.io") as unknown as ServiceCIDR[];
  const all = objects.flatMap(({ spec }) => (spec.cidrs ?? []).map(cidrOf));
  const outside = all.filter(
    (range) =>
      range !== undefined && !RANGES.some((known) => new Cidr(known).contains(range.at(0))),
  );
  return [...new Set(outside.map(String))];
}

function cidrOf(text: string): Cidr | undefined {
  try {
    return new Cidr(text);
  } catch {
    // An invalid one is reported where the manifest is read.
    return undefined;
  }
}

function nodeAddressesOf(nodes: readonly Node[], hostAddresses: readonly string[]): string[] {
  const addresses = nodes.flatMap(nodeAddresses).filter((address) => !address.includes(":"));
  return [...new Set(addresses.length > 0 ? addresses : hostAddresses)];
}

/** The address of the cluster's DNS: that of its Service, or else one that no Service has. */
function dnsAddressOf(services: readonly Service[]): string {
  const dns = services.find(
    ({ metadata: { namespace, name, labels } }) =>
      namespace === "kube-system" && (name === "kube-dns" || labels?.["k8s-app"] === "kube-dns"),
  );
  const own = dns && clusterIPs(dns).find((address) => address.includes("."));
  if (own !== undefined) return own;
  const taken = new Set(services.flatMap(clusterIPs));
  const range = new Cidr(DEFAULT_SERVICE_RANGE);
  let offset = DNS_OFFSET;
  while (taken.has(range.at(offset))) offset++;
  return range.at(offset);
}

/**
 * The highest address that no pod has: the allocator begins elsewhere.
 * @param used addresses of other objects than pods.
 */
export function freePodAddress(
  store: StoreReader,
  used: { has(address: string): boolean },
): string {
  const taken = new Set(store.list("Pod").flatMap(podIPs));
  const range = new Cidr(DEFAULT_POD_RANGE);
  let offset = range.size - 2;
  while (taken.has(range.at(offset)) || used.has(range.at(offset))) offset--;
  return range.at(offset);
}
