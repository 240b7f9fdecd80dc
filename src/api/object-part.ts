import type { Resource } from "../objects/api-resource.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { checkAdded, EPHEMERAL_CONTAINERS, withAdded } from "./ephemeral-containers.ts";
import { checkResize, onlyResources, RESIZE, withResources } from "./pod-resize.ts";

/** An endpoint below an object that shows all of the object and writes a part of it. */
export interface ObjectPart {
  /** The object as it is, with the part that another one has. */
  take(current: KubernetesObject, given: KubernetesObject): KubernetesObject;
  /** What of an object somebody who applies it here can own; default: all. */
  reset?(given: KubernetesObject): KubernetesObject;
  /** @throws StatusError for a change of the part that is not allowed */
  check?(current: KubernetesObject, next: KubernetesObject, resource: Resource): void;
}

/** By the names of their endpoints. */
const OBJECT_PARTS: Readonly<Record<string, ObjectPart>> = {
  status: { take: withStatus, reset: onlyStatus },
  [EPHEMERAL_CONTAINERS]: { take: withAdded, check: checkAdded },
  [RESIZE]: { take: withResources, reset: onlyResources, check: checkResize },
};

/** @returns undefined for an endpoint that shows something else, and for the object's own */
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
