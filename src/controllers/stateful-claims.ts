import { applyDefaults } from "../objects/apply-defaults.ts";
import type { KubernetesObject, OwnerReference } from "../objects/object.ts";
import type { Pod, PodSpec } from "../objects/pod.ts";
import type { PersistentVolumeClaim } from "../objects/volume.ts";
import type { StatefulSet } from "../objects/workloads.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { controllerReference } from "./ownership.ts";

/**
 * Sets the owners of the claims of a StatefulSet's pod by its persistentVolumeClaimRetentionPolicy: claims outlive
 * pod and set, or belong to the set, or to a pod that is scaled down.
 * @param condemned the pod, if it is being scaled down.
 */
export function ownedClaims(
  set: StatefulSet,
  pod: string,
  store: StoreReader,
  condemned?: Pod,
): Operation[] {
  const { namespace = "", uid } = set.metadata;
  const operations: Operation[] = [];
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const claim = store.get("PersistentVolumeClaim", namespace, `${template.metadata.name}-${pod}`);
    if (claim === undefined && condemned !== undefined) continue;
    const made = claim ?? claimFrom(set, template, pod);
    const others = (made.metadata.ownerReferences ?? []).filter((owner) => {
      return owner.uid !== uid && !(owner.kind === "Pod" && owner.name === pod);
    });
    const owned = withOwners(made, [...others, ...ownersOf(set, condemned)]);
    if (claim === undefined || !jsonEqual(claim.metadata, owned.metadata)) {
      operations.push({ op: "put", object: owned });
    }
  }
  return operations;
}

/** The template's volumes, with the pod's own claim for each claim template. */
export function claimVolumes(set: StatefulSet, spec: PodSpec, pod: string): Partial<PodSpec> {
  const templates = set.spec.volumeClaimTemplates ?? [];
  if (templates.length === 0) return {};
  const { volumes = [] } = spec as { readonly volumes?: readonly { readonly name: string }[] };
  const claimed = templates.map(({ metadata: { name } }) => {
    return { name, persistentVolumeClaim: { claimName: `${name}-${pod}` } };
  });
  const rest = volumes.filter(({ name }) => !claimed.some((volume) => volume.name === name));
  return { volumes: [...claimed, ...rest] } as Partial<PodSpec>;
}

function ownersOf(set: StatefulSet, condemned: Pod | undefined): OwnerReference[] {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (condemned !== undefined && whenScaled === "Delete") return [controllerReference(condemned)];
  return whenDeleted === "Delete" ? [controllerReference(set)] : [];
}

function claimFrom(
  { metadata: { namespace = "" }, spec }: StatefulSet,
  template: KubernetesObject,
  pod: string,
): KubernetesObject {
  const { name, annotations } = template.metadata;
  return applyDefaults({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: `${name}-${pod}`,
      namespace,
      labels: { ...template.metadata.labels, ...spec.selector.matchLabels },
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: template.spec,
    status: { phase: "Pending" },
  });
}

function withOwners<T extends KubernetesObject | PersistentVolumeClaim>(
  claim: T,
  owners: readonly OwnerReference[],
): T {
  const { ownerReferences: _, ...metadata } = claim.metadata;
  return {
    ...claim,
    metadata: owners.length === 0 ? metadata : { ...metadata, ownerReferences: owners },
  };
}
