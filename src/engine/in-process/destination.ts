import { isIP, isIPv6 } from "node:net";
import type { BalancedPort } from "../../balancer/balanced-port.ts";
import type { Balancer } from "../../balancer/balancer.ts";
import type { Picked } from "../../balancer/choice.ts";
import { clusterIPs, isHeadless, type Service } from "../../objects/service.ts";
import type { LocalAddress } from "../../proxy/local-address.ts";
import type { LocalAddressOf } from "../../proxy/mapped-dialer.ts";
import { isRoute, type NoRoute, type Route } from "../../view/route.ts";
import type { View } from "../../view/view.ts";
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

/** Tells Service names and addresses from all others. */
export interface Destinations {
  /** Undefined for a host that is not ours. @param family only addresses of it. */
  find(host: string, port: number, family?: 4 | 6): Destination | undefined;
  /** Whether a name is answered by us, with an address or with the news that it has none. */
  isOurs(name: string): boolean;
}

/** Answers remembered between two changes of the store. */
const MAX_KNOWN = 4096;

/**
 * The view's decisions as connections of this process meet them.
 * @param trouble why names are missing that the view can't know of; undefined when it is complete.
 */
export function createDestinations(
  view: View,
  localAddressOf: LocalAddressOf,
  trouble: () => string | undefined,
): Destinations {
  const known = new Map<string, Destination | null>();
  let version = -1;

  function find(host: string, port: number, family?: 4 | 6): Destination | undefined {
    if (view.version !== version) {
      version = view.version;
      known.clear();
    }
    const id = family === undefined ? `${host} ${port}` : `${host} ${port} ${family}`;
    let found = known.get(id);
    if (found === undefined) {
      const name = host.toLowerCase();
      found = (isIP(name) === 0 ? byName(name, port, family) : byAddress(name, port)) ?? null;
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(id, found);
    }
    return found ?? undefined;
  }

  function byAddress(address: string, port: number): Destination | undefined {
    if (address.startsWith("127.0.0.")) return undefined;
    const found = view.find(address, port);
    if (isRoute(found) && found.only?.pod === undefined) {
      return { kind: "service", route: found };
    }
    // Nobody chooses for who asks for a pod itself.
    const local = localAddressOf(view.clusterAddress(address), port);
    if (local !== undefined) return { kind: "pod", local };
    if (isRoute(found)) {
      const original = view.clusterAddress(address);
      return original === address ? undefined : { kind: "pod", local: { host: original, port } };
    }
    return found.rule === "no-port" ? failure("ECONNREFUSED", found.reason) : undefined;
  }

  function byName(name: string, port: number, family?: 4 | 6): Destination | undefined {
    if (isLocalhost(name)) return undefined;
    const found = view.find(name, port);
    return isRoute(found) ? toDestination(found, port, family) : unreached(found);
  }

  function unreached({ rule, reason, outside }: NoRoute): Destination | undefined {
    switch (rule) {
      case "not-ours":
        return undefined;
      case "external-name":
        return { kind: "alias", host: outside ?? "" };
      case "no-port":
        return failure("ECONNREFUSED", reason);
      default:
        return failure("ENOTFOUND", trouble() ?? reason);
    }
  }

  function toDestination(route: Route, port: number, family?: 4 | 6): Destination {
    const { key, service, port: declared } = route.port;
    const address = route.only?.pod?.address;
    if (address !== undefined) {
      return { kind: "pod", local: localAddressOf(address, port) ?? { host: address, port } };
    }
    const wanted = family === 6 ? "IPv6" : "IPv4";
    if (family === undefined || key.family === wanted) return { kind: "service", route };
    if (!hasFamily(service, wanted)) {
      const { namespace, service: name } = key;
      return failure("ENOTFOUND", `Service ${namespace}/${name} has no ${wanted} address`);
    }
    const other = view.balancer.portOf(service, declared, wanted);
    return { kind: "service", route: { ...route, port: other } };
  }

  function isOurs(host: string): boolean {
    const name = host.toLowerCase();
    if (isIP(name) !== 0 || isLocalhost(name)) return false;
    const found = view.find(name, undefined);
    return isRoute(found) || found.rule !== "not-ours";
  }

  return { find, isOurs };
}

/** An endpoint for a connection, or why there is none. */
export function choose(
  balancer: Balancer,
  route: Route,
  tried?: Parameters<Balancer["pick"]>[1],
): Picked | Failure {
  const picked = balancer.pick(route.port, { address: CLIENT, ...route.only, ...tried });
  if (picked.outcome === "endpoint") return picked;
  if (picked.outcome === "drop") return failure("ETIMEDOUT", picked.reason);
  // The name of a headless Service is the names of its pods: without any it does not exist.
  return failure(isHeadless(route.port.service) ? "ENOTFOUND" : "ECONNREFUSED", picked.reason);
}

/** Whether an endpoint that was chosen before may still be used. */
export function isUsable({ table }: BalancedPort, { address, port }: Picked): boolean {
  const { cluster, local, ready } = table;
  return [cluster, local, ready].some(({ backends }) =>
    backends.some((each) => each.address === address && each.port === port),
  );
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
