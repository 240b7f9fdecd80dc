/** A ReplicaSet during a rollout. */
export interface ScaledSet {
  readonly replicas: number;
  /** The largest number of pods that was allowed when its size was last set. */
  readonly maxBefore: number;
}

/**
 * The sizes of a Deployment's ReplicaSets (oldest first) when it is scaled in the middle of a rollout: each gets its
 * share of the difference, so that the rollout keeps its progress. The largest one takes the rounding error.
 * @param maxSurge absolute
 */
export function proportionalReplicas(
  sets: readonly ScaledSet[],
  desired: number,
  maxSurge: number,
): readonly number[] {
  const allowed = desired > 0 ? desired + maxSurge : 0;
  const difference = allowed - sets.reduce((sum, { replicas }) => sum + replicas, 0);
  const sizes = sets.map(({ replicas }) => replicas);
  // The largest first; of equal ones the newest grows first, and the oldest shrinks first.
  const order = sets.map((_, i) => i);
  order.sort((a, b) => sizes[b]! - sizes[a]! || (difference > 0 ? b - a : a - b));
  let left = difference;
  for (const i of order) {
    const part = partOf(sets[i]!, desired, allowed);
    const given =
      difference > 0 ? Math.max(0, Math.min(part, left)) : Math.min(0, Math.max(part, left));
    sizes[i]! += given;
    left -= given;
  }
  const [largest] = order;
  if (largest !== undefined) sizes[largest] = Math.max(0, sizes[largest]! + left);
  return sizes;
}

function partOf({ replicas, maxBefore }: ScaledSet, desired: number, allowed: number): number {
  if (desired === 0) return -replicas;
  return Math.round((replicas * allowed) / Math.max(1, maxBefore)) - replicas;
}
