import type { KubernetesObject } from "../objects/object.ts";
import type { ObjectKey } from "../objects/object-key.ts";

/**
 * One step of a batch.
 *
 * - `put` creates or replaces an object. As at an API server's main endpoint, an object that carries no
 *   `status` keeps the stored one's, and uid and creationTimestamp stay as they were. An object that brings
 *   another uid than the stored one's is another object: the stored one is deleted first.
 * - `status` replaces the status alone; nothing happens when the object is gone.
 * - `touch` has the controllers look at an object again, because something outside the store that they go by
 *   has changed; by itself it changes nothing, and subscribers don't hear of it.
 * - `delete` removes it; nothing happens when it is gone already. Finalizers don't hold it: a caller that
 * respects them   puts the object with a deletionTimestamp, and it goes when the last one is removed by a `put`.
 *
 * A namespaced object that names no namespace is in `default`.
 */
export type Operation =
  | { readonly op: "put"; readonly object: KubernetesObject }
  | { readonly op: "status"; readonly key: ObjectKey; readonly status: unknown }
  | { readonly op: "touch"; readonly key: ObjectKey }
  | { readonly op: "delete"; readonly key: ObjectKey };

/** What a batch did to one object, all controllers' work included. */
export interface Change {
  readonly type: "added" | "modified" | "deleted";
  /** groupKind of the object. */
  readonly kind: string;
  /** The new state; the last one when deleted. */
  readonly object: KubernetesObject;
  /** The state before the batch; absent when added. */
  readonly previous?: KubernetesObject;
}
