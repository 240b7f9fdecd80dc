/** A member of a {@link Roster}; it can be in one roster at a time. */
export interface Enlisted {
  /** Its index in the roster, which alone sets it; {@link NOWHERE} while it is in none. */
  slot: number;
}

export const NOWHERE = -1;

/**
 * The requests or connections in progress. It replaces a Set, for members that come and go thousands of times a
 * second: V8 keeps reallocating the table of such a Set, and each old table refers to the next one and to the members
 * of its time. Once one of them is in the old generation, the garbage collector of young objects treats all that
 * followed as alive and copies it; that was a quarter of what a request allocates.
 */
export class Roster<T extends Enlisted> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: T): void {
    if (member.slot !== NOWHERE) throw new Error("a member of one roster can't be in another");
    member.slot = this.#members.length;
    this.#members.push(member);
  }

  /** Does nothing when it is not a member. */
  delete(member: T): void {
    const { slot } = member;
    if (this.#members[slot] !== member) return;
    const last = this.#members.pop() as T;
    if (last !== member) {
      this.#members[slot] = last;
      last.slot = slot;
    }
    member.slot = NOWHERE;
  }

  /**
   * Visits from the last to the first, since a deleted member is replaced by the last one. Members may come and go
   * meanwhile; those that stay are visited, one that was moved perhaps twice.
   */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let slot = this.#members.length - 1; slot >= 0; slot--) {
      const member = this.#members[slot];
      if (member !== undefined) yield member;
    }
  }
}
