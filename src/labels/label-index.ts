import { type Labels, labelEntries } from "./labels.ts";
import { type LiveQuery, LiveResult } from "./live-query.ts";
import type { Requirement } from "./requirement.ts";
import type { Selector } from "./selector.ts";
import { SelectorIndex } from "./selector-index.ts";

/**
 * Items by their labels: finds what a selector selects by its shortest posting list instead of a
 * scan. Adding, replacing and removing take time proportional to the item's labels.
 */
export class LabelIndex<K> {
  #labels = new Map<K, Labels>();
  #keys = new Map<string, Posting<K>>();
  #live = new SelectorIndex<LiveResult<K>>();

  /** The number of items. */
  get size(): number {
    return this.#labels.size;
  }

  /** Adds an item; one with the same id is replaced. The labels are copied. */
  add(id: K, labels: Labels): void {
    this.replace(id, labels);
  }

  /** Gives an item new labels; an unknown id is added. */
  replace(id: K, labels: Labels): void {
    const before = this.#labels.get(id);
    if (before) this.#withdraw(id, before);
    this.#insert(id, labels);
    if (this.#live.size > 0) this.#notify(id, before, labels);
  }

  /** Removes an item; false when there is none. */
  remove(id: K): boolean {
    const labels = this.#labels.get(id);
    if (!labels) return false;
    this.#withdraw(id, labels);
    if (this.#live.size > 0) this.#notify(id, labels, undefined);
    return true;
  }

  /** The ids of the selected items, in no particular order. */
  select(selector: Selector): K[] {
    const found: K[] = [];
    if (!selector.selectable) return found;
    for (const ids of this.#candidates(selector)) {
      for (const id of ids) if (selector.matches(this.#labels.get(id)!)) found.push(id);
    }
    return found;
  }

  /** How many items a selector selects. */
  count(selector: Selector): number {
    return this.select(selector).length;
  }

  /**
   * The result of a selector, kept up to date with events for what comes and goes. A change costs
   * time for the queries that select the item before or after it, not for all of them.
   */
  liveQuery(selector: Selector): LiveQuery<K> {
    const query = new LiveResult<K>(selector, this.select(selector), (one) => {
      this.#live.remove(one);
    });
    this.#live.add(query, selector);
    return query;
  }

  #insert(id: K, labels: Labels): void {
    const copy: Record<string, string> = Object.create(null);
    for (const [key, value] of labelEntries(labels)) {
      copy[key] = value;
      let posting = this.#keys.get(key);
      if (!posting) {
        posting = { ids: new Set(), values: new Map() };
        this.#keys.set(key, posting);
      }
      posting.ids.add(id);
      const ids = posting.values.get(value);
      if (ids) ids.add(id);
      else posting.values.set(value, new Set([id]));
    }
    this.#labels.set(id, copy);
  }

  #withdraw(id: K, labels: Labels): void {
    this.#labels.delete(id);
    for (const [key, value] of labelEntries(labels)) {
      const posting = this.#keys.get(key)!;
      posting.ids.delete(id);
      if (posting.ids.size === 0) this.#keys.delete(key);
      const ids = posting.values.get(value)!;
      ids.delete(id);
      if (ids.size === 0) posting.values.delete(value);
    }
  }

  #notify(id: K, before: Labels | undefined, after: Labels | undefined): void {
    const now = new Set(after ? this.#live.matching(after) : []);
    const gone = before ? this.#live.matching(before).filter((query) => !now.has(query)) : [];
    // All results are brought up to date before the first listener can look at one.
    const left = gone.filter((query) => query.update(id, false));
    const come = [...now].filter((query) => query.update(id, true));
    for (const query of left) query.emit("removed", id);
    for (const query of come) query.emit("added", id);
  }

  #candidates(selector: Selector): Iterable<K>[] {
    let best: Iterable<K>[] = [this.#labels.keys()];
    let cost = this.#labels.size;
    for (const requirement of selector.requirements) {
      const sets = this.#postings(requirement);
      if (!sets) continue;
      const size = sets.reduce((sum, ids) => sum + ids.size, 0);
      if (size < cost) [best, cost] = [sets, size];
    }
    return best;
  }

  /** The disjoint sets that hold every item which meets the requirement; none if it may be absent. */
  #postings({ key, operator, values }: Requirement): ReadonlySet<K>[] | undefined {
    if (operator === "!" || operator === "!=" || operator === "notin") return undefined;
    const posting = this.#keys.get(key);
    if (!posting) return [];
    if (operator === "exists" || operator === "gt" || operator === "lt") return [posting.ids];
    return values.flatMap((value) => posting.values.get(value) ?? []);
  }
}

interface Posting<K> {
  readonly ids: Set<K>;
  readonly values: Map<string, Set<K>>;
}
