import { resolveIntOrPercent } from "../objects/int-or-percent.ts";
import type { IntOrPercent } from "../objects/workloads.ts";

/** One ReplicaSet during a rollout. */
export interface RolloutSet {
  /** spec.replicas */
  readonly replicas: number;
  /** Pods that have been ready for minReadySeconds. */
  readonly available: number;
}

export interface RolloutLimits {
  readonly desired: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** How many pods a rollout may have in excess and lack; not both zero, or it could not make progress. */
export function rolloutLimits(
  desired: number,
  surge: IntOrPercent | undefined,
  unavailable: IntOrPercent | undefined,
): RolloutLimits {
  const maxSurge = resolveIntOrPercent(surge, "25%", desired, Math.ceil);
  const maxUnavailable = resolveIntOrPercent(unavailable, "25%", desired, Math.floor);
  return {
    desired,
    maxSurge,
    maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : Math.min(maxUnavailable, desired),
  };
}

/**
 * The next step of a rolling update: sizes of the new set, and of each old one (oldest first). There are never more
 * than desired + maxSurge pods, and a step never deletes available ones so that fewer than desired − maxUnavailable
 * remain. Repeated with its result, it ends at `desired` and zeros.
 */
export function rollingStep(
  current: RolloutSet,
  old: readonly RolloutSet[],
  { desired, maxSurge, maxUnavailable }: RolloutLimits,
): { readonly current: number; readonly old: readonly number[] } {
  const oldReplicas = old.map(({ replicas }) => replicas);
  const total = current.replicas + sum(oldReplicas);
  const room = Math.max(0, desired + maxSurge - total);
  const grown =
    current.replicas > desired
      ? desired
      : current.replicas + Math.min(room, desired - current.replicas);
  if (grown !== current.replicas) return { current: grown, old: oldReplicas };

  const minAvailable = desired - maxUnavailable;
  const missing = current.replicas - Math.min(current.available, current.replicas);
  let spare = total - minAvailable - missing;
  // Deleting pods that are not available costs nothing: they go first.
  const cleaned = old.map(({ replicas, available }) => {
    const given = Math.max(0, Math.min(spare, replicas - Math.min(available, replicas)));
    spare -= given;
    return replicas - given;
  });
  const available =
    Math.min(current.available, current.replicas) +
    sum(old.map((set, i) => Math.min(set.available, cleaned[i]!)));
  spare = Math.min(spare, available - minAvailable);
  const left = cleaned.map((replicas) => {
    const given = Math.max(0, Math.min(spare, replicas));
    spare -= given;
    return replicas - given;
  });
  return { current: grown, old: left };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
