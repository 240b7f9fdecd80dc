import { fromLabelSelector } from "../labels/label-selector.ts";
import { TEMPLATE_HASH_LABEL } from "../objects/added-labels.ts";
import { controllerOf, groupKind } from "../objects/object.ts";
import type { Deployment } from "../objects/workloads.ts";
import type { StoreReader } from "../store/store-reader.ts";

/** A ReplicaSet that is known only from its pods. */
export interface MissingReplicaSet {
  readonly name: string;
  readonly uid: string;
  readonly hash: string;
}

/**
 * The ReplicaSet that a Deployment's pods refer to although it is missing, as in a dump without ReplicaSets. Of
 * several, the one with most pods; undefined when no pod refers to one.
 */
export function missingReplicaSet(
  { metadata: { namespace = "" }, spec }: Deployment,
  store: StoreReader,
): MissingReplicaSet | undefined {
  const found = new Map<string, MissingReplicaSet & { pods: number }>();
  const labelSelector = fromLabelSelector(spec.selector);
  for (const pod of store.list("Pod", { namespace, labelSelector })) {
    const owner = controllerOf(pod);
    const hash = pod.metadata.labels?.[TEMPLATE_HASH_LABEL];
    if (owner === undefined || hash === undefined) continue;
    if (groupKind(owner.apiVersion, owner.kind) !== "ReplicaSet.apps") continue;
    if (store.get("ReplicaSet.apps", namespace, owner.name) !== undefined) continue;
    const { pods = 0 } = found.get(owner.uid) ?? {};
    found.set(owner.uid, { name: owner.name, uid: owner.uid, hash, pods: pods + 1 });
  }
  const [most] = [...found.values()].sort((a, b) => b.pods - a.pods);
  return most;
}
