import { isIP, isIPv6 } from "node:net";
import type { BalancedPort } from "../../balancer/balanced-port.ts";
import type { Balancer } from "../../balancer/balancer.ts";
import type { Picked } from "../../balancer/choice.ts";
import type { LoopbackMirror } from "../../net/loopback-mirror.ts";
import { clusterIPs, isHeadless, type Service } from "../../objects/service.ts";
import type { LocalAddress, LocalAddressOf } from "../../proxy/mapped-dialer.ts";
import type { Refusal } from "../../proxy/refusal.ts";
import { createRouter, type Route } from "../../proxy/router.ts";
import { type NameScope, servicesNamed } from "../../proxy/service-name.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { type Failure, failure } from "./connect-error.ts";

/** Where a host and port lead that are ours. */
export type Destination =
  /** A service port: an endpoint of it is chosen for each connection. */
  | { readonly kind: "service"; readonly route: Route }
  /** A pod's own address, and where this machine reaches it. */
  | { readonly kind: "pod"; readonly local: LocalAddress }
  /** A Service that is another name for a host outside. */
  | { readonly kind: "alias"; readonly host: string }
  | Failure;

export interface DestinationContext extends NameScope {
  readonly store: StoreReader;
  readonly balancer: Balancer;
  readonly localAddressOf: LocalAddressOf;
  readonly mirror: LoopbackMirror;
  /** Says of a name in the cluster's zone why it does not resolve, or the addresses it has after all. */
  readonly resolve?: (name: string) => { readonly addresses: readonly string[]; reason: string };
}

/** Tells Service names and addresses from all others. */
export interface Destinations {
  /** Undefined for a host that is not ours. @param family only addresses of it. */
  find(host: string, port: number, family?: 4 | 6): Destination | undefined;
  /** Whether a name is answered by us, with an address or with the news that it has none. */
  isOurs(name: string): boolean;
}

/** Answers remembered between two changes of the store. */
const MAX_KNOWN = 4096;

/** Services that are names for each other, at most (D.6). */
const MAX_ALIASES = 10;

