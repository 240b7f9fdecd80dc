import { isReady, type Pod } from "../objects/pod.ts";
import { readySince } from "./pod-state.ts";

/** The annotation for the order of deletion: the lower its number, the earlier. */
export const POD_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

/**
 * Which pods a workload deletes first, ranked as by the ReplicaSet controller: without a node, Pending, not ready,
 * low by their annotation, on a node with many related pods, ready for a short time, restarted often, young. `pods`
 * are in order of creation.
 * @param related the active pods that count as related; default: themselves.
 */
export function inDeletionOrder(pods: readonly Pod[], related: readonly Pod[] = pods): Pod[] {
  const crowds = new Map<string, number>();
  for (const {
    spec: { nodeName = "" },
  } of related) {
    crowds.set(nodeName, (crowds.get(nodeName) ?? 0) + 1);
  }
  return pods
    .map((pod, age) => ({ pod, ranks: ranksOf(pod, age, crowds) }))
    .sort((a, b) => compareRanks(a.ranks, b.ranks))
    .map(({ pod }) => pod);
}

function ranksOf(pod: Pod, age: number, crowds: ReadonlyMap<string, number>): number[] {
  const cost = Number(pod.metadata.annotations?.[POD_DELETION_COST]);
  const statuses = pod.status?.containerStatuses ?? [];
  return [
    pod.spec.nodeName ? 1 : 0,
    PHASE_RANK.get(pod.status?.phase ?? "Pending") ?? 1,
    isReady(pod) ? 1 : 0,
    Number.isInteger(cost) ? cost : 0,
    -(crowds.get(pod.spec.nodeName ?? "") ?? 0),
    -(readySince(pod) ?? 0),
    -statuses.reduce((most, { restartCount }) => Math.max(most, restartCount), 0),
    -age,
  ];
}

const PHASE_RANK: ReadonlyMap<string, number> = new Map([
  ["Pending", 0],
  ["Unknown", 1],
  ["Running", 2],
]);

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [i, rank] of a.entries()) {
    if (rank !== b[i]) return rank - b[i]!;
  }
  return 0;
}
