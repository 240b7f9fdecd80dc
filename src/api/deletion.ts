import { FOREGROUND_FINALIZER } from "../controllers/foreground-deletion.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { Operation } from "../store/operation.ts";

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string };
}

/** The default grace period of Pods at an API server, in seconds. */
const DEFAULT_GRACE = 30;

interface Situation {
  readonly now: Date;
  /** Whether something ends the Pod and then deletes the object. */
  readonly isEndedLater: boolean;
  /** The objects that name this one as their owner. */
  readonly dependents: readonly KubernetesObject[];
}

/**
 * What a deletion does: the object is deleted at once, or marked, until each finalizer's work is done and the
 * finalizer removed.
 */
export function deletionOf(
  object: KubernetesObject,
  { gracePeriodSeconds, propagationPolicy }: DeleteOptions,
  { now, isEndedLater, dependents }: Situation,
): Operation[] {
  const { metadata } = object;
  const orphaned =
    propagationPolicy === "Orphan"
      ? dependents.map((each) => withoutOwner(each, metadata.uid))
      : [];
  const finalizers = (metadata.finalizers ?? []).filter((name) => name !== "orphan");
  const waitsForDependents =
    propagationPolicy === "Foreground" &&
    dependents.some((each) =>
      each.metadata.ownerReferences?.some(
        ({ uid, blockOwnerDeletion }) => uid === metadata.uid && blockOwnerDeletion === true,
      ),
    );
  if (waitsForDependents && !finalizers.includes(FOREGROUND_FINALIZER)) {
    finalizers.push(FOREGROUND_FINALIZER);
  }
  if (object.kind === "Namespace" && object.apiVersion === "v1")
    return [...orphaned, terminate(object, now)];
  const grace = graceOf(object, gracePeriodSeconds, isEndedLater);
  if (finalizers.length === 0 && grace === 0) {
    return [...orphaned, { op: "delete", key: keyOf(object) }];
  }
  // A second deletion can only shorten the grace period.
  const isMarked = metadata.deletionTimestamp !== undefined;
  const before = metadata.deletionGracePeriodSeconds ?? grace;
  if (isMarked && grace >= before && finalizers.length === (metadata.finalizers ?? []).length) {
    return orphaned;
  }
  const end = new Date(now.getTime() + grace * 1000);
  const marked = {
    ...metadata,
    deletionTimestamp: timestamp(end),
    deletionGracePeriodSeconds: isMarked ? Math.min(grace, before) : grace,
    ...(finalizers.length > 0 && { finalizers }),
  };
  return [...orphaned, { op: "put", object: { ...object, metadata: marked } }];
}

/** A Namespace is deleted by a control loop once it is empty. */
function terminate(object: KubernetesObject, now: Date): Operation {
  const { deletionTimestamp = timestamp(now) } = object.metadata;
  const status = { ...(object.status as object), phase: "Terminating" };
  return {
    op: "put",
    object: { ...object, metadata: { ...object.metadata, deletionTimestamp }, status },
  };
}

function graceOf(
  object: KubernetesObject,
  asked: number | undefined,
  isEndedLater: boolean,
): number {
  if (!isEndedLater) return 0;
  const { terminationGracePeriodSeconds = DEFAULT_GRACE } = (object.spec ?? {}) as {
    readonly terminationGracePeriodSeconds?: number;
  };
  return Math.max(0, asked ?? terminationGracePeriodSeconds);
}

function withoutOwner(object: KubernetesObject, owner: string | undefined): Operation {
  const { ownerReferences = [], ...metadata } = object.metadata;
  const left = ownerReferences.filter(({ uid }) => uid !== owner);
  const owned = left.length > 0 ? { ...metadata, ownerReferences: left } : metadata;
  return { op: "put", object: { ...object, metadata: owned } };
}
