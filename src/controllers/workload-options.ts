import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";

/** What the workload controllers want to know from outside. */
export interface WorkloadOptions {
  /** How many pods a workload should have here, instead of what it says; undefined to let it be. */
  readonly replicasOf?: (workload: KubernetesObject) => number | undefined;
  /**
   * Whether something runs this Pod here, so that it can become ready. Rolling updates and ordered starts
   * don't wait for Pods that nobody runs. Default: nothing does. Pods whose status has conditions are
   * waited for in any case.
   */
  readonly isRun?: (pod: Pod) => boolean;
  /**
   * Whether something runs this Pod here and deletes it itself once it has ended. Such a Pod is marked as
   * terminating when it is given up, and deleted later. Default: nothing does, and Pods are gone at once.
   */
  readonly isEndedLater?: (pod: Pod) => boolean;
  /** Told of a workload that can't be worked with. */
  readonly onFinding?: (finding: Diagnostic) => void;
}

/** Whether the pod's readiness means anything: a runtime runs the pod, and has not just said that none does. */
export function isAttended(pod: Pod, { isRun }: WorkloadOptions): boolean {
  const conditions = pod.status?.conditions ?? [];
  const unscheduled = conditions.some(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  return (conditions.length > 0 && !unscheduled) || (isRun?.(pod) ?? false);
}
