import type { Resource } from "../objects/api-resource.ts";
import type { KubernetesObject } from "../objects/object.ts";

/** Whether a kind has a status that only its subresource writes. */
export function hasStatus({ subresources }: Resource): boolean {
  return subresources.some(({ name }) => name === "status");
}

/** Kinds whose API never counted generations, though they have a spec. */
const UNCOUNTED: ReadonlySet<string> = new Set([
  "Namespace",
  "Node",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Service",
  "ResourceQuota",
  "LimitRange",
]);

/** Whether `metadata.generation` counts changes of the desired state. */
export function hasGeneration(resource: Resource): boolean {
  const { groupKind, definition } = resource;
  // What a CustomResourceDefinition makes is always counted.
  if (definition === "") return true;
  return !UNCOUNTED.has(groupKind) && (hasStatus(resource) || OTHERS.has(groupKind));
}

/** Counted, though they have no status. */
const OTHERS: ReadonlySet<string> = new Set([
  "EndpointSlice.discovery.k8s.io",
  "NetworkPolicy.networking.k8s.io",
  "IngressClass.networking.k8s.io",
]);

/** An object that comes in, without what only the server writes. */
export function withoutSystemFields(
  object: KubernetesObject,
  resource: Resource,
  subresource = "",
): KubernetesObject {
  const {
    uid: _uid,
    resourceVersion: _version,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    ...metadata
  } = object.metadata;
  const { selfLink: _link, ...rest } = metadata as typeof metadata & { selfLink?: unknown };
  const written = { ...object, metadata: rest };
  if (subresource === "status" || !hasStatus(resource)) return written;
  const { status: _, ...without } = written;
  return without;
}
