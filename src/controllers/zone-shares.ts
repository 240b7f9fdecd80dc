import { type Node, ZONE_LABEL } from "../objects/cluster.ts";
import { parseQuantity } from "../objects/quantity.ts";

/** Each zone's share of the cluster's CPU; the shares add up to 1. */
export type ZoneShares = ReadonlyMap<string, number>;

/** Nodes with these labels run no ordinary pods. */
const EXCLUDED = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/**
 * The shares by which endpoints are allocated to zones (P.6), over all ready nodes outside the control plane.
 * Undefined with fewer than two zones, or when a node lacks its zone or its allocatable CPU. Where no node states its
 * CPU, as in `kubelane.yaml`, all count the same; a node without conditions counts as ready.
 */
export function zoneShares(nodes: readonly Node[]): ZoneShares | undefined {
  const counted = nodes.filter((node) => isReadyNode(node) && !isExcluded(node));
  const silent = counted.every((node) => cpuOf(node) === undefined);
  const sums = new Map<string, number>();
  let total = 0;
  for (const node of counted) {
    const zone = node.metadata.labels?.[ZONE_LABEL];
    const cpu = silent ? 1 : cpuOf(node);
    if (!zone || !cpu) return undefined;
    sums.set(zone, (sums.get(zone) ?? 0) + cpu);
    total += cpu;
  }
  if (sums.size < 2) return undefined;
  return new Map([...sums].map(([zone, cpu]) => [zone, cpu / total]));
}

function isReadyNode({ status }: Node): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready === undefined || ready.status === "True";
}

function isExcluded({ metadata: { labels = {} } }: Node): boolean {
  return EXCLUDED.some((label) => Object.hasOwn(labels, label));
}

/** Thousandths of a CPU. */
function cpuOf({ status }: Node): number | undefined {
  const cpu = status?.allocatable?.["cpu"];
  const value = cpu === undefined ? undefined : parseQuantity(String(cpu));
  return value === undefined ? undefined : Number((value + 999_999n) / 1_000_000n);
}
