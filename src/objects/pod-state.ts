import type { Pod } from "./pod.ts";

/** What keeps a pod from being ready, in the words of whoever wrote its status. */
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
