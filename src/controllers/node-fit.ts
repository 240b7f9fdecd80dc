import { matchesNodeSelector, type NodeSelector } from "../labels/node-selector.ts";
import { fromMap } from "../labels/selector.ts";
import { type Node, ZONE_LABEL } from "../objects/cluster.ts";
import type { StringMap } from "../objects/object.ts";
import type { PodSpec } from "../objects/pod.ts";

/** Go's names where Node's differ. */
const ARCHITECTURES: StringMap = { x64: "amd64", ia32: "386" };

/**
 * The labels that a kubelet sets on its node, under present and former names. The operating system is always linux,
 * since pods are written for that.
 */
export function machineLabels(name: string): StringMap {
  const arch = ARCHITECTURES[process.arch] ?? process.arch;
  return {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": arch,
    "beta.kubernetes.io/os": "linux",
    "beta.kubernetes.io/arch": arch,
  };
}

/** The only node where no manifest has one: this machine. */
export const LOCAL_NODE: Node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "local", labels: machineLabels("local") },
};

/** A taint as a node has it. */
type Taint = NonNullable<NonNullable<Node["spec"]>["taints"]>[number];

type Toleration = NonNullable<PodSpec["tolerations"]>[number];

const condition = (name: string, effect: NonNullable<Toleration["effect"]>): Toleration => {
  return { key: `node.kubernetes.io/${name}`, operator: "Exists", effect };
};

/** Tolerations that the DaemonSet controller adds to its pods. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  condition("not-ready", "NoExecute"),
  condition("unreachable", "NoExecute"),
  condition("disk-pressure", "NoSchedule"),
  condition("memory-pressure", "NoSchedule"),
  condition("pid-pressure", "NoSchedule"),
  condition("unschedulable", "NoSchedule"),
];

/** A DaemonSet's tolerations with those that its controller adds. */
export function daemonTolerations({ tolerations = [], hostNetwork }: PodSpec): Toleration[] {
  const own = tolerations as readonly Toleration[];
  const added = hostNetwork
    ? [...DAEMON_TOLERATIONS, condition("network-unavailable", "NoSchedule")]
    : DAEMON_TOLERATIONS;
  const isMissing = (one: Toleration) => {
    return !own.some(({ key, operator, effect }) => {
      return key === one.key && operator === one.operator && effect === one.effect;
    });
  };
  return [...own, ...added.filter(isMissing)];
}

/**
 * Whether a pod may be placed on a node: nodeName, nodeSelector, required node affinity, and taints of effect
 * NoSchedule and NoExecute. Resources are ignored.
 */
export function fitsNode(spec: PodSpec, node: Node): boolean {
  return isChosen(spec, node) && taintsOf(node).every((taint) => isTolerated(spec, taint));
}

/** Whether a pod may stay on its node: NoSchedule keeps away only new pods. */
export function mayStay(spec: PodSpec, node: Node): boolean {
  const expelling = taintsOf(node).filter(({ effect }) => effect === "NoExecute");
  return isChosen(spec, node) && expelling.every((taint) => isTolerated(spec, taint));
}

function isChosen({ nodeName, nodeSelector, affinity }: PodSpec, node: Node): boolean {
  const { name, labels = {} } = node.metadata;
  if (nodeName && nodeName !== name) return false;
  if (nodeSelector !== undefined && !fromMap(nodeSelector).matches(labels)) return false;
  const required = requiredAffinity(affinity);
  return required === undefined || matchesNodeSelector(required, { name, labels });
}

function isTolerated({ tolerations = [] }: PodSpec, taint: Taint): boolean {
  return (tolerations as readonly Toleration[]).some((one) => tolerates(one, taint));
}

/** The taints that keep pods away; an unschedulable node implies one more. */
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

const TOPOLOGY = [ZONE_LABEL, "topology.kubernetes.io/region"];

/** What a Pod that is bound to a node gets of its labels, so that a program can be told where it runs. */
export function topologyLabels(node: Node | undefined): StringMap {
  const { labels = {} } = node?.metadata ?? {};
  return Object.fromEntries(TOPOLOGY.flatMap((key) => (labels[key] ? [[key, labels[key]]] : [])));
}
