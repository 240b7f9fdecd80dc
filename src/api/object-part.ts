import type { Resource } from "../objects/api-resource.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { checkAdded, EPHEMERAL_CONTAINERS, withAdded } from "./ephemeral-containers.ts";
import { checkResize, onlyResources, RESIZE, withResources } from "./pod-resize.ts";

/** A subresource that shows the whole object and changes one part of it. */
export interface ObjectPart {
  /** The present object with that part of the given one. */
  take(current: KubernetesObject, given: KubernetesObject): KubernetesObject;
  /** The part of an applied object that can be owned through this subresource; default: all. */
  reset?(given: KubernetesObject): KubernetesObject;
  /** @throws StatusError for a change that is not allowed */
  check?(current: KubernetesObject, next: KubernetesObject, resource: Resource): void;
}

/** By the names of their endpoints. */
const OBJECT_PARTS: Readonly<Record<string, ObjectPart>> = {
  status: { take: withStatus, reset: onlyStatus },
  [EPHEMERAL_CONTAINERS]: { take: withAdded, check: checkAdded },
  [RESIZE]: { take: withResources, reset: onlyResources, check: checkResize },
};

/** @returns undefined for a subresource with another representation, and for the object itself */
export function objectPart(subresource: string): ObjectPart | undefined {
  return Object.hasOwn(OBJECT_PARTS, subresource) ? OBJECT_PARTS[subresource] : undefined;
}

function withStatus(current: KubernetesObject, given: KubernetesObject): KubernetesObject {
  const { managedFields } = given.metadata;
  const metadata = { ...current.metadata, ...(managedFields !== undefined && { managedFields }) };
  return { ...current, metadata, status: given.status };
}

function onlyStatus({ apiVersion, kind, metadata, status }: KubernetesObject): KubernetesObject {
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) }, status };
}
