import { isReady, type Pod } from "./pod.ts";

/** Why a pod is not ready, by its status. */
export function podState({ status, metadata }: Pod): string {
  if (metadata.deletionTimestamp !== undefined) return "terminating";
  if (status?.phase === "Succeeded") return "finished";
  if (status?.phase === "Failed") return status.message ?? status.reason ?? "failed";
  for (const container of status?.containerStatuses ?? []) {
    const { waiting, terminated } = container.state ?? {};
    const said = waiting?.message ?? waiting?.reason;
    if (said !== undefined) return said;
    if (terminated !== undefined) {
      return terminated.message ?? `${container.name} ended with exit code ${terminated.exitCode}`;
    }
  }
  const unmet = ["PodScheduled", "Ready"]
    .map((type) => status?.conditions?.find((c) => c.type === type && c.status !== "True"))
    .find((condition) => condition !== undefined);
  const said = unmet?.message ?? unmet?.reason ?? status?.message ?? status?.reason;
  if (said !== undefined) return said;
  return status?.phase === undefined || status.phase === "Pending" ? "pending" : "not ready";
}

/** The stage of a pod; {@link podState} returns details. */
export type PodStage =
  | "ready"
  /** Its containers are not all up yet. */
  | "starting"
  /** Its containers run, but its readiness probe or gate fails. */
  | "unready"
  /** A container ended with an error or can't be started, and is retried; or the pod has failed. */
  | "failing"
  | "terminating"
  | "finished";

export function podStage(pod: Pod): PodStage {
  const { metadata, status } = pod;
  if (metadata.deletionTimestamp !== undefined) return "terminating";
  if (status?.phase === "Succeeded") return "finished";
  if (status?.phase === "Failed") return "failing";
  if (isReady(pod)) return "ready";
  const containers = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  for (const { state, lastState } of containers) {
    const ended = state?.terminated ?? (state?.waiting && lastState?.terminated);
    if (ended !== undefined && ended.exitCode !== 0) return "failing";
    if (/BackOff$|^Err|Error$|^InvalidImageName$/.test(state?.waiting?.reason ?? ""))
      return "failing";
  }
  const own = status?.containerStatuses ?? [];
  const areUp =
    own.length > 0 && own.every(({ state, started }) => state?.running && started !== false);
  return areUp ? "unready" : "starting";
}
