import type { KubernetesObject } from "../objects/object.ts";
import type { Store } from "../store/store.ts";

/** Lists are sorted by key, as in etcd. */
export function byKey(a: KubernetesObject, b: KubernetesObject): number {
  const [left, right] = [a.metadata.namespace ?? "", b.metadata.namespace ?? ""];
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : Number(a.metadata.name > b.metadata.name);
}

/**
 * The objects of a kind, sorted by key. Sorting a hundred thousand takes longer than sending a page of them, so the
 * sorted list is kept for all pages and clients until the kind changes.
 */
export class KeyOrder {
  readonly #store: Store;
  /** By kind and namespace; an empty namespace means all. */
  readonly #sorted = new Map<string, Map<string, readonly KubernetesObject[]>>();

  constructor(store: Store) {
    this.#store = store;
    store.subscribe((changes) => {
      for (const { kind } of changes) this.#sorted.delete(kind);
    });
  }

  /** @param namespace undefined for all */
  list(kind: string, namespace: string | undefined): readonly KubernetesObject[] {
    const ofKind = this.#sorted.get(kind) ?? new Map<string, readonly KubernetesObject[]>();
    this.#sorted.set(kind, ofKind);
    const sorted =
      ofKind.get(namespace ?? "") ??
      this.#store.list(kind, namespace === undefined ? {} : { namespace }).toSorted(byKey);
    ofKind.set(namespace ?? "", sorted);
    return sorted;
  }
}