export function createDestinations(context: DestinationContext): Destinations {
  const { store, balancer, localAddressOf, clusterDomain } = context;
  const router = createRouter(store, balancer, context);
  const zone = `.${clusterDomain}`;
  const known = new Map<string, Destination | null>();
  const ours = new Map<string, boolean>();
  let mirrors: ReadonlyMap<string, string> | undefined;
  let version = -1;

  function refresh(): void {
    if (store.resourceVersion === version) return;
    version = store.resourceVersion;
    known.clear();
    ours.clear();
    mirrors = undefined;
  }

  function find(host: string, port: number, family?: 4 | 6): Destination | undefined {
    refresh();
    const id = family === undefined ? `${host} ${port}` : `${host} ${port} ${family}`;
    let found = known.get(id);
    if (found === undefined) {
      const name = plainName(host);
      found = (isIP(name) === 0 ? byName(name, port, family) : byAddress(name, port)) ?? null;
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(id, found);
    }
    return found ?? undefined;
  }

  function byAddress(address: string, port: number): Destination | undefined {
    const original = unmirrored(address);
    const owner = balancer.serviceAt(original);
    if (owner === undefined) {
      const local = localAddressOf(original, port);
      return local && { kind: "pod", local };
    }
    return toDestination(router.byPort({ host: original, port }, port), isIPv6(original) ? 6 : 4);
  }

  /** The cluster's address behind a loopback mirror that is not one of this machine's own services. */
  function unmirrored(address: string): string {
    if (!address.startsWith("127.") || address.startsWith("127.0.0.")) return address;
    mirrors ??= mirrorsOf(store, context.mirror);
    return mirrors.get(address) ?? address;
  }

  function byName(
    name: string,
    port: number,
    family?: 4 | 6,
    aliases = 0,
  ): Destination | undefined {
    if (isLocalhost(name)) return undefined;
    const routed = router.byPort({ host: name, port }, port);
    if (!("code" in routed)) return toDestination(routed, family);
    switch (routed.code) {
      case "no-service":
        return name.endsWith(zone) ? inZone(name, port, routed) : undefined;
      case "external-name": {
        const alias = serviceNamed(name)?.spec.externalName;
        if (alias === undefined || aliases === MAX_ALIASES) {
          return failure("ENOTFOUND", routed.reason);
        }
        const next = plainName(alias);
        return byName(next, port, family, aliases + 1) ?? { kind: "alias", host: next };
      }
      default:
        return failure("ECONNREFUSED", routed.reason);
    }
  }

  /** Names that only DNS knows: those of endpoints by address, of pods; and why all others are none. */
  function inZone(name: string, port: number, { reason }: Refusal): Destination {
    const resolved = context.resolve?.(`${name}.`);
    const [address] = resolved?.addresses ?? [];
    if (address === undefined) return failure("ENOTFOUND", resolved?.reason ?? reason);
    const found = byAddress(address, port);
    return found ?? { kind: "pod", local: { host: unmirrored(address), port } };
  }

  function toDestination(routed: Route | Refusal, family?: 4 | 6): Destination {
    if ("code" in routed) return failure("ECONNREFUSED", routed.reason);
    const { port } = routed;
    const wanted = family === 6 ? "IPv6" : "IPv4";
    if (family === undefined || port.key.family === wanted)
      return { kind: "service", route: routed };
    if (!hasFamily(port.service, wanted)) {
      const { namespace, service } = port.key;
      return failure("ENOTFOUND", `Service ${namespace}/${service} has no ${wanted} address`);
    }
    return {
      kind: "service",
      route: { ...routed, port: balancer.portOf(port.service, port.port, wanted) },
    };
  }

  function serviceNamed(name: string): Service | undefined {
    for (const { namespace, service, hostname } of servicesNamed(name, context)) {
      const found = store.get("Service", namespace, service);
      if (found !== undefined && hostname === undefined) return found;
    }
    return undefined;
  }

  function isOurs(host: string): boolean {
    refresh();
    let answer = ours.get(host);
    if (answer === undefined) {
      const name = plainName(host);
      answer =
        isIP(name) === 0 &&
        !isLocalhost(name) &&
        (name.endsWith(zone) ||
          servicesNamed(name, context).some(
            ({ namespace, service }) => store.get("Service", namespace, service) !== undefined,
          ));
      if (ours.size >= MAX_KNOWN) ours.clear();
      ours.set(host, answer);
    }
    return answer;
  }

  return { find, isOurs };
}

/** An endpoint for a connection, or why there is none. */
export function choose(
  balancer: Balancer,
  route: Route,
  tried?: Parameters<Balancer["pick"]>[1],
): Picked | Failure {
  const picked = balancer.pick(route.port, { address: CLIENT, hostname: route.hostname, ...tried });
  if (picked.outcome === "endpoint") return picked;
  if (picked.outcome === "drop") return failure("ETIMEDOUT", picked.reason);
  // The name of a headless Service is the names of its pods: without any it does not exist.
  return failure(isHeadless(route.port.service) ? "ENOTFOUND" : "ECONNREFUSED", picked.reason);
}

/** Whether an endpoint that was chosen before may still be used. */
export function isUsable({ table }: BalancedPort, { address, port }: Picked): boolean {
  return table.cluster.backends.some((each) => each.address === address && each.port === port);
}

/** Whose sessions they are: all connections of this process are one client's. */
const CLIENT = "127.0.0.1";

function hasFamily(service: Service, family: "IPv4" | "IPv6"): boolean {
  const { ipFamilies } = service.spec;
  if (ipFamilies !== undefined) return ipFamilies.includes(family);
  return clusterIPs(service).some((ip) => isIPv6(ip) === (family === "IPv6"));
}

/** Names that belong to this machine, whatever Services are called (RFC 6761). */
function isLocalhost(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

function plainName(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

function mirrorsOf(store: StoreReader, loopback: LoopbackMirror): Map<string, string> {
  const mirrors = new Map<string, string>();
  const add = (address: string): void => {
    const mirror = loopback.addressOf(address);
    if (mirror !== undefined && !mirrors.has(mirror)) mirrors.set(mirror, address);
  };
  for (const service of store.list("Service")) clusterIPs(service).forEach(add);
  for (const { endpoints } of store.list("EndpointSlice.discovery.k8s.io")) {
    for (const { addresses } of endpoints) addresses.forEach(add);
  }
  return mirrors;
}
