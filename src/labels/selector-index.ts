import { type Labels, NO_LABELS, type OptionalLabels } from "./labels.ts";
import type { Selector } from "./selector.ts";

/**
 * Selectors by what they ask for: finds those that match a label set without trying them all.
 * Adding, replacing and removing take time proportional to the selector.
 *
 * Each selector waits under one requirement: a value it needs, else a key it needs. Labels are
 * looked up there, so a selector is tried only on labels that meet that one already.
 */
export class SelectorIndex<K> {
  readonly #entries = new Map<K, Entry>();
  readonly #keys = new Map<string, KeyBuckets<K>>();
  /** Selectors that need no key: most label sets match them. */
  readonly #rest: Bucket<K> = new Map();

  /** The number of selectors. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds a selector; one with the same id is replaced. */
  add(id: K, selector: Selector): void {
    this.replace(id, selector);
  }

  /** Gives an id another selector; an unknown id is added. */
  replace(id: K, selector: Selector): void {
    this.remove(id);
    const place = this.#placeOf(selector);
    this.#entries.set(id, { selector, place });
    for (const bucket of this.#bucketsAt(place)) bucket.set(id, selector);
  }

  /** Removes a selector. @returns false when it was not in the index. */
  remove(id: K): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#entries.delete(id);
    for (const bucket of this.#bucketsAt(entry.place)) bucket.delete(id);
    this.#tidy(entry.place);
    return true;
  }

  /** The ids of the selectors that match these labels, in no particular order. */
  matching(given: OptionalLabels): K[] {
    const labels = given ?? NO_LABELS;
    const found: K[] = [];
    collect(this.#rest, labels, found);
    for (const key of Object.keys(labels)) {
      const value = labels[key];
      const buckets = typeof value === "string" ? this.#keys.get(key) : undefined;
      if (!buckets) continue;
      collect(buckets.any, labels, found);
      const bucket = buckets.values.get(value as string);
      if (bucket) collect(bucket, labels, found);
    }
    return found;
  }

  /** The place with the fewest selectors so far; values before keys, and keys before the rest. */
  #placeOf({ requirements, selectable }: Selector): Place {
    if (!selectable) return { kind: "nowhere" };
    let place: Place = { kind: "rest" };
    let best = Number.POSITIVE_INFINITY;
    for (const { key, operator, values } of requirements) {
      const buckets = this.#keys.get(key);
      if (operator === "=" || operator === "==" || operator === "in") {
        let cost = values.length - 1;
        for (const value of values) cost += buckets?.values.get(value)?.size ?? 0;
        // Among equals, the key with more values tells more label sets apart.
        cost -= 1 - 1 / (2 + (buckets?.values.size ?? 0));
        if (place.kind === "values" && cost >= best) continue;
        place = { kind: "values", key, values };
        best = cost;
      } else if (operator === "exists" || operator === "gt" || operator === "lt") {
        const cost = buckets?.any.size ?? 0;
        if (place.kind === "values" || (place.kind === "key" && cost >= best)) continue;
        place = { kind: "key", key };
        best = cost;
      }
    }
    return place;
  }

  #bucketsAt(place: Place): Bucket<K>[] {
    if (place.kind === "nowhere") return [];
    if (place.kind === "rest") return [this.#rest];
    const buckets = getOrAdd(this.#keys, place.key, () => ({ any: new Map(), values: new Map() }));
    if (place.kind === "key") return [buckets.any];
    return place.values.map((value) => getOrAdd(buckets.values, value, () => new Map()));
  }

  /** Lets go of buckets that have become empty. */
  #tidy(place: Place): void {
    if (place.kind !== "values" && place.kind !== "key") return;
    const buckets = this.#keys.get(place.key)!;
    for (const value of place.kind === "values" ? place.values : []) {
      if (buckets.values.get(value)?.size === 0) buckets.values.delete(value);
    }
    if (buckets.any.size + buckets.values.size === 0) this.#keys.delete(place.key);
  }
}

/** Where a selector waits. */
type Place =
  | { readonly kind: "values"; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "rest" }
  | { readonly kind: "nowhere" };

type Bucket<K> = Map<K, Selector>;

interface Entry {
  readonly selector: Selector;
  readonly place: Place;
}

interface KeyBuckets<K> {
  /** Selectors that need the key with any value, or within bounds. */
  readonly any: Bucket<K>;
  readonly values: Map<string, Bucket<K>>;
}

function collect<K>(bucket: Bucket<K>, labels: Labels, found: K[]): void {
  for (const [id, selector] of bucket) if (selector.matches(labels)) found.push(id);
}

function getOrAdd<A, B>(map: Map<A, B>, key: A, make: () => B): B {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const made = make();
  map.set(key, made);
  return made;
}
