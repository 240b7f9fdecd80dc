import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";

/** What the workload controllers need to know from outside. */
export interface WorkloadOptions {
  /** The number of pods that a workload should have here, in place of its own; undefined keeps its own. */
  readonly replicasOf?: (workload: KubernetesObject) => number | undefined;
  /**
   * Whether a runtime runs this Pod, so that it can become ready. Rolling updates and ordered starts don't wait for
   * Pods that nothing runs. Default: nothing does. Pods whose status has conditions are waited for in any case.
   */
  readonly isRun?: (pod: Pod) => boolean;
  /**
   * Whether a runtime runs this Pod and deletes it once it has ended. Such a Pod is marked as terminating, and
   * deleted later. Default: nothing does, and Pods are deleted at once.
   */
  readonly isEndedLater?: (pod: Pod) => boolean;
  /** Called for a workload that causes an error. */
  readonly onFinding?: (finding: Diagnostic) => void;
}

/** Whether the pod's readiness is meaningful: a runtime runs it, and has not reported otherwise. */
export function isAttended(pod: Pod, { isRun }: WorkloadOptions): boolean {
  const conditions = pod.status?.conditions ?? [];
  const unscheduled = conditions.some(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  return (conditions.length > 0 && !unscheduled) || (isRun?.(pod) ?? false);
}
