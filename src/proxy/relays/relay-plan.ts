import type { BalancedPort } from "../../balancer/balanced-port.ts";
import type { Balancer } from "../../balancer/balancer.ts";
import type { Traffic } from "../../balancer/endpoint-table.ts";
import { type ServiceAddress, serviceAddresses } from "../../balancer/service-addresses.ts";
import type { Protocol } from "../../objects/pod.ts";
import { hasNodePorts, hasOwnProxy, type Service } from "../../objects/service.ts";

/** A socket that should be bound for a Service or a pod. */
export interface PlannedRelay {
  readonly kind: ServiceAddress["kind"] | "NodePort" | "HostPort" | "Pod";
  readonly protocol: Protocol;
  /** The address in the cluster; for ports of the node the host that they are opened on. */
  readonly address: string;
  /** The address that is bound on this machine. */
  readonly host: string;
  readonly port: number;
  readonly traffic: Traffic;
  readonly target: BalancedPort;
}

/** Identifies a socket: only one relay can have it. */
export function placeOf(place: {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}): string {
  const { protocol, host, port } = place;
  return `${protocol} ${host} ${port}`;
}

export interface RelayPlaces {
  /** Whether ClusterIPs and other virtual addresses are served. */
  readonly services: boolean;
  /** Where a virtual address is bound here; undefined when it can't be. */
  localAddress(address: string): string | undefined;
  /** Hosts that NodePorts and hostPorts are opened on; empty: they are not. */
  readonly nodePortHosts: readonly string[];
  /** The node that this machine stands for; absent: every node. */
  readonly node: string | undefined;
  /** Whether every pod is listened for on its own address, not only pods with a DNS name. */
  readonly everyPod: boolean;
}

/** An address to listen at, and where its connections go. */
export interface RelayDoor extends Omit<PlannedRelay, "target"> {
  /** The target of the next connection; undefined for none. */
  next(): BalancedPort | undefined;
}

/** What should listen for a Service (P.7). */
export function plannedRelays(
  service: Service,
  balancer: Balancer,
  places: RelayPlaces,
): readonly PlannedRelay[] {
  const { spec } = service;
  if (spec.type === "ExternalName") return [];
  if (hasOwnProxy(service)) return [];
  const planned: PlannedRelay[] = [];
  const addresses = places.services ? serviceAddresses(service) : [];
  for (const port of spec.ports ?? []) {
    const protocol = port.protocol ?? "TCP";
    for (const { address, kind, traffic } of addresses) {
      const host = places.localAddress(address);
      if (host === undefined) continue;
      planned.push({
        kind,
        protocol,
        address,
        host,
        port: port.port,
        traffic,
        target: balancer.portOf(service, port, address.includes(":") ? "IPv6" : "IPv4"),
      });
    }
    if (port.nodePort === undefined || port.nodePort === 0) continue;
    if (!hasNodePorts(spec)) continue;
    for (const host of places.nodePortHosts) {
      planned.push({
        kind: "NodePort",
        protocol,
        address: host,
        host,
        port: port.nodePort,
        traffic: "external",
        target: balancer.portOf(service, port),
      });
    }
  }
  return planned;
}
