import { extended } from "../objects/extended.ts";
import type { Pod } from "../objects/pod.ts";
import { readySince } from "./pod-state.ts";

/** What a workload's status counts of its pods. */
export interface Availability {
  readonly ready: number;
  /** Pods that have been ready for minReadySeconds. */
  readonly available: number;
  /** When the next ready pod becomes available, in milliseconds. */
  readonly wake: number | undefined;
}

/** @param minReadySeconds how long a pod must be ready before it counts as available. */
export function availabilityOf(
  pods: readonly Pod[],
  minReadySeconds: number | undefined,
  now: Date,
): Availability {
  let ready = 0;
  let available = 0;
  let wake: number | undefined;
  for (const pod of pods) {
    const since = readySince(pod);
    if (since === undefined) continue;
    ready++;
    const from = since + (minReadySeconds ?? 0) * 1000;
    if (from <= now.getTime()) available++;
    else wake = Math.min(wake ?? from, from);
  }
  return { ready, available, wake };
}

/** Whether the pod has been ready for long enough. */
export function isAvailable(pod: Pod, minReadySeconds: number | undefined, now: Date): boolean {
  const since = readySince(pod);
  return since !== undefined && since + (minReadySeconds ?? 0) * 1000 <= now.getTime();
}

/** A status with its counts replaced; counts of 0 are left out, as an API server does. */
export function withCounts(
  status: unknown,
  counts: Readonly<Record<string, number>>,
): Record<string, unknown> {
  const next: Record<string, unknown> = extended((status ?? {}) as Record<string, unknown>, {});
  for (const [name, count] of Object.entries(counts)) {
    if (count > 0) next[name] = count;
    else delete next[name];
  }
  return next;
}
