import type { KubernetesObject } from "../objects/object.ts";

/**
 * Objects of one kind by the addresses they have. Made by the first question for an address, and kept up
 * to date from then on: most programs never ask for names by address.
 */
export class AddressIndex<T extends KubernetesObject> {
  readonly #addressesOf: (object: T) => Iterable<string>;
  readonly #list: () => readonly T[];
  #objects: Map<string, T[]> | undefined;

  /**
   * @param addressesOf may name an address more than once.
   * @param list all objects there are.
   */
  constructor(addressesOf: (object: T) => Iterable<string>, list: () => readonly T[]) {
    this.#addressesOf = addressesOf;
    this.#list = list;
  }

  with(address: string): readonly T[] {
    if (this.#objects === undefined) {
      this.#objects = new Map();
      for (const object of this.#list()) this.change(undefined, object);
    }
    return this.#objects.get(address) ?? NONE;
  }

  /**
   * Puts an object in the place of its former state.
   * @returns the addresses of both; none as long as nobody has asked for any.
   */
  change(before: T | undefined, after: T | undefined): Iterable<string> {
    const objects = this.#objects;
    if (objects === undefined) return NONE;
    const old = new Set(before === undefined ? NONE : this.#addressesOf(before));
    const all = new Set(old);
    for (const address of after === undefined ? NONE : this.#addressesOf(after)) {
      all.add(address);
      const list = objects.get(address);
      const at = list === undefined ? -1 : placeOf(after as T, list);
      if (list === undefined) objects.set(address, [after as T]);
      else if (at < 0) list.push(after as T);
      else list[at] = after as T;
      old.delete(address);
    }
    for (const address of old) {
      const list = objects.get(address) ?? [];
      const at = placeOf(before as T, list);
      if (at >= 0) list.splice(at, 1);
      if (list.length === 0) objects.delete(address);
    }
    return all;
  }
}

const NONE: readonly never[] = [];

/** Where an object stands, in whatever state. */
function placeOf<T extends KubernetesObject>({ metadata }: T, list: readonly T[]): number {
  return list.findIndex(
    (other) =>
      other.metadata.name === metadata.name && other.metadata.namespace === metadata.namespace,
  );
}
