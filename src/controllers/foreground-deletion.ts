import type { KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { deletePod } from "./pod-deletion.ts";
import type { WorkloadOptions } from "./workload-options.ts";

/** The finalizer for: dependents are deleted first. */
export const FOREGROUND_FINALIZER = "foregroundDeletion";

/**
 * Deletes the dependents of an object that is deleted in the foreground, and removes its finalizer when the last
 * blocking one is gone.
 */
export function createForegroundDeletion(options: WorkloadOptions = {}): Controller {
  const waiting = new Map<string, KubernetesObject>();
  return {
    name: "foreground-deletion",
    reconcile(changes, store, now) {
      for (const { type, object } of changes) {
        const { uid = "", deletionTimestamp, finalizers } = object.metadata;
        const waits =
          type !== "deleted" &&
          deletionTimestamp !== undefined &&
          finalizers?.includes(FOREGROUND_FINALIZER);
        if (waits) waiting.set(uid, object);
        else waiting.delete(uid);
      }
      return [...waiting.values()].flatMap((owner) => goOn(owner, store, options, now));
    },
  };
}

function goOn(
  owner: KubernetesObject,
  store: StoreReader,
  options: WorkloadOptions,
  now: Date,
): Operation[] {
  const dependents = store.dependents(owner.metadata.uid ?? "");
  const blocking = dependents.filter((each) =>
    each.metadata.ownerReferences?.some(
      ({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion === true,
    ),
  );
  if (blocking.length === 0) return [withoutFinalizer(owner)];
  return dependents.flatMap((each) => {
    if (each.metadata.deletionTimestamp !== undefined) return [];
    if (each.kind === "Pod" && each.apiVersion === "v1")
      return deletePod(each as Pod, options, now);
    // A blocking dependent with dependents of its own is deleted in the foreground, too.
    if (!blocking.includes(each) || store.dependents(each.metadata.uid ?? "").length === 0) {
      return [{ op: "delete", key: keyOf(each) }];
    }
    const metadata = {
      ...each.metadata,
      deletionTimestamp: timestamp(now),
      deletionGracePeriodSeconds: 0,
      finalizers: [...(each.metadata.finalizers ?? []), FOREGROUND_FINALIZER],
    };
    return [{ op: "put", object: { ...each, metadata } }];
  });
}

function withoutFinalizer(owner: KubernetesObject): Operation {
  const { finalizers = [], ...metadata } = owner.metadata;
  const left = finalizers.filter((name) => name !== FOREGROUND_FINALIZER);
  const object = {
    ...owner,
    metadata: left.length > 0 ? { ...metadata, finalizers: left } : metadata,
  };
  return { op: "put", object };
}
