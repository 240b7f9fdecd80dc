import { testOf } from "./match.ts";
import type { Requirement } from "./requirement.ts";

/** The items that have one value of one key, by slot. */
export interface Posting {
  readonly value: string;
  /** The number that stands for the value in its column; from 1. */
  readonly code: number;
  /** Slots in no order; each item's position here stands in the column. */
  readonly slots: number[];
}

/** A column is stored densely when one slot in this many has a value. */
const DENSE = 16;

/**
 * One label key of all items in a `LabelIndex`: which value each slot has, and which slots each
 * value has. All changes take constant time.
 *
 * Values stand as small integers, so that a filter compares numbers in a typed array. A key that few
 * items have is stored in maps instead, so that memory follows the number of labels.
 */
export class Column {
  readonly key: string;
  /** The number of slots that have the key. */
  size = 0;
  readonly postings = new Map<string, Posting>();
  /** Postings by their code; the first place and freed ones are empty. */
  readonly #byCode: (Posting | undefined)[] = [undefined];
  readonly #freeCodes: number[] = [];
  #capacity = 0;
  #codes: Store = new Map();
  #positions: Store = new Map();

  constructor(key: string) {
    this.key = key;
  }

  /** The code of the slot's value; 0 when the slot does not have the key. */
  codeAt(slot: number): number {
    return read(this.#codes, slot);
  }

  /** The value of a slot, if it has the key. */
  valueAt(slot: number): string | undefined {
    return this.#byCode[this.codeAt(slot)]?.value;
  }

  /** Gives a slot a value; `capacity` is the number of slots that the index has room for. */
  put(slot: number, value: string, capacity: number): void {
    const before = this.codeAt(slot);
    if (before !== 0) {
      if (this.#byCode[before]!.value === value) return;
      this.#leave(slot, before);
    } else {
      this.size++;
      this.#fit(capacity);
    }
    const posting = this.postings.get(value);
    if (posting) {
      write(this.#positions, slot, posting.slots.length);
      posting.slots.push(slot);
      write(this.#codes, slot, posting.code);
      return;
    }
    const code = this.#freeCodes.pop() ?? this.#byCode.length;
    const made = { value, code, slots: [slot] };
    this.#byCode[code] = made;
    this.postings.set(value, made);
    write(this.#positions, slot, 0);
    write(this.#codes, slot, code);
  }

  /** Takes the key from a slot; nothing happens when it does not have it. */
  drop(slot: number): void {
    const code = this.codeAt(slot);
    if (code === 0) return;
    this.#leave(slot, code);
    if (this.#codes instanceof Map) this.#codes.delete(slot);
    else this.#codes[slot] = 0;
    if (this.#positions instanceof Map) this.#positions.delete(slot);
    this.size--;
    this.#fit(this.#capacity);
  }

  /**
   * Keeps those of the first `count` slots that meet a requirement on this key, in place; answers
   * how many there are.
   */
  filter(slots: number[], count: number, requirement: Requirement): number {
    switch (requirement.operator) {
      case "=":
      case "==":
      case "in":
        return this.#keep(slots, count, this.#codesOf(requirement.values), true);
      case "!=":
      case "notin":
        return this.#keep(slots, count, this.#codesOf(requirement.values), false);
      case "exists":
        return this.#keep(slots, count, [0], false);
      case "!":
        return this.#keep(slots, count, [0], true);
      case "gt":
      case "lt":
        return this.#keep(slots, count, this.#codesWithin(slots, count, requirement), true);
    }
  }

  #codesOf(values: readonly string[]): number[] {
    const codes: number[] = [];
    for (const value of values) {
      const posting = this.postings.get(value);
      if (posting) codes.push(posting.code);
    }
    return codes;
  }

  /** The codes among these slots whose value is in bounds; each value is read once. */
  #codesWithin(slots: readonly number[], count: number, requirement: Requirement): number[] {
    const codes = new Set<number>();
    for (let i = 0; i < count; i++) codes.add(this.codeAt(slots[i]!));
    codes.delete(0);
    const test = testOf(requirement);
    return [...codes].filter((code) => test({ [this.key]: this.#byCode[code]!.value }));
  }

  #keep(slots: number[], count: number, wanted: readonly number[], positive: boolean): number {
    const codes = this.#codes;
    let kept = 0;
    if (wanted.length > 1 || codes instanceof Map) {
      const set = new Set(wanted);
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        if (set.has(read(codes, slot)) === positive) slots[kept++] = slot;
      }
      return kept;
    }
    const [code = -1] = wanted;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      // A dense column may be older, and so shorter, than the slot.
      if (((codes[slot] ?? 0) === code) === positive) slots[kept++] = slot;
    }
    return kept;
  }

  /** Takes the slot out of its posting, by moving the last one into its place. */
  #leave(slot: number, code: number): void {
    const { slots, value } = this.#byCode[code]!;
    const last = slots.pop()!;
    if (last !== slot) {
      const position = read(this.#positions, slot);
      slots[position] = last;
      write(this.#positions, last, position);
    }
    if (slots.length > 0) return;
    this.postings.delete(value);
    this.#byCode[code] = undefined;
    this.#freeCodes.push(code);
  }

  /** Chooses the storage for the present size, with room for `capacity` slots. */
  #fit(capacity: number): void {
    this.#capacity = capacity;
    if (this.#codes instanceof Map) {
      if (this.size * DENSE > capacity) this.#store((old) => toArray(old, capacity));
    } else if (this.size * DENSE * 4 < capacity) {
      this.#store(toMap);
    } else if (this.#codes.length < capacity) {
      this.#store((old) => toArray(old, capacity));
    }
  }

  // A position of 0 is not kept in a map, where what is missing reads as 0.
  #store(convert: (old: Store) => Store): void {
    this.#codes = convert(this.#codes);
    this.#positions = convert(this.#positions);
  }
}

type Store = Int32Array | Map<number, number>;

function read(store: Store, slot: number): number {
  return (store instanceof Map ? store.get(slot) : store[slot]) ?? 0;
}

function write(store: Store, slot: number, value: number): void {
  if (store instanceof Map) store.set(slot, value);
  else store[slot] = value;
}

function toArray(old: Store, capacity: number): Int32Array {
  const made = new Int32Array(capacity);
  if (old instanceof Map) for (const [slot, value] of old) made[slot] = value;
  else made.set(old);
  return made;
}

function toMap(old: Store): Map<number, number> {
  const made = new Map<number, number>();
  for (const [slot, value] of (old as Int32Array).entries()) if (value !== 0) made.set(slot, value);
  return made;
}
