import { fnv1a } from "./fnv1a.ts";

export interface OffsetAllocatorOptions {
  /** Offsets run from 0 to size − 1. */
  readonly size: number;
  /** The first so many are left to explicit claims as long as anything else is free (P.8). Default 0. */
  readonly staticBand?: number;
  /** Never given out, by name or by claim. */
  readonly excluded?: readonly number[];
}

/**
 * Gives out the offsets of a range, each once. The place for a name is the hash of the name, so the same
 * names get the same places in every run; a name whose place is taken gets the next free one.
 */
export class OffsetAllocator {
  readonly #size: number;
  readonly #staticBand: number;
  readonly #excluded: ReadonlySet<number>;
  readonly #taken = new Set<number>();

  constructor({ size, staticBand = 0, excluded = [] }: OffsetAllocatorOptions) {
    this.#size = size;
    this.#staticBand = Math.min(staticBand, size);
    this.#excluded = new Set(excluded.filter((offset) => offset >= 0 && offset < size));
  }

  /** How many offsets can still be given out. */
  get free(): number {
    return this.#size - this.#excluded.size - this.#taken.size;
  }

  /** Takes one particular offset; false when it is taken, excluded or outside. */
  claim(offset: number): boolean {
    if (!(offset >= 0 && offset < this.#size) || !this.#isFree(offset)) return false;
    this.#taken.add(offset);
    return true;
  }

  /** Takes the offset for a name: in the upper band, then in the static band; undefined when none is free. */
  allocate(name: string): number | undefined {
    if (this.free === 0) return undefined;
    const hash = hashOf(name);
    const offset =
      this.#probe(hash, this.#staticBand, this.#size) ?? this.#probe(hash, 0, this.#staticBand);
    if (offset !== undefined) this.#taken.add(offset);
    return offset;
  }

  release(offset: number): void {
    this.#taken.delete(offset);
  }

  #probe(hash: number, from: number, to: number): number | undefined {
    const length = to - from;
    for (let i = 0; i < length; i++) {
      const offset = from + ((hash + i) % length);
      if (this.#isFree(offset)) return offset;
    }
    return undefined;
  }

  #isFree(offset: number): boolean {
    return !this.#taken.has(offset) && !this.#excluded.has(offset);
  }
}

/** 53 bits that are well spread over short names. */
function hashOf(name: string): number {
  return (fnv1a(name, 0x9e3779b1) & 0x1fffff) * 0x1_0000_0000 + fnv1a(name, 0x85ebca77);
}
