import type { KubernetesObject } from "../objects/object.ts";
import type { Store } from "../store/store.ts";

/** Lists come in the order of their keys, as from etcd. */
export function byKey(a: KubernetesObject, b: KubernetesObject): number {
  const [left, right] = [a.metadata.namespace ?? "", b.metadata.namespace ?? ""];
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : Number(a.metadata.name > b.metadata.name);
}

/**
 * The objects of a kind in the order of their keys. Sorting a hundred thousand takes longer than a page of them, so it is
 * done once for all pages and clients that come before the next change of the kind.
 */
export class KeyOrder {
  readonly #store: Store;
  /** By kind and namespace; the empty one stands for all. */
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
