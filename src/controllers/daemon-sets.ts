import { fromLabelSelector } from "../labels/label-selector.ts";
import { REVISION_LABEL, TEMPLATE_GENERATION_LABEL } from "../objects/added-labels.ts";
import { append } from "../objects/append.ts";
import type { Node } from "../objects/cluster.ts";
import { resolveIntOrPercent } from "../objects/int-or-percent.ts";
import { isReady, type Pod, type PodSpec } from "../objects/pod.ts";
import type { DaemonSet } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { availabilityOf, isAvailable, withCounts } from "./availability.ts";
import { type Revision, revisionHistory, revisionOfPod } from "./controller-revisions.ts";
import { PodNames } from "./generated-name.ts";
import { daemonTolerations, fitsNode, LOCAL_NODE, mayStay, topologyLabels } from "./node-fit.ts";
import { deletePod } from "./pod-deletion.ts";
import { podFromTemplate } from "./pod-from-template.ts";
import { isActive } from "./pod-state.ts";
import { type Outcome, workloadController } from "./workload-loop.ts";
import type { WorkloadOptions } from "./workload-options.ts";
import { writeWorkloadStatus } from "./workload-status.ts";

/**
 * Keeps one Pod of a DaemonSet on every Node that it fits; without any Node, one on a node called `local`. Reads
 * DaemonSets and Nodes, writes Pods and DaemonSets' status.
 */
export function createDaemonSetController(options: WorkloadOptions = {}): Controller {
  const names = new PodNames();

  function reconcile(set: DaemonSet, pods: readonly Pod[], store: StoreReader, now: Date): Outcome {
    const naming = {
      hashLabel: REVISION_LABEL,
      onPods: (name: string) => name.slice(set.metadata.name.length + 1),
    };
    const history = revisionHistory(set, pods, store, naming);
    const { latest } = history;
    const active = pods.filter(isActive);
    const { wanted: nodes, kept } = nodesFor(set, active, store);
    // A pod that has ended is replaced; one on a node that it doesn't fit is deleted.
    const misplaced = pods.filter((pod) => !isActive(pod) || !kept.has(pod.spec.nodeName ?? ""));
    const { minReadySeconds } = set.spec;
    const glance: Glance = {
      remove: (pod) => deletePod(pod, options, now),
      isAvailable: (pod) => isAvailable(pod, minReadySeconds, now),
    };
    const operations = misplaced.flatMap(glance.remove);
    const places: NodePods[] = [];
    for (const name of nodes) {
      const here = active.filter(({ spec: { nodeName } }) => nodeName === name);
      places.push({
        name,
        // Including pods that have just been told to end, or have ended: they still exist.
        isFree: !pods.some(({ spec: { nodeName } }) => nodeName === name),
        old: here.filter((pod) => revisionOfPod(pod) !== latest.name),
        current: here.filter((pod) => revisionOfPod(pod) === latest.name),
      });
    }
    append(
      operations,
      fill(set, places, (node) => put(set, node, latest, store), glance),
    );
    const { wake } = availabilityOf(active, minReadySeconds, now);
    if (operations.length === 0) {
      const strays = new Set(active.map(({ spec }) => spec.nodeName ?? ""));
      for (const name of nodes) strays.delete(name);
      append(operations, writeStatus(set, places, strays.size, glance));
    }
    return { operations: [...history.operations, ...operations], wake };
  }

  function put(set: DaemonSet, nodeName: string, latest: Revision, store: StoreReader): Operation {
    const generateName = `${set.metadata.name}-`;
    const name = names.next(set, generateName, store);
    const object = podFromTemplate(set, latest.template, name, {
      generateName,
      labels: {
        [REVISION_LABEL]: latest.name,
        [TEMPLATE_GENERATION_LABEL]: "1",
        ...topologyLabels(store.get("Node", "", nodeName)),
      },
      spec: { nodeName, tolerations: daemonTolerations(latest.template.spec) },
    });
    return { op: "put", object };
  }

  const controller = workloadController<DaemonSet, Pod>(
    {
      name: "daemon-sets",
      kind: "DaemonSet.apps",
      childKind: "Pod",
      selectorOf: (set) => fromLabelSelector(set.spec.selector),
      reconcile,
      forget: (set) => names.forget(set),
    },
    options,
  );
  return {
    ...controller,
    kinds: new Set(["DaemonSet.apps", "Node", "Pod"]),
    reconcile(changes, store, now) {
      const nodesChanged = changes.some(({ kind }) => kind === "Node");
      const all = nodesChanged ? store.list("DaemonSet.apps") : [];
      const touched = all.map((object) => {
        return { type: "modified", kind: "DaemonSet.apps", object, previous: object } as const;
      });
      return controller.reconcile([...changes, ...touched], store, now);
    },
  };
}

