import { groupKindOf, type KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { deletePod } from "./pod-deletion.ts";
import type { WorkloadOptions } from "./workload-options.ts";

/** Empties a Namespace that is being deleted, and removes its finalizer when nothing is left in it. */
export function createNamespaceLifecycle(options: WorkloadOptions = {}): Controller {
  const terminating = new Map<string, KubernetesObject>();
  return {
    name: "namespace-lifecycle",
    reconcile(changes, store, now) {
      for (const { type, kind, object } of changes) {
        if (kind !== "Namespace") continue;
        const isOver = type === "deleted" || object.metadata.deletionTimestamp === undefined;
        if (isOver) terminating.delete(object.metadata.name);
        else terminating.set(object.metadata.name, object);
      }
      return [...terminating.values()].flatMap((namespace) =>
        empty(namespace, store, options, now),
      );
    },
  };
}

function empty(
  namespace: KubernetesObject,
  store: StoreReader,
  options: WorkloadOptions,
  now: Date,
): Operation[] {
  const { name } = namespace.metadata;
  const content = store.kinds().flatMap((kind) => store.list(kind, { namespace: name }));
  if (content.length === 0) {
    return (namespace.metadata.finalizers ?? []).length > 0
      ? []
      : [{ op: "delete", key: keyOf(namespace) }];
  }
  return content.flatMap((object): Operation[] => {
    const isPod = groupKindOf(object) === "Pod";
    if (isPod) return deletePod(object as Pod, options, now);
    if ((object.metadata.finalizers ?? []).length === 0)
      return [{ op: "delete", key: keyOf(object) }];
    if (object.metadata.deletionTimestamp !== undefined) return [];
    const metadata = {
      ...object.metadata,
      deletionTimestamp: timestamp(now),
      deletionGracePeriodSeconds: 0,
    };
    return [{ op: "put", object: { ...object, metadata } }];
  });
}
