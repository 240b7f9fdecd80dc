import { keyOf } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { Operation } from "../store/operation.ts";
import { isFinished, isTerminating } from "./pod-state.ts";
import type { WorkloadOptions } from "./workload-options.ts";

/** The API server's default grace period. */
const DEFAULT_GRACE_SECONDS = 30;

/**
 * Deletes a Pod. One that runs here is marked as terminating, so that it serves until it has ended, and the runtime
 * deletes it then; any other is deleted at once, as nothing else would delete it.
 * @returns nothing for one that is terminating already.
 */
export function deletePod(
  pod: Pod,
  { isEndedLater }: Pick<WorkloadOptions, "isEndedLater">,
  now: Date,
): Operation[] {
  if (isFinished(pod) || isEndedLater?.(pod) !== true) return [{ op: "delete", key: keyOf(pod) }];
  if (isTerminating(pod)) return [];
  const { terminationGracePeriodSeconds: grace = DEFAULT_GRACE_SECONDS } = pod.spec;
  const end = new Date(now.getTime() + grace * 1000);
  const metadata = {
    ...pod.metadata,
    deletionTimestamp: timestamp(end),
    deletionGracePeriodSeconds: grace,
  };
  return [{ op: "put", object: { ...pod, metadata } }];
}
