/** Stored densely when one slot in this many has a number. */
const DENSE = 16;
/** Stored sparsely again when fewer than one in this many has; far from DENSE, so as not to swing. */
const SPARSE = 64;

/**
 * A number for each slot of an index; 0 for a slot that has none. A typed array when many slots have
 * one, a map when few do, so that memory follows what is stored. All changes take constant time,
 * spread over the changes between two storage forms.
 */
export class SlotNumbers {
  #dense: Int32Array | undefined;
  #sparse = new Map<number, number>();

  /** The number of a slot. */
  get(slot: number): number {
    // An array may be older, and so shorter, than the slot.
    if (this.#dense !== undefined) return this.#dense[slot] ?? 0;
    return this.#sparse.get(slot) ?? 0;
  }

  /** Gives a slot a number; `fit` has made room for it. */
  set(slot: number, value: number): void {
    if (this.#dense !== undefined) this.#dense[slot] = value;
    else if (value === 0) this.#sparse.delete(slot);
    else this.#sparse.set(slot, value);
  }

  /** The numbers by slot when they are stored densely; slots beyond its end have 0. */
  get dense(): Int32Array | undefined {
    return this.#dense;
  }

  /** Chooses the form for `size` numbers, with room for `capacity` slots. */
  fit(size: number, capacity: number): void {
    const dense = this.#dense;
    if (dense === undefined) {
      if (size * DENSE <= capacity) return;
      const made = new Int32Array(capacity);
      for (const [slot, value] of this.#sparse) made[slot] = value;
      this.#dense = made;
      this.#sparse.clear();
    } else if (size * SPARSE < capacity) {
      for (let slot = 0; slot < dense.length; slot++) {
        if (dense[slot] !== 0) this.#sparse.set(slot, dense[slot]!);
      }
      this.#dense = undefined;
    } else if (dense.length < capacity) {
      const made = new Int32Array(capacity);
      made.set(dense);
      this.#dense = made;
    }
  }
}
