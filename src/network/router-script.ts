import type { NetworkPlan } from "./network-plan.ts";
import { batch, batchV6, isV6, quote, setting } from "./script-text.ts";

/** Where the router is, as every pod sees it. */
export const ROUTER = "169.254.1.1";
export const ROUTER_V6 = "fe80::6b75";

/**
 * The shell script that makes the router's side of a network, run as root of its namespaces. Pods have network
 * namespaces of their own, each joined to this one by a veth pair, so that they may listen on every port; the
 * sockets of Services are here.
 * @param folder exists outside; a file system of the namespace's own goes over it.
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
    // What has no route here is unreachable at once. Limited, all but one client a second would wait instead.
    ...setting("ipv4/icmp_ratelimit", 0),
    ...setting("ipv6/conf/all/forwarding", 1),
    ...setting("ipv6/icmp/ratelimit", 0),
    ...batchV6(v6.map(routerRoute)),
    ...setting("ipv6/ip_nonlocal_bind", 1),
    ":",
  ].join("\n");
}

/** Routes that are added later: addresses outside all ranges. */
export function furtherRoutes(ranges: readonly string[]): string {
  return [
    ...batch(ranges.filter((range) => !isV6(range)).map(routerRoute), "-force"),
    ...batchV6(ranges.filter(isV6).map(routerRoute)),
    ":",
  ].join("\n");
}

/** In the main table, where the narrower route to a pod wins over the one of all pods. */
const routerRoute = (range: string) => `route add local ${range} dev lo table main`;
