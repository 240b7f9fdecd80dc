import { controllerOf, groupKind, type KubernetesObject } from "../../objects/object.ts";
import type { Change } from "../../store/operation.ts";
import type { StoreReader } from "../../store/store-reader.ts";

/** An occurrence that becomes an Event. */
export interface Happening {
  readonly about: Involved;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** Its reporting component: `deployment-controller`. */
  readonly source: string;
  /** For a container: `spec.containers{web}`. */
  readonly fieldPath?: string;
}

/** The object that an Event is about (core/v1 ObjectReference). */
export interface Involved {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export function involved({ apiVersion, kind, metadata }: KubernetesObject): Involved {
  const { namespace = "", name, uid = "" } = metadata;
  return { apiVersion, kind, namespace, name, uid };
}

/** The Events that a cluster's control loops record for a change. */
export function happeningsOf(change: Change, store: StoreReader): Happening[] {
  switch (change.kind) {
    case "Pod":
      return aboutOwner(change, store);
    case "ReplicaSet.apps":
      return aboutScaling(change, store);
    case "Job.batch":
      return change.type === "added" ? aboutCronJob(change, store) : aboutJobEnd(change);
    default:
      return [];
  }
}

/** The controllers that make Pods, with their names and messages for a created or deleted Pod. */
const MAKERS: Readonly<
  Record<
    string,
    {
      source: string;
      created: (pod: string, owner: string) => string;
      deleted: (pod: string, owner: string) => string;
    }
  >
> = {
  "ReplicaSet.apps": madeBy("replicaset-controller"),
  ReplicationController: madeBy("replication-controller"),
  "DaemonSet.apps": madeBy("daemonset-controller"),
  "Job.batch": madeBy("job-controller"),
  "StatefulSet.apps": {
    source: "statefulset-controller",
    created: (pod, owner) => `create Pod ${pod} in StatefulSet ${owner} successful`,
    deleted: (pod, owner) => `delete Pod ${pod} in StatefulSet ${owner} successful`,
  },
};

function madeBy(source: string) {
  return {
    source,
    created: (pod: string) => `Created pod: ${pod}`,
    deleted: (pod: string) => `Deleted pod: ${pod}`,
  };
}

function aboutOwner({ type, object }: Change, store: StoreReader): Happening[] {
  const owner = ownerOf(object, store);
  const maker = owner && MAKERS[groupKind(owner.apiVersion, owner.kind)];
  // A Pod whose owner was deleted gets no Event of that owner.
  if (owner === undefined || maker === undefined || type === "modified") return [];
  const isNew = type === "added";
  const message = (isNew ? maker.created : maker.deleted)(
    object.metadata.name,
    owner.metadata.name,
  );
  return [
    {
      about: involved(owner),
      type: "Normal",
      reason: isNew ? "SuccessfulCreate" : "SuccessfulDelete",
      message,
      source: maker.source,
    },
  ];
}

function aboutScaling({ type, object, previous }: Change, store: StoreReader): Happening[] {
  const owner = ownerOf(object, store);
  if (owner === undefined || type === "deleted") return [];
  const after = replicasOf(object);
  const before = previous === undefined ? 0 : replicasOf(previous);
  if (after === before) return [];
  const direction = after > before ? "up" : "down";
  return [
    {
      about: involved(owner),
      type: "Normal",
      reason: "ScalingReplicaSet",
      message: `Scaled ${direction} replica set ${object.metadata.name} from ${before} to ${after}`,
      source: "deployment-controller",
    },
  ];
}

function aboutCronJob({ object }: Change, store: StoreReader): Happening[] {
  const owner = ownerOf(object, store);
  if (owner?.kind !== "CronJob") return [];
  return [
    {
      about: involved(owner),
      type: "Normal",
      reason: "SuccessfulCreate",
      message: `Created job ${object.metadata.name}`,
      source: "cronjob-controller",
    },
  ];
}

function aboutJobEnd({ type, object, previous }: Change): Happening[] {
  if (type === "deleted") return [];
  const source = "job-controller";
  const about = involved(object);
  if (hasCondition(object, "Complete") && !hasCondition(previous, "Complete")) {
    return [{ about, type: "Normal", reason: "Completed", message: "Job completed", source }];
  }
  if (hasCondition(object, "Failed") && !hasCondition(previous, "Failed")) {
    const { reason = "Failed", message = "Job has failed" } = conditionOf(object, "Failed") ?? {};
    return [{ about, type: "Warning", reason, message, source }];
  }
  return [];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

function conditionOf(object: KubernetesObject | undefined, type: string): Condition | undefined {
  const { conditions = [] } = (object?.status ?? {}) as {
    readonly conditions?: readonly Condition[];
  };
  return conditions.find((condition) => condition.type === type && condition.status === "True");
}

function hasCondition(object: KubernetesObject | undefined, type: string): boolean {
  return conditionOf(object, type) !== undefined;
}

function replicasOf({ spec }: KubernetesObject): number {
  return (spec as { readonly replicas?: number } | undefined)?.replicas ?? 1;
}

/** The controlling owner, unless it is missing or being deleted. */
function ownerOf(object: KubernetesObject, store: StoreReader): KubernetesObject | undefined {
  const reference = controllerOf(object);
  if (reference === undefined) return undefined;
  const kind = groupKind(reference.apiVersion, reference.kind);
  const owner = store.get(kind, object.metadata.namespace ?? "", reference.name);
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}
