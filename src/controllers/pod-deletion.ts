import { keyOf } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import type { Operation } from "../store/operation.ts";
import { isFinished, isTerminating } from "./pod-state.ts";
import type { WorkloadOptions } from "./workload-options.ts";

/** What the API server allows a pod that says nothing. */
const DEFAULT_GRACE_SECONDS = 30;

/**
 * Gives up a Pod. One that runs here is marked as terminating, so that it still serves while it ends, and
 * whoever runs it deletes it then; any other is deleted at once, as nobody would.
 * @returns nothing for one that is ending already.
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
    deletionTimestamp: `${end.toISOString().slice(0, 19)}Z`,
    deletionGracePeriodSeconds: grace,
  };
  return [{ op: "put", object: { ...pod, metadata } }];
}
