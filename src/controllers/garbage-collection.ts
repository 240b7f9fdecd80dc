import { append } from "../objects/append.ts";
import { groupKind, type KubernetesObject, type OwnerReference } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Pod } from "../objects/pod.ts";
import { isClusterScoped } from "../objects/resource.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { deletePod } from "./pod-deletion.ts";
import type { WorkloadOptions } from "./workload-options.ts";

/**
 * Deletes the dependents of a deleted object once no owner is left; a dependent with another owner only loses the
 * reference. An object whose owner was never in the store is kept: a dump may contain only some kinds.
 */
export function createGarbageCollector(options: WorkloadOptions = {}): Controller {
  return {
    name: "garbage-collection",
    reconcile(changes, store, now) {
      const operations: Operation[] = [];
      for (const { type, object } of changes) {
        if (type !== "deleted") continue;
        for (const dependent of store.dependents(object.metadata.uid ?? "")) {
          const owners = ownersOf(dependent, store);
          if (owners.length > 0) append(operations, withOwners(dependent, owners));
          else if (isPod(dependent)) append(operations, deletePod(dependent, options, now));
          else operations.push({ op: "delete", key: keyOf(dependent) });
        }
      }
      return operations;
    },
  };
}

function isPod(object: KubernetesObject): object is Pod {
  return object.kind === "Pod" && object.apiVersion === "v1";
}

/** The references to existing owners. */
function ownersOf({ metadata }: KubernetesObject, store: StoreReader): OwnerReference[] {
  return (metadata.ownerReferences ?? []).filter(({ apiVersion, kind, name, uid }) => {
    const owner = groupKind(apiVersion, kind);
    const namespace = isClusterScoped(owner) ? "" : (metadata.namespace ?? "");
    return store.get(owner, namespace, name)?.metadata.uid === uid;
  });
}

function withOwners(
  dependent: KubernetesObject,
  ownerReferences: readonly OwnerReference[],
): Operation[] {
  const { metadata } = dependent;
  if (ownerReferences.length === metadata.ownerReferences?.length) return [];
  return [{ op: "put", object: { ...dependent, metadata: { ...metadata, ownerReferences } } }];
}
