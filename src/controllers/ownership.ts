import { controllerOf, type KubernetesObject, type OwnerReference } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** The reference that makes `owner` the controller of the object that has it. */
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
