import { deletePod } from "../controllers/pod-deletion.ts";
import { podFromTemplate } from "../controllers/pod-from-template.ts";
import type { WorkloadOptions } from "../controllers/workload-options.ts";
import { append } from "../objects/append.ts";
import { controllerOf, groupKindOf, type KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Pod, PodTemplateSpec } from "../objects/pod.ts";
import { podTemplateOf } from "../objects/pod-templates.ts";
import { WORKLOAD_KINDS } from "../objects/workload-kinds.ts";
import type { StatefulSet } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import type { LocalPods } from "./local-pods.ts";
import { meansWorkload } from "./replicas.ts";

/** The label of a local pod that stands in for a workload of a cluster; its value names the workload. */
const STANDS_IN = "kubelane.dev/stands-in-for";

/** A cluster's workload that local pods stand in for. */
export interface StandIn {
  readonly workload: KubernetesObject;
  readonly count: number;
  /** Whether the cluster's own pods keep serving here. */
  readonly beside: boolean;
}

/**
 * The workloads of a cluster that the configuration means. A workload that is owned by one of them is left out, so
 * that no pod is replaced twice.
 */
export function standInsOf(
  { run, attach }: LocalPods,
  store: StoreReader,
  isForeign: (object: KubernetesObject) => boolean,
): StandIn[] {
  if (run.length + attach.length === 0) return [];
  const found: StandIn[] = [];
  const entries = [...run, ...attach];
  // There are many pods, so those are matched only by name.
  const isPodMeant = entries.some(({ target }) => "kind" in target && target.kind === "Pod");
  const kinds = WORKLOAD_KINDS.filter((kind) => kind !== "Pod" || isPodMeant);
  for (const workload of kinds.flatMap((kind) => store.list(kind))) {
    if (!isForeign(workload)) continue;
    const means = ({ target }: LocalPods["run"][number] | LocalPods["attach"][number]) =>
      meansWorkload(target, workload, store) &&
      ("name" in target || controllerOf(workload) === undefined);
    const attached = attach.find(means);
    const entry = attached ?? run.find(means);
    if (entry === undefined) continue;
    // The number that the configuration asks for, not the cluster's.
    const count = attached?.addresses.length ?? run.find(means)?.replicas ?? 1;
    found.push({ workload, count, beside: entry.beside === true });
  }
  return found;
}

/** The pods that stand in for a workload's: made from its template, with names that mark them as local. */
export function standInPods({ workload, count, beside }: StandIn): Pod[] {
  const template = podTemplateOf(workload);
  if (template === undefined) return [];
  const { name } = workload.metadata;
  const mark = { [STANDS_IN]: `${groupKindOf(workload)}/${name}` };
  const asTemplate: PodTemplateSpec = {
    ...(template.metadata && { metadata: template.metadata }),
    spec: withoutNode(template.spec),
  };
  return Array.from({ length: count }, (_, i) => {
    if (workload.kind !== "StatefulSet") {
      const own = workload.kind === "Pod" && !beside && i === 0 ? name : `${name}-local-${i}`;
      return podFromTemplate(workload, asTemplate, own, { annotations: mark });
    }
    // A StatefulSet's pods are found by their ordinals: the replaced ones, or the next ones.
    const { replicas = 1, ordinals, serviceName } = (workload as StatefulSet).spec;
    const ordinal = (ordinals?.start ?? 0) + (beside ? replicas : 0) + i;
    const own = `${name}-${ordinal}`;
    return podFromTemplate(workload, asTemplate, own, {
      annotations: mark,
      labels: {
        "apps.kubernetes.io/pod-index": String(ordinal),
        "statefulset.kubernetes.io/pod-name": own,
      },
      spec: { hostname: own, ...(serviceName !== undefined && { subdomain: serviceName }) },
    });
  });
}

/** A pod of the cluster is on a node where the local one doesn't run. */
function withoutNode({ nodeName: _, ...spec }: Pod["spec"]): Pod["spec"] {
  return spec;
}

/** Creates and deletes the pods that stand in for a cluster's, as the configuration says. */
export function createStandInController(
  standIns: (store: StoreReader) => readonly StandIn[],
  options: Pick<WorkloadOptions, "isEndedLater">,
): Controller {
  let hasAny = false;
  return {
    name: "stand-ins",
    kinds: new Set(WORKLOAD_KINDS),
    reconcile(changes, store, now) {
      const matters = changes.some(
        ({ kind, object }) =>
          kind !== "Pod" || object.metadata.annotations?.[STANDS_IN] !== undefined,
      );
      if (!matters) return [];
      const wanted = new Map<string, Pod>();
      for (const pod of standIns(store).flatMap(standInPods)) wanted.set(idOf(pod), pod);
      if (wanted.size === 0 && !hasAny) return [];
      hasAny = true;
      const operations: Operation[] = [];
      for (const pod of store.list("Pod")) {
        if (pod.metadata.annotations?.[STANDS_IN] === undefined) continue;
        const next = wanted.get(idOf(pod));
        const isSame = next !== undefined && controllerOf(next)?.uid === controllerOf(pod)?.uid;
        if (!isSame) append(operations, deletePod(pod, options, now));
        // The name is taken until the former pod has been deleted.
        wanted.delete(idOf(pod));
      }
      for (const pod of wanted.values()) {
        const { kind, namespace, name } = keyOf(pod);
        if (store.get(kind, namespace, name) === undefined) {
          operations.push({ op: "put", object: pod });
        }
      }
      return operations;
    },
  };
}

function idOf({ metadata: { namespace = "", name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}
