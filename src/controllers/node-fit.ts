import { matchesNodeSelector, type NodeSelector } from "../labels/node-selector.ts";
import { fromMap } from "../labels/selector.ts";
import type { Node } from "../objects/cluster.ts";
import type { PodSpec } from "../objects/pod.ts";

/** The node that there is when nobody names any. */
export const LOCAL_NODE: Node = { apiVersion: "v1", kind: "Node", metadata: { name: "local" } };

/** A taint as a node has it. */
type Taint = NonNullable<NonNullable<Node["spec"]>["taints"]>[number];

interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** What the DaemonSet controller tolerates on behalf of its pods. */
export const DAEMON_TOLERATIONS: readonly Toleration[] = [
  "not-ready",
  "unreachable",
  "disk-pressure",
  "memory-pressure",
  "pid-pressure",
  "unschedulable",
].map((condition) => ({ key: `node.kubernetes.io/${condition}`, operator: "Exists" }));

/**
 * Whether a pod may be placed on a node: nodeName, nodeSelector, required node affinity, and taints of
 * effect NoSchedule and NoExecute. Resources are not looked at.
 */
export function fitsNode(
  spec: PodSpec,
  node: Node,
  extraTolerations: readonly Toleration[] = [],
): boolean {
  const { name, labels = {} } = node.metadata;
  if (spec.nodeName && spec.nodeName !== name) return false;
  if (spec.nodeSelector !== undefined && !fromMap(spec.nodeSelector).matches(labels)) return false;
  const affinity = requiredAffinity(spec.affinity);
  if (affinity !== undefined && !matchesNodeSelector(affinity, { name, labels })) return false;
  const tolerations = [...((spec.tolerations ?? []) as readonly Toleration[]), ...extraTolerations];
  return taintsOf(node).every((taint) => tolerations.some((one) => tolerates(one, taint)));
}

/** The taints that keep pods away; an unschedulable node has one more than it says. */
function taintsOf({ spec: { taints = [], unschedulable } = {} }: Node): readonly Taint[] {
  const keeping = taints.filter(({ effect }) => effect !== "PreferNoSchedule");
  if (unschedulable !== true) return keeping;
  return [...keeping, { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }];
}

function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (!key) return operator === "Exists";
  if (key !== taint.key) return false;
  return operator === "Exists" || (value ?? "") === (taint.value ?? "");
}

function requiredAffinity(affinity: unknown): NodeSelector | undefined {
  const { nodeAffinity } = (affinity ?? {}) as {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector;
    };
  };
  return nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
}
