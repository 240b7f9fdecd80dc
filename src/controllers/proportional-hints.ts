import { fnv1a } from "../net/fnv1a.ts";
import type { ZoneShares } from "./zone-shares.ts";

/** A ready endpoint, by its pod. */
export interface PlacedEndpoint {
  readonly pod: string;
  readonly zone: string | undefined;
}

export interface Allocation {
  /** The zone that each endpoint is to serve, by pod. */
  readonly zones?: ReadonlyMap<string, string>;
  /** Why there are no hints. */
  readonly refusal?: string;
}

/** By how much an endpoint may exceed its share before there are no hints at all. */
const OVERLOAD = 0.2;

/**
 * The hints of `topology-mode: Auto` (P.6): every zone gets endpoints in proportion to its CPU. An endpoint serves
 * its own zone unless that has too many and another zone too few. The result depends only on the present state; a
 * real cluster keeps an allocation until it is overloaded. Endpoints to move are chosen by their pods' names, so that
 * few hints change.
 */
export function proportionalHints(
  endpoints: readonly PlacedEndpoint[],
  shares: ZoneShares | undefined,
): Allocation {
  if (shares === undefined) {
    return {
      refusal:
        "there are not two zones of ready nodes, or a node does not say its zone or its allocatable CPU",
    };
  }
  const counts = `${endpoints.length} ready endpoints, ${shares.size} zones`;
  if (shares.size > endpoints.length) {
    return { refusal: `there are fewer endpoints than zones (${counts})` };
  }
  const wanted = wantedByZone(endpoints.length, shares);
  if (wanted === undefined) {
    return { refusal: `some zone's endpoints would get too much of the load (${counts})` };
  }
  const zones = new Map<string, string>();
  const having = new Map<string, number>();
  for (const { pod, zone } of endpoints) {
    if (!zone) return { refusal: `pod ${pod} is in no zone` };
    zones.set(pod, zone);
    having.set(zone, (having.get(zone) ?? 0) + 1);
  }
  const { giving, receiving } = exchange(wanted, having);
  for (const { pod, zone = "" } of endpoints.toSorted(byHash)) {
    const left = giving.get(zone) ?? 0;
    const [receiver] = mostOf(receiving);
    if (left === 0 || receiver === undefined) continue;
    giving.set(zone, left - 1);
    receiving.set(receiver, receiving.get(receiver)! - 1);
    zones.set(pod, receiver);
  }
  return { zones };
}

/** Endpoints for each zone, in fractions; undefined when whole endpoints would cause overload. */
function wantedByZone(total: number, shares: ZoneShares): Map<string, number> | undefined {
  const wanted = new Map<string, number>();
  let needed = 0;
  for (const [zone, share] of shares) {
    const least = Math.ceil((share * total) / (1 + OVERLOAD));
    needed += least;
    wanted.set(zone, Math.max(share * total, least));
  }
  return needed > total ? undefined : wanted;
}

/** How many endpoints each zone gives away and receives. A zone without a share keeps its own. */
function exchange(wanted: ReadonlyMap<string, number>, having: ReadonlyMap<string, number>) {
  const surplus = new Map<string, number>();
  const lack = new Map<string, number>();
  for (const [zone, count] of wanted) {
    const difference = (having.get(zone) ?? 0) - count;
    (difference > 0 ? surplus : lack).set(zone, Math.abs(difference));
  }
  const [giving, receiving] = [new Map<string, number>(), new Map<string, number>()];
  for (;;) {
    const [giver, excess] = mostOf(surplus);
    const [receiver, need] = mostOf(lack);
    if (giver === undefined || receiver === undefined) break;
    // An endpoint is moved when one zone has a whole one too many, and another lacks at least half of one.
    if (Math.min(excess, need) < 0.5 || Math.max(excess, need) < 1) break;
    giving.set(giver, (giving.get(giver) ?? 0) + 1);
    surplus.set(giver, excess - 1);
    receiving.set(receiver, (receiving.get(receiver) ?? 0) + 1);
    lack.set(receiver, need - 1);
  }
  return { giving, receiving };
}

/** The zone with the largest positive number; of equal ones the first by name. */
function mostOf(zones: ReadonlyMap<string, number>): [zone: string | undefined, number] {
  let most: string | undefined;
  let number = 0;
  for (const [zone, count] of zones) {
    if (count < number || count <= 0) continue;
    if (count === number && most !== undefined && most < zone) continue;
    most = zone;
    number = count;
  }
  return [most, number];
}

function byHash(a: PlacedEndpoint, b: PlacedEndpoint): number {
  return fnv1a(a.pod) - fnv1a(b.pod) || (a.pod < b.pod ? -1 : 1);
}
