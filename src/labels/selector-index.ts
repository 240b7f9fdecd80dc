import { type Labels, labelEntries } from "./labels.ts";
import type { Selector } from "./selector.ts";

/**
 * Selectors by what they ask for: finds those that match a label set without trying them all.
 * Adding, replacing and removing take time proportional to the selector.
 */
export class SelectorIndex<K> {
  #selectors = new Map<K, { selector: Selector; buckets: Bucket<K>[] }>();
  #byValue = new Map<string, Map<string, Bucket<K>>>();
  #byKey = new Map<string, Bucket<K>>();
  #rest: Bucket<K> = new Map();

  /** The number of selectors. */
  get size(): number {
    return this.#selectors.size;
  }

  /** Adds a selector; one with the same id is replaced. */
  add(id: K, selector: Selector): void {
    this.replace(id, selector);
  }

  /** Gives an id another selector; an unknown id is added. */
  replace(id: K, selector: Selector): void {
    this.remove(id);
    const buckets = this.#bucketsOf(selector);
    for (const bucket of buckets) bucket.set(id, selector);
    this.#selectors.set(id, { selector, buckets });
  }

  /** Removes a selector; false when there is none. */
  remove(id: K): boolean {
    const entry = this.#selectors.get(id);
    if (!entry) return false;
    this.#selectors.delete(id);
    for (const bucket of entry.buckets) bucket.delete(id);
    return true;
  }

  /** The ids of the selectors that match these labels, in no particular order. */
  matching(labels: Labels): K[] {
    const found: K[] = [];
    const collect = (bucket: Bucket<K> | undefined) => {
      if (!bucket) return;
      for (const [id, selector] of bucket) if (selector.matches(labels)) found.push(id);
    };
    collect(this.#rest);
    for (const [key, value] of labelEntries(labels)) {
      collect(this.#byKey.get(key));
      collect(this.#byValue.get(key)?.get(value));
    }
    return found;
  }

  #bucketsOf(selector: Selector): Bucket<K>[] {
    if (!selector.selectable) return [];
    let key: string | undefined;
    for (const requirement of selector.requirements) {
      switch (requirement.operator) {
        case "=":
        case "==":
        case "in":
          return requirement.values.map((value) => this.#valueBucket(requirement.key, value));
        case "exists":
        case "gt":
        case "lt":
          key ??= requirement.key;
      }
    }
    if (key === undefined) return [this.#rest];
    return [getOrAdd(this.#byKey, key, () => new Map())];
  }

  #valueBucket(key: string, value: string): Bucket<K> {
    const values = getOrAdd(this.#byValue, key, () => new Map<string, Bucket<K>>());
    return getOrAdd(values, value, () => new Map());
  }
}

type Bucket<K> = Map<K, Selector>;

function getOrAdd<A, B>(map: Map<A, B>, key: A, make: () => B): B {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  map.set(key, made);
  return made;
}
