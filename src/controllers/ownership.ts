import {
  controllerOf,
  groupKind,
  type KubernetesObject,
  type OwnerReference,
} from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";
import type { Change } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** The reference that makes `owner` the controller of whoever carries it. */
export function controllerReference(owner: KubernetesObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The Pods that an object controls, in order of creation. */
export function podsOf(owner: KubernetesObject, store: StoreReader): Pod[] {
  const { uid = "", namespace } = owner.metadata;
  return store.dependents(uid).filter((object): object is Pod => {
    return (
      object.kind === "Pod" &&
      object.metadata.namespace === namespace &&
      controllerOf(object)?.uid === uid
    );
  });
}

/**
 * The objects of one kind that the changes are about: changed themselves, or controlling what changed.
 * Each is given as it is now; those that are gone are left out.
 */
export function touchedOwners(
  kind: string,
  dependentKinds: ReadonlySet<string>,
  changes: readonly Change[],
  store: StoreReader,
): Iterable<KubernetesObject> {
  const touched = new Map<string, KubernetesObject>();
  const touch = (namespace: string, name: string) => {
    const object = store.get(kind, namespace, name);
    if (object !== undefined) touched.set(`${namespace}/${name}`, object);
  };
  for (const change of changes) {
    const { namespace = "", name } = change.object.metadata;
    if (change.kind === kind) touch(namespace, name);
    if (!dependentKinds.has(change.kind)) continue;
    const owner = controllerOf(change.object);
    if (owner !== undefined && groupKind(owner.apiVersion, owner.kind) === kind) {
      touch(namespace, owner.name);
    }
    const former = change.previous && controllerOf(change.previous);
    if (former === undefined || former.uid === owner?.uid) continue;
    if (groupKind(former.apiVersion, former.kind) === kind) touch(namespace, former.name);
  }
  return touched.values();
}
