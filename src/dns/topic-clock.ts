import type { Topic } from "./catalog.ts";

/** The largest time; after it everything starts anew. */
const LAST = 2 ** 31 - 1;
const FIRST_PLACES = 1024;

/**
 * When each topic was last touched, counted in batches. Only a hash of the topic is kept, in a fixed table: two
 * topics in one slot are touched together, which may drop a valid answer but never keeps a stale one.
 */
export class TopicClock {
  #touched = new Int32Array(FIRST_PLACES);
  readonly #seed: number;
  #now: number;

  /** @param seed 32 random bits: clients that knew them could make many topics share a slot */
  constructor(seed: number, now = 0) {
    this.#seed = seed;
    this.#now = now;
  }

  /** The time after the last batch. */
  get now(): number {
    return this.#now;
  }

  get bytes(): number {
    return this.#touched.byteLength;
  }

  hashesOf(topics: ReadonlySet<Topic>): number[] {
    const hashes: number[] = [];
    for (const topic of topics) hashes.push(hashText(topic, this.#seed));
    return hashes;
  }

  /** @returns whether time starts anew, so that everything with a time is out of date */
  touch(topics: ReadonlySet<Topic>): boolean {
    const starts = this.#now === LAST;
    if (starts) this.#touched.fill(0);
    this.#now = starts ? 1 : this.#now + 1;
    const touched = this.#touched;
    for (const topic of topics)
      touched[hashText(topic, this.#seed) & (touched.length - 1)] = this.#now;
    return starts;
  }

  /** Whether the topic of a hash was touched after a time. */
  isTouchedAfter(hash: number, time: number): boolean {
    return (this.#touched[hash & (this.#touched.length - 1)] as number) > time;
  }

  /** Enlarges the table so that most of so many topics have a slot of their own. */
  growTo(topics: number): void {
    let touched = this.#touched;
    while (touched.length < topics) {
      // Topics that shared a slot get one each, with its time.
      const next = new Int32Array(2 * touched.length);
      next.set(touched);
      next.set(touched, touched.length);
      touched = next;
    }
    this.#touched = touched;
  }
}

function hashText(text: string, seed: number): number {
  let hash = seed ^ text.length;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash | 0;
}
