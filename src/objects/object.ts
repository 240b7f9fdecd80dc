/** A string map as Kubernetes writes labels and annotations. Keys may be any text, `__proto__` included. */
export type StringMap = Readonly<Record<string, string>>;

/** metadata.ownerReferences[]: the object that made this one, and with which it is deleted. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** The metadata that every object has. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped kinds; the store never holds a namespaced object without it. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly generation?: number;
  /** Written by the store on every change; opaque to everyone else. */
  readonly resourceVersion?: string;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  /** RFC 3339; set while the object is terminating. */
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly ownerReferences?: readonly OwnerReference[];
  /**
   * Work to be done before a deleted object may be removed; each entry is removed by the controller that did the
   * work.
   */
  readonly finalizers?: readonly string[];
  /** Which manager owns which fields (server-side apply). */
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** metadata.managedFields[]: the fields that one manager wrote. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: unknown;
  readonly subresource?: string;
}

/**
 * What every Kubernetes object has. Objects are plain JSON and never changed once they are in the store; unknown
 * fields are kept and printed.
 */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** The API group of an apiVersion: `apps/v1` → `apps`, `v1` → `` (the core group). */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** `Deployment.apps`, `Pod`: kind and group without version, as kubectl accepts it in `get`. */
export function groupKind(apiVersion: string, kind: string): string {
  const group = groupOf(apiVersion);
  return group === "" ? kind : `${kind}.${group}`;
}

/** {@link groupKind} of an object. */
export function groupKindOf(object: KubernetesObject): string {
  return groupKind(object.apiVersion, object.kind);
}

/** The controlling owner, if any (at most one reference has `controller: true`). */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}
