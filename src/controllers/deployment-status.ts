import type { Deployment, ReplicaSet } from "../objects/workloads.ts";
import { withCounts } from "./availability.ts";
import { conditionsAt, type Progress } from "./deployment-conditions.ts";
import type { RolloutSet } from "./rolling-update.ts";
import type { Outcome } from "./workload-loop.ts";
import { writeWorkloadStatus } from "./workload-status.ts";

/** A ReplicaSet with the counts of its pods. */
export interface Rollout extends RolloutSet {
  readonly set: ReplicaSet;
  readonly ready: number;
  readonly pods: number;
  /** When the next of its pods becomes available, in milliseconds. */
  readonly wake: number | undefined;
  /** Pods that are ending. */
  readonly ending: number;
  /** Whether any of its pods can become ready. */
  readonly attended: boolean;
}

/** @param availableAt when the next pod becomes available, in milliseconds. */
export function writeStatus(
  deployment: Deployment,
  desired: number,
  current: Rollout | undefined,
  rollouts: readonly Rollout[],
  now: Date,
  availableAt: number | undefined,
): Outcome {
  const total = (count: "pods" | "ready" | "available" | "ending" | "replicas") =>
    rollouts.reduce((sum, rollout) => sum + rollout[count], 0);
  const counts = withCounts(deployment.status, {
    replicas: total("pods"),
    updatedReplicas: current?.pods ?? 0,
    readyReplicas: total("ready"),
    availableReplicas: total("available"),
    // Relative to the ReplicaSets' own sizes: during an update with surge, these exceed the desired number.
    unavailableReplicas: Math.max(0, total("replicas") - total("available")),
    terminatingReplicas: total("ending"),
  });
  const { conditions, wake: late } = conditionsAt({
    deployment,
    desired,
    current: current?.set.metadata.name,
    before: (deployment.status ?? {}) as Progress,
    after: counts as Progress,
    now,
  });
  const status = { ...counts, conditions };
  const wakes = [late, availableAt].filter((time) => time !== undefined);
  const wake = wakes.length === 0 ? undefined : wakes.reduce((a, b) => Math.min(a, b));
  return { operations: writeWorkloadStatus(deployment, status), wake };
}
