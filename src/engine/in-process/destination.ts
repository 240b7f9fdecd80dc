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

/** Where a host and port lead that belong to the cluster. */
export type Destination =
  /** A Service port: an endpoint is chosen for each connection. */
  | { readonly kind: "service"; readonly route: Route }
  /** A pod's own address, and the address at which this machine reaches it. */
  | { readonly kind: "pod"; readonly local: LocalAddress }
  /** A Service that is an alias for a host outside. */
  | { readonly kind: "alias"; readonly host: string }
  | Failure;

/** Recognizes names and addresses of Services. */
export interface Destinations {
  /** Undefined for any other host. @param family only addresses of this family. */
  find(host: string, port: number, family?: 4 | 6): Destination | undefined;
  /** Whether the name is answered here, be it with an address or with an error. */
  isOurs(name: string): boolean;
}

/** Results that are cached until the store changes. */
const MAX_KNOWN = 4096;

/**
 * A view's decisions in the form that connections of this process need.
 * @param trouble why names may be missing in the view; undefined when it is complete.
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
    // A client that asks for one pod gets that pod; nothing is chosen.
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
  // A headless Service's name resolves to its pods: without any it does not exist.
  return failure(isHeadless(route.port.service) ? "ENOTFOUND" : "ECONNREFUSED", picked.reason);
}

/** Whether an endpoint that was chosen earlier may still be used. */
export function isUsable({ table }: BalancedPort, { address, port }: Picked): boolean {
  const { cluster, local, ready } = table;
  return [cluster, local, ready].some(({ backends }) =>
    backends.some((each) => each.address === address && each.port === port),
  );
}

/** The client of sessions: all connections of this process count as one client's. */
const CLIENT = "127.0.0.1";

function hasFamily(service: Service, family: "IPv4" | "IPv6"): boolean {
  const { ipFamilies } = service.spec;
  if (ipFamilies !== undefined) return ipFamilies.includes(family);
  return clusterIPs(service).some((ip) => isIPv6(ip) === (family === "IPv6"));
}

/** Names that always mean this machine, even if a Service has the same name (RFC 6761). */
function isLocalhost(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}
