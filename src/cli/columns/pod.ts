import { type ContainerStatus, type Pod, podIPs } from "../../objects/pod.ts";
import { AGE, type Column, NAME, NONE } from "./column.ts";

export const POD_COLUMNS: readonly Column<Pod>[] = [
  NAME,
  { header: "READY", cell: (pod) => `${readyContainers(pod)}/${pod.spec.containers.length}` },
  { header: "STATUS", cell: podStatus },
  { header: "RESTARTS", cell: (pod) => String(restarts(pod)) },
  AGE,
  { header: "IP", wide: true, cell: (pod) => podIPs(pod)[0] ?? NONE },
  { header: "NODE", wide: true, cell: (pod) => pod.spec.nodeName ?? NONE },
];

const statuses = (pod: Pod): readonly ContainerStatus[] => pod.status?.containerStatuses ?? [];
const readyContainers = (pod: Pod) => statuses(pod).filter((status) => status.ready).length;
const restarts = (pod: Pod) => statuses(pod).reduce((sum, each) => sum + each.restartCount, 0);

/** The one word for a pod: what its containers wait for or ended with, before its phase, as kubectl has it. */
export function podStatus(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  const init = pod.status?.initContainerStatuses ?? [];
  for (const [i, { state }] of init.entries()) {
    if (state?.terminated?.exitCode === 0) continue;
    if (state?.running !== undefined) return `Init:${i}/${init.length}`;
    const reason = state?.terminated?.reason ?? state?.waiting?.reason;
    if (reason !== undefined && reason !== "PodInitializing") return `Init:${reason}`;
  }
  for (const { state } of [...statuses(pod)].reverse()) {
    if (state?.waiting?.reason !== undefined) return state.waiting.reason;
    if (state?.terminated !== undefined) {
      const { reason, signal, exitCode } = state.terminated;
      return reason ?? (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
    }
  }
  return pod.status?.reason ?? pod.status?.phase ?? "Pending";
}
