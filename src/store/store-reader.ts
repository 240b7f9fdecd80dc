import type { KnownKind, KnownKinds } from "../objects/known-kinds.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { ListOptions } from "./selection.ts";

export type { ListOptions };

/** Read access to the one place where objects live. Objects that come out are never mutated. */
export interface StoreReader {
  /** Grows with every change; equal numbers mean an equal state. */
  readonly resourceVersion: number;

  /** The object, in its newest version. Its namespace is empty where its kind has none. */
  get<K extends KnownKind>(kind: K, namespace: string, name: string): KnownKinds[K] | undefined;
  /** The object, in its newest version. Its namespace is empty where its kind has none. */
  get(kind: string, namespace: string, name: string): KubernetesObject | undefined;

  /**
   * Objects of a kind in order of creation, namespace by namespace.
   * @throws UnsupportedFieldError
   */
  list<K extends KnownKind>(kind: K, options?: ListOptions): KnownKinds[K][];
  /** Objects of a kind in order of creation, namespace by namespace. */
  list(kind: string, options?: ListOptions): KubernetesObject[];

  /** How many objects of a kind there are, in one namespace or in all. */
  count(kind: string, namespace?: string): number;

  /** Objects of any kind whose ownerReferences name this uid, in order of creation. */
  dependents(uid: string): KubernetesObject[];

  /** groupKinds of which there is at least one object. */
  kinds(): string[];
}

/** For those who look objects up and list them, wherever they stand. */
export type ObjectReader = Pick<StoreReader, "get" | "list">;
