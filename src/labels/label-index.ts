import { Column } from "./column.ts";
import { type Labels, NO_LABELS, type OptionalLabels } from "./labels.ts";
import { type LiveQuery, LiveResult } from "./live-query.ts";
import { testOf } from "./match.ts";
import type { Requirement } from "./requirement.ts";
import type { Selector } from "./selector.ts";
import { SelectorIndex } from "./selector-index.ts";
import { Shape } from "./shape.ts";

/**
 * Items by their labels: finds what a selector selects by its shortest posting list instead of a
 * scan. Adding, replacing and removing take time proportional to the item's labels. The labels are
 * copied, so a caller may change its own.
 */
export class LabelIndex<K> {
  readonly #slotOf = new Map<K, number>();
  readonly #ids: (K | undefined)[] = [];
  readonly #shapes: (Shape | undefined)[] = [];
  readonly #free: number[] = [];
  #capacity = 64;
  readonly #columns = new Map<string, Column>();
  readonly #root = new Shape();
  readonly #live = new SelectorIndex<LiveResult<K>>();

  /** The number of items. */
  get size(): number {
    return this.#slotOf.size;
  }

  /** Adds an item; one with the same id is replaced. */
  add(id: K, labels: OptionalLabels): void {
    this.replace(id, labels);
  }

  /** Gives an item new labels; an unknown id is added. */
  replace(id: K, given: OptionalLabels): void {
    const labels = given ?? NO_LABELS;
    const slot = this.#slotOf.get(id);
    const watched = this.#live.size > 0;
    const before = watched && slot !== undefined ? this.#labelsAt(slot) : undefined;
    this.#write(slot ?? this.#take(id), labels);
    if (watched) this.#notify(id, before, labels);
  }

  /** Removes an item. @returns false when it was not in the index. */
  remove(id: K): boolean {
    const slot = this.#slotOf.get(id);
    if (slot === undefined) return false;
    const before = this.#live.size > 0 ? this.#labelsAt(slot) : undefined;
    this.#write(slot, {});
    this.#shapes[slot]!.release();
    this.#shapes[slot] = undefined;
    this.#ids[slot] = undefined;
    this.#slotOf.delete(id);
    this.#free.push(slot);
    if (before) this.#notify(id, before, undefined);
    return true;
  }

  /** The ids of the selected items, in no particular order. */
  select(selector: Selector): K[] {
    const slots = this.#slotsOf(selector);
    const found = new Array<K>(slots.length);
    for (let i = 0; i < slots.length; i++) found[i] = this.#ids[slots[i]!] as K;
    return found;
  }

  /** How many items a selector selects. */
  count(selector: Selector): number {
    const { requirements, selectable } = selector;
    const [only] = requirements;
    if (!selectable) return 0;
    if (!only) return this.size;
    if (requirements.length > 1 || !isPositive(only)) return this.#slotsOf(selector).length;
    let count = 0;
    for (const slots of this.#postingsOf(only)) count += slots.length;
    return count;
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

  #take(id: K): number {
    const slot = this.#free.pop() ?? this.#ids.length;
    if (slot >= this.#capacity) this.#capacity *= 2;
    this.#ids[slot] = id;
    this.#slotOf.set(id, slot);
    return slot;
  }

  #write(slot: number, labels: Labels): void {
    const before = this.#shapes[slot];
    let shape = this.#root;
    for (const key of Object.keys(labels)) {
      const value = labels[key];
      if (typeof value !== "string") continue;
      let column = this.#columns.get(key);
      if (!column) {
        column = new Column(key);
        this.#columns.set(key, column);
      }
      column.put(slot, value, this.#capacity);
      shape = shape.with(column);
    }
    if (shape === before) return;
    shape.acquire();
    this.#shapes[slot] = shape;
    if (!before) return;
    for (const column of before.columns()) {
      if (typeof labels[column.key] === "string") continue;
      column.drop(slot, this.#capacity);
      if (column.size === 0) this.#columns.delete(column.key);
    }
    before.release();
  }

  #labelsAt(slot: number): Labels {
    const columns = [...(this.#shapes[slot]?.columns() ?? [])];
    return Object.fromEntries(columns.map((column) => [column.key, column.valueAt(slot) ?? ""]));
  }

  #slotsOf(selector: Selector): number[] {
    if (!selector.selectable) return [];
    const driver = this.#cheapest(selector.requirements);
    const slots = driver ? this.#slotsIn(driver) : [...this.#slotOf.values()];
    let count = slots.length;
    for (const requirement of selector.requirements) {
      if (count === 0) return [];
      if (requirement === driver) continue;
      const column = this.#columns.get(requirement.key);
      if (column) count = column.filter(slots, count, requirement);
      else if (isPositive(requirement)) return [];
    }
    slots.length = count;
    return slots;
  }

  /** The requirement whose postings hold the fewest items; none when each allows absence. */
  #cheapest(requirements: readonly Requirement[]): Requirement | undefined {
    let cheapest: Requirement | undefined;
    let best = Number.POSITIVE_INFINITY;
    for (const requirement of requirements) {
      if (!isPositive(requirement)) continue;
      const cost = this.#costOf(requirement);
      if (cost >= best) continue;
      cheapest = requirement;
      best = cost;
    }
    return cheapest;
  }

  #costOf({ key, operator, values }: Requirement): number {
    const column = this.#columns.get(key);
    if (!column) return 0;
    // How many values are in bounds is not known without trying them.
    if (operator === "exists" || operator === "gt" || operator === "lt") return column.size;
    let cost = 0;
    for (const value of values) cost += column.postings.get(value)?.slots.length ?? 0;
    return cost;
  }

  #slotsIn(requirement: Requirement): number[] {
    const [first, ...more] = this.#postingsOf(requirement);
    const slots = first?.slice() ?? [];
    for (const one of more) for (let i = 0; i < one.length; i++) slots.push(one[i]!);
    return slots;
  }

  /** The postings that hold exactly the items which meet a requirement that needs its key. */
  *#postingsOf(requirement: Requirement): Generator<readonly number[]> {
    const { key, operator, values } = requirement;
    const column = this.#columns.get(key);
    if (!column) return;
    if (operator === "=" || operator === "==" || operator === "in") {
      for (const value of values) {
        const posting = column.postings.get(value);
        if (posting) yield posting.slots;
      }
      return;
    }
    // Each value is tried once, however many items have it.
    const test = testOf(requirement);
    for (const { value, slots } of column.postings.values()) {
      if (test({ [key]: value })) yield slots;
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
}

/** Whether a requirement needs its key to be present. */
function isPositive({ operator }: Requirement): boolean {
  return operator !== "!" && operator !== "!=" && operator !== "notin";
}
