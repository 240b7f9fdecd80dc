import { isReady, type Pod } from "../objects/pod.ts";

/** Whether the pod has ended for good: it gets no traffic and counts for no workload (P.2). */
export function isFinished(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase === "Succeeded" || phase === "Failed";
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Whether the pod is terminating and has not ended yet. */
export function isEnding(pod: Pod): boolean {
  return isTerminating(pod) && !isFinished(pod);
}

/** Whether the pod counts as a replica. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

/** When the pod became Ready, in milliseconds; undefined when it is not, 0 when the time was not recorded. */
export function readySince(pod: Pod): number | undefined {
  if (!isReady(pod)) return undefined;
  const time = pod.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime;
  return time === undefined ? 0 : Date.parse(time) || 0;
}