/** The state of a DaemonSet at one look. */
interface Glance {
  readonly remove: (pod: Pod) => Operation[];
  readonly isAvailable: (pod: Pod) => boolean;
}

/** The active pods of one node. */
interface NodePods {
  readonly name: string;
  /** Whether it has no pod of the set, not even one that is terminating. */
  readonly isFree: boolean;
  readonly old: readonly Pod[];
  readonly current: readonly Pod[];
}

/** The missing pods, and the next step of a rolling update. */
function fill(
  set: DaemonSet,
  places: readonly NodePods[],
  put: (nodeName: string) => Operation,
  { remove, isAvailable: available }: Glance,
): Operation[] {
  const { type = "RollingUpdate", rollingUpdate } = set.spec.updateStrategy ?? {};
  const size = places.length;
  const maxSurge = resolveIntOrPercent(rollingUpdate?.maxSurge, 0, size, Math.ceil);
  let surge = maxSurge;
  const unavailable = places.filter(({ old, current }) => ![...old, ...current].some(available));
  let spare = surge > 0 ? 0 : limitOf(rollingUpdate?.maxUnavailable, size) - unavailable.length;
  surge -= places.filter(({ old, current }) => old.length > 0 && current.length > 0).length;
  const operations: Operation[] = [];
  const create = (place: NodePods) => operations.push(put(place.name));
  for (const place of places) {
    const { old, current } = place;
    const [running, ...surplus] = old;
    if (running === undefined) {
      // Without maxSurge, two pods never run on a node at once: daemons hold ports, files and locks of their node.
      if (place.isFree) create(place);
      append(operations, current.slice(1).flatMap(remove));
      continue;
    }
    append(operations, surplus.flatMap(remove));
    if (type === "OnDelete") continue;
    if (current.length > 0) {
      if (current.some(available) || !available(running)) append(operations, remove(running));
    } else if (!available(running)) {
      if (maxSurge > 0) create(place);
      else append(operations, remove(running));
    } else if (surge > 0) {
      surge--;
      create(place);
    } else if (spare > 0) {
      spare--;
      append(operations, remove(running));
    }
  }
  return operations;
}

/**
 * The nodes that get a pod, and those where an existing one stays. Without any Node object, the nodes that pods name
 * are used: a dump may lack its Nodes.
 */
function nodesFor(
  { spec: { template } }: DaemonSet,
  active: readonly Pod[],
  store: StoreReader,
): { readonly wanted: ReadonlySet<string>; readonly kept: ReadonlySet<string> } {
  const known: readonly Node[] = store.list("Node");
  const told = new Set(active.flatMap(({ spec }) => spec.nodeName || []));
  if (known.length === 0 && told.size > 0) return { wanted: told, kept: told };
  const nodes = known.length === 0 ? [LOCAL_NODE] : known;
  const spec = { ...template.spec, tolerations: daemonTolerations(template.spec) };
  const names = (test: (spec: PodSpec, node: Node) => boolean) => {
    return new Set(nodes.filter((node) => test(spec, node)).map(({ metadata }) => metadata.name));
  };
  return { wanted: names(fitsNode), kept: names(mayStay) };
}

function limitOf(maxUnavailable: number | string | undefined, size: number): number {
  return Math.max(1, resolveIntOrPercent(maxUnavailable, 1, size, Math.ceil));
}

function writeStatus(
  set: DaemonSet,
  places: readonly NodePods[],
  misscheduled: number,
  { isAvailable: isAvailableNow }: Glance,
): Operation[] {
  const having = (test: (place: NodePods) => boolean) => places.filter(test).length;
  const ready = having(({ old, current }) => [...old, ...current].some(isReady));
  const available = having(({ old, current }) => [...old, ...current].some(isAvailableNow));
  const status = {
    ...withCounts(set.status, {
      updatedNumberScheduled: having(({ current }) => current.length > 0),
      numberAvailable: available,
      numberUnavailable: places.length - available,
    }),
    currentNumberScheduled: having(({ old, current }) => old.length + current.length > 0),
    desiredNumberScheduled: places.length,
    numberMisscheduled: misscheduled,
    numberReady: ready,
  };
  return writeWorkloadStatus(set, status);
}
