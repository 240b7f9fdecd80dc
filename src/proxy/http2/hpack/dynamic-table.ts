import { STATIC_TABLE } from "./static-table.ts";

export interface Entry {
  readonly name: string;
  readonly value: string;
}

/** Overhead that is counted for each entry (RFC 7541 section 4.1). */
const OVERHEAD = 32;

/** The initial size of tables. */
export const DEFAULT_TABLE_SIZE = 4_096;

/**
 * The table of fields that one side of a connection adds to and the other follows, newest first (RFC 7541 section
 * 2.3.2).
 */
export class DynamicTable {
  /** Oldest first; those before {@link #first} were evicted. */
  #entries: Entry[] = [];
  #first = 0;
  #size = 0;
  #maxSize = DEFAULT_TABLE_SIZE;
  readonly #onEvicted: ((entry: Entry) => void) | undefined;

  constructor(onEvicted?: (entry: Entry) => void) {
    this.#onEvicted = onEvicted;
  }

  /** How many entries were ever added; the newest has this number. */
  inserted = 0;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** @param index from 1 on, the static table first. @returns undefined when there is no such entry. */
  at(index: number): Entry | undefined {
    const own = index - STATIC_ENTRIES.length;
    return own < 0 ? STATIC_ENTRIES[index] : this.#own(own);
  }

  /** @param age 0 for the newest. */
  #own(age: number): Entry | undefined {
    return age < this.length ? this.#entries[this.#entries.length - 1 - age] : undefined;
  }

  hasRoomFor(name: string, value: string): boolean {
    return entrySize(name, value) <= this.#maxSize;
  }

  insert(name: string, value: string): void {
    const size = entrySize(name, value);
    this.#shrinkTo(this.#maxSize - size);
    // An entry larger than the whole table empties it and is not added.
    if (size > this.#maxSize) return;
    this.#entries.push({ name, value });
    this.#size += size;
    this.inserted++;
  }

  resize(maxSize: number): void {
    this.#maxSize = maxSize;
    this.#shrinkTo(maxSize);
  }

  #shrinkTo(size: number): void {
    while (this.#size > size && this.length > 0) {
      const entry = this.#entries[this.#first++] as Entry;
      this.#size -= entrySize(entry.name, entry.value);
      this.#onEvicted?.(entry);
    }
    if (this.#first <= this.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}

function entrySize(name: string, value: string): number {
  return name.length + value.length + OVERHEAD;
}

/** Index 0 does not exist. */
const STATIC_ENTRIES: readonly (Entry | undefined)[] = [
  undefined,
  ...STATIC_TABLE.map(([name, value]) => ({ name, value })),
];
