import { fromLabelSelector } from "../labels/label-selector.ts";
import { fromMap, type Selector } from "../labels/selector.ts";
import { controllerOf } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";
import type { ReplicaSet, ReplicationController } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { availabilityOf, withCounts } from "./availability.ts";
import { inDeletionOrder } from "./deletion-order.ts";
import { PodNames } from "./generated-name.ts";
import { podsOf } from "./ownership.ts";
import { deletePod } from "./pod-deletion.ts";
import { podFromTemplate } from "./pod-from-template.ts";
import { podCount } from "./pod-limit.ts";
import { isActive, isEnding } from "./pod-state.ts";
import { type Outcome, workloadController } from "./workload-loop.ts";
import type { WorkloadOptions } from "./workload-options.ts";
import { writeWorkloadStatus } from "./workload-status.ts";

/** Keeps the desired number of a ReplicaSet's Pods. Reads and writes ReplicaSets and Pods. */
export function createReplicaSetController(options: WorkloadOptions = {}): Controller {
  return replicaController("replica-sets", "ReplicaSet.apps", options, (set: ReplicaSet) =>
    fromLabelSelector(set.spec.selector),
  );
}

/** The same for the older ReplicationController, whose selector is a plain map. */
export function createReplicationController(options: WorkloadOptions = {}): Controller {
  return replicaController(
    "replication-controllers",
    "ReplicationController",
    options,
    ({ spec }: ReplicationController) => fromMap(spec.selector ?? spec.template.metadata?.labels),
  );
}

function replicaController<S extends ReplicaSet | ReplicationController>(
  name: string,
  kind: string,
  options: WorkloadOptions,
  selectorOf: (set: S) => Selector,
): Controller {
  const names = new PodNames();

  function create(set: S, count: number, store: StoreReader): Operation[] {
    const generateName = `${set.metadata.name}-`;
    return Array.from({ length: count }, () => {
      const pod = names.next(set, generateName, store);
      return { op: "put", object: podFromTemplate(set, set.spec.template, pod, { generateName }) };
    });
  }

  function reconcile(set: S, pods: readonly Pod[], store: StoreReader, now: Date): Outcome {
    const active = pods.filter(isActive);
    const desired = desiredReplicas(set, options);
    if (active.length < desired) {
      return { operations: create(set, desired - active.length, store) };
    }
    if (active.length > desired) {
      const related = relatedPods(set, active, store);
      const surplus = inDeletionOrder(active, related).slice(0, active.length - desired);
      return { operations: surplus.flatMap((pod) => deletePod(pod, options, now)) };
    }
    return writeStatus(set, active, pods.filter(isEnding).length, now);
  }

  return workloadController<S, Pod>(
    {
      name,
      kind,
      childKind: "Pod",
      selectorOf,
      reconcile,
      forget: (set) => names.forget(set),
    },
    options,
  );
}

/** The active pods of all sets with the same controller, so that a Deployment stays spread over nodes. */
function relatedPods(
  set: ReplicaSet | ReplicationController,
  active: readonly Pod[],
  store: StoreReader,
): readonly Pod[] {
  const owner = controllerOf(set);
  if (owner === undefined) return active;
  const sets = store.dependents(owner.uid).filter(({ kind }) => kind === set.kind);
  return sets.flatMap((each) => podsOf(each, store)).filter(isActive);
}

/** A ReplicaSet with a controller gets its replicas from that controller. */
function desiredReplicas(
  set: ReplicaSet | ReplicationController,
  { replicasOf }: WorkloadOptions,
): number {
  const override = controllerOf(set) === undefined ? replicasOf?.(set) : undefined;
  return podCount(override ?? set.spec.replicas ?? 1);
}

/** Whether a pod has all labels of the present template. */
function isLabelled(
  { metadata: { labels = {} } }: Pod,
  { spec: { template } }: ReplicaSet | ReplicationController,
): boolean {
  const wanted = template.metadata?.labels ?? {};
  for (const key in wanted) if (labels[key] !== wanted[key]) return false;
  return true;
}

function writeStatus(
  set: ReplicaSet | ReplicationController,
  active: readonly Pod[],
  ending: number,
  now: Date,
): Outcome {
  const minReadySeconds = "minReadySeconds" in set.spec ? set.spec.minReadySeconds : undefined;
  const { ready, available, wake } = availabilityOf(active, minReadySeconds, now);
  const status = {
    ...withCounts(set.status, {
      fullyLabeledReplicas: active.filter((pod) => isLabelled(pod, set)).length,
      readyReplicas: ready,
      availableReplicas: available,
    }),
    replicas: active.length,
    // A Deployment with strategy Recreate waits until these have ended.
    ...(set.kind === "ReplicaSet" && { terminatingReplicas: ending }),
  };
  return { operations: writeWorkloadStatus(set, status), wake };
}
