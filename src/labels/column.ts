import { testOf } from "./match.ts";
import type { Requirement } from "./requirement.ts";
import { SlotNumbers } from "./slot-numbers.ts";

/** The items that have one value of one key, by slot. */
export interface Posting {
  readonly value: string;
  /** The number that stands for the value in its column; from 1. */
  readonly code: number;
  /** Slots in no order; each item's position here stands in the column. */
  readonly slots: number[];
}

/**
 * One label key of all items in a `LabelIndex`: which value each slot has, and which slots each
 * value has. All changes take constant time.
 *
 * Values stand as small integers, so that a filter compares numbers in a typed array.
 */
export class Column {
  readonly key: string;
  /** The number of slots that have the key. */
  size = 0;
  readonly postings = new Map<string, Posting>();
  /** Postings by their code; the first place and freed ones are empty. */
  readonly #byCode: (Posting | undefined)[] = [undefined];
  readonly #freeCodes: number[] = [];
  readonly #codes = new SlotNumbers();
  readonly #positions = new SlotNumbers();

  constructor(key: string) {
    this.key = key;
  }

  /** The code of the slot's value; 0 when the slot does not have the key. */
  codeAt(slot: number): number {
    return this.#codes.get(slot);
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
      this.#positions.set(slot, posting.slots.length);
      posting.slots.push(slot);
      this.#codes.set(slot, posting.code);
      return;
    }
    const code = this.#freeCodes.pop() ?? this.#byCode.length;
    const made = { value, code, slots: [slot] };
    this.#byCode[code] = made;
    this.postings.set(value, made);
    this.#positions.set(slot, 0);
    this.#codes.set(slot, code);
  }

  /** Takes the key from a slot; nothing happens when it does not have it. */
  drop(slot: number, capacity: number): void {
    const code = this.codeAt(slot);
    if (code === 0) return;
    this.#leave(slot, code);
    this.#codes.set(slot, 0);
    this.#positions.set(slot, 0);
    this.size--;
    this.#fit(capacity);
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
    const codes = this.#codes.dense;
    let kept = 0;
    if (wanted.length > 1 || codes === undefined) {
      const set = new Set(wanted);
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        if (set.has(this.codeAt(slot)) === positive) slots[kept++] = slot;
      }
      return kept;
    }
    const [code = -1] = wanted;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      if (((codes[slot] ?? 0) === code) === positive) slots[kept++] = slot;
    }
    return kept;
  }

  /** Takes the slot out of its posting, by moving the last one into its place. */
  #leave(slot: number, code: number): void {
    const { slots, value } = this.#byCode[code]!;
    const last = slots.pop()!;
    if (last !== slot) {
      const position = this.#positions.get(slot);
      slots[position] = last;
      this.#positions.set(last, position);
    }
    if (slots.length > 0) return;
    this.postings.delete(value);
    this.#byCode[code] = undefined;
    this.#freeCodes.push(code);
  }

  /** Chooses the storage for the present size, with room for `capacity` slots. */
  #fit(capacity: number): void {
    this.#codes.fit(this.size, capacity);
    this.#positions.fit(this.size, capacity);
  }
}
