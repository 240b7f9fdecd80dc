import { Cidr } from "../net/cidr.ts";
import type { Service } from "../objects/service.ts";

const parsed = new WeakMap<readonly string[], readonly Cidr[]>();

/**
 * Whether a client may use the Service's load balancer addresses (`loadBalancerSourceRanges`, P.7). Ranges of
 * the other IP family say nothing about it, as in kube-proxy, which keeps a list for each family.
 */
export function isAllowedSource(service: Service, address: string | undefined): boolean {
  const written = service.spec.loadBalancerSourceRanges;
  if (written === undefined || written.length === 0 || address === undefined) return true;
  let ranges = parsed.get(written);
  if (ranges === undefined) {
    ranges = written.flatMap(readRange);
    parsed.set(written, ranges);
  }
  const family = address.includes(":") ? "IPv6" : "IPv4";
  const own = ranges.filter((range) => range.family === family);
  return own.length === 0 || own.some((range) => range.contains(address));
}

/** Objects that were not checked on their way in may hold anything; kube-proxy skips what it can't read. */
function readRange(text: string): Cidr[] {
  try {
    return [new Cidr(text.trim())];
  } catch {
    return [];
  }
}
