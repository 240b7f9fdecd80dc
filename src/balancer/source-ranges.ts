import { Cidr } from "../net/cidr.ts";
import type { IPFamily, Service } from "../objects/service.ts";
import type { Traffic } from "./endpoint-table.ts";

const parsed = new WeakMap<readonly string[], readonly Cidr[]>();

/**
 * Whether a client may use the Service's load balancer addresses (`loadBalancerSourceRanges`, P.7). Ranges of
 * the other IP family say nothing about it, as in kube-proxy, which keeps a list for each family.
 */
export function isAllowedSource(service: Service, address: string | undefined): boolean {
  if (address === undefined) return true;
  const own = rangesOf(service, address.includes(":") ? "IPv6" : "IPv4");
  return own.length === 0 || own.some((range) => range.contains(address));
}

/**
 * The ranges that clients of one family have to come from; undefined when any may come.
 * @returns none of them within another
 */
export function allowedSources(
  service: Service,
  traffic: Traffic,
  family: IPFamily,
): readonly string[] | undefined {
  if (traffic !== "load-balancer") return undefined;
  const own = rangesOf(service, family);
  if (own.length === 0) return undefined;
  const wider = own.filter(
    (range, i) =>
      !own.some(
        (other, j) =>
          i !== j &&
          other.contains(range.at(0)) &&
          (other.prefixLength < range.prefixLength ||
            (other.prefixLength === range.prefixLength && j < i)),
      ),
  );
  return wider.map(String);
}

function rangesOf({ spec }: Service, family: IPFamily): readonly Cidr[] {
  const written = spec.loadBalancerSourceRanges;
  if (written === undefined || written.length === 0) return [];
  let ranges = parsed.get(written);
  if (ranges === undefined) {
    ranges = written.flatMap(readRange);
    parsed.set(written, ranges);
  }
  return ranges.filter((range) => range.family === family);
}

/** Objects that were not checked on their way in may hold anything; kube-proxy skips what it can't read. */
function readRange(text: string): Cidr[] {
  try {
    return [new Cidr(text.trim())];
  } catch {
    return [];
  }
}
