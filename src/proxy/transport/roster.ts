/** What a {@link Roster} can hold, one at a time. */
export interface Enlisted {
  /** Where it stands in its roster, which alone sets it; {@link NOWHERE} while it is in none. */
  slot: number;
}

export const NOWHERE = -1;

/**
 * What is under way: requests, connections. It serves for a Set whose members come and go thousands of times a second.
 * V8 replaces the table of such a Set over and over, and each table that it gave up refers to the next one and to what
 * was a member at the time: once one of them is in the old generation, its collector of young objects takes all that
 * followed for alive and copies it, which was a quarter of what a request allocates.
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

  /** Does nothing when it is not there. */
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
   * From the last one to the first, as the last one takes the place of one that is deleted: members may come and go
   * meanwhile, and those that stay are visited, one that was moved perhaps twice.
   */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let slot = this.#members.length - 1; slot >= 0; slot--) {
      const member = this.#members[slot];
      if (member !== undefined) yield member;
    }
  }
}
