import type { KubernetesObject } from "../objects/object.ts";
import { controllerOf } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import { isReady, type Pod } from "../objects/pod.ts";
import type { ReplicaSet, ReplicationController } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { inDeletionOrder } from "./deletion-order.ts";
import { freeName } from "./generated-name.ts";
import { podsOf, touchedOwners } from "./ownership.ts";
import { podFromTemplate } from "./pod-from-template.ts";
import { isActive } from "./pod-state.ts";
import type { WorkloadOptions } from "./workload-options.ts";

const PODS: ReadonlySet<string> = new Set(["Pod"]);

/** Keeps as many Pods as a ReplicaSet wants. Reads and writes ReplicaSets and Pods. */
export function createReplicaSetController(options: WorkloadOptions = {}): Controller {
  return replicaController("replica-sets", "ReplicaSet.apps", options);
}

/** The same for the older ReplicationController. */
export function createReplicationController(options: WorkloadOptions = {}): Controller {
  return replicaController("replication-controllers", "ReplicationController", options);
}

type Replicated = ReplicaSet | ReplicationController;

function replicaController(name: string, kind: string, options: WorkloadOptions): Controller {
  // Where the search for a free pod name goes on, by owner's uid, so that no name comes twice in a run.
  const nextNames = new Map<string, number>();

  function reconcileOne(set: Replicated, store: StoreReader): Operation[] {
    const pods = podsOf(set, store);
    const active = pods.filter(isActive);
    const desired = desiredReplicas(set, options);
    if (active.length < desired) return create(set, desired - active.length, store);
    if (active.length > desired) {
      return inDeletionOrder(active)
        .slice(0, active.length - desired)
        .map((pod) => ({ op: "delete", key: keyOf(pod) }));
    }
    return writeStatus(set, active);
  }

  function create(set: Replicated, count: number, store: StoreReader): Operation[] {
    const { uid = "", namespace = "", name } = set.metadata;
    const created: Operation[] = [];
    const names = new Set<string>();
    const isTaken = (pod: string) =>
      names.has(pod) || store.get("Pod", namespace, pod) !== undefined;
    for (let i = 0; i < count; i++) {
      const free = freeName(`${name}-`, `${namespace}/${name}`, nextNames.get(uid) ?? 0, isTaken);
      nextNames.set(uid, free.next);
      names.add(free.name);
      created.push({ op: "put", object: podFromTemplate(set, set.spec.template, free.name) });
    }
    return created;
  }

  return {
    name,
    reconcile(changes, store) {
      for (const change of changes) {
        if (change.kind === kind && change.type === "deleted") {
          nextNames.delete(change.object.metadata.uid ?? "");
        }
      }
      const operations: Operation[] = [];
      for (const set of touchedOwners(kind, PODS, changes, store)) {
        operations.push(...reconcileOne(set as Replicated, store));
      }
      return operations;
    },
  };
}

/** Whoever is controlled by something else has its replicas from there. */
function desiredReplicas(set: KubernetesObject & Replicated, { replicasOf }: WorkloadOptions) {
  const override = controllerOf(set) === undefined ? replicasOf?.(set) : undefined;
  return override ?? set.spec.replicas ?? 1;
}

function writeStatus(set: Replicated, active: readonly Pod[]): Operation[] {
  const ready = active.filter(isReady).length;
  const { readyReplicas: _, availableReplicas: __, ...rest } = (set.status ?? {}) as StatusCounts;
  const status = {
    ...rest,
    replicas: active.length,
    ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
  };
  return jsonEqual(status, set.status) ? [] : [{ op: "status", key: keyOf(set), status }];
}

interface StatusCounts {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
}
