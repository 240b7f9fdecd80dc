import type { NetworkPlan } from "./network-plan.ts";
import { batch, batchV6, isV6, quote, setting } from "./script-text.ts";

/** The router's address, as every pod sees it. */
export const ROUTER = "169.254.1.1";
export const ROUTER_V6 = "fe80::6b75";

/**
 * The shell script that makes the router's side of a network, run as root of its namespaces. Each pod has a network
 * namespace of its own, connected to this one by a veth pair, so that pods may listen on every port; the sockets of
 * Services are in this one.
 * @param folder an existing folder, over which a file system of the namespace is mounted.
 */
export function routerScript(folder: string, { ranges }: NetworkPlan): string {
  const v4 = ranges.filter((range) => !isV6(range));
  const v6 = ranges.filter(isV6);
  return [
    "umask 022",
    `mount -t tmpfs -o mode=700 kubelane ${quote(folder)}`,
    ...batch(["link set lo up", `addr add ${ROUTER}/32 dev lo`, ...v4.map(routerRoute)]),
    ...setting("ipv4/ip_nonlocal_bind", 1),
    ...setting("ipv4/tcp_tw_reuse", 1),
    ...setting("ipv4/ip_forward", 1),
    // Addresses without a route are reported as unreachable at once. With the kernel's rate limit of one message a
    // second, all other clients would wait for a time-out.
    ...setting("ipv4/icmp_ratelimit", 0),
    ...setting("ipv6/conf/all/forwarding", 1),
    ...setting("ipv6/icmp/ratelimit", 0),
    ...batchV6(v6.map(routerRoute)),
    ...setting("ipv6/ip_nonlocal_bind", 1),
    ":",
  ].join("\n");
}

/** A table for routes that are added later: addresses outside all ranges. */
export function furtherRoutes(ranges: readonly string[]): string {
  return [
    ...batch(ranges.filter((range) => !isV6(range)).map(routerRoute), "-force"),
    ...batchV6(ranges.filter(isV6).map(routerRoute)),
    ":",
  ].join("\n");
}

/**
 * How long the kernel remembers connections that have ended, once it has to know them: the table of all networks of the
 * machine has a limit, and a load test fills it within its two minutes.
 */
export function conntrackSettings(): string {
  return setting("netfilter/nf_conntrack_tcp_timeout_time_wait", 10).join("\n");
}

/** In the main table, where a route to one pod takes precedence over the one for all pods. */
const routerRoute = (range: string) => `route add local ${range} dev lo table main`;
