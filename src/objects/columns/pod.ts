import { type ContainerStatus, type Pod, podIPs } from "../pod.ts";
import { AGE, type Column, formatAge, NAME, NONE } from "./column.ts";

export const POD_COLUMNS: readonly Column<Pod>[] = [
  NAME,
  { header: "READY", cell: (pod) => `${readyContainers(pod)}/${pod.spec.containers.length}` },
  { header: "STATUS", cell: podStatus },
  { header: "RESTARTS", cell: restarts },
  AGE,
  { header: "IP", wide: true, cell: (pod) => podIPs(pod)[0] ?? NONE },
  { header: "NODE", wide: true, cell: (pod) => pod.spec.nodeName ?? NONE },
  { header: "NOMINATED NODE", wide: true, cell: nominatedNode },
  { header: "READINESS GATES", wide: true, cell: readinessGates },
];

const statuses = (pod: Pod): readonly ContainerStatus[] => pod.status?.containerStatuses ?? [];
const readyContainers = (pod: Pod) => statuses(pod).filter((status) => status.ready).length;

/** The count, and how long ago the last one was: `3 (5m ago)`. */
function restarts(pod: Pod, now: Date): string {
  const count = statuses(pod).reduce((sum, each) => sum + each.restartCount, 0);
  const ends = statuses(pod).map(({ lastState }) => lastState?.terminated?.finishedAt ?? "");
  const last = ends.sort().at(-1) ?? "";
  return count === 0 || last === "" ? String(count) : `${count} (${formatAge(last, now)} ago)`;
}

function nominatedNode({ status }: Pod): string {
  const { nominatedNodeName } = (status ?? {}) as { readonly nominatedNodeName?: string };
  return nominatedNodeName || NONE;
}

/** How many of the conditions that a pod waits for are true: `1/2`. */
function readinessGates({ spec, status }: Pod): string {
  const { readinessGates: gates = [] } = spec as {
    readonly readinessGates?: readonly { readonly conditionType: string }[];
  };
  if (gates.length === 0) return NONE;
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.some(({ type, status }) => type === conditionType && status === "True"),
  );
  return `${open.length}/${gates.length}`;
}

/** The status word of a pod: what its containers wait for or ended with, else its phase, as in kubectl. */
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
