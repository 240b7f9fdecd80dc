import type { Topic } from "./catalog.ts";

/** Where times are counted to; then everything starts anew. */
const LAST = 2 ** 31 - 1;
const FIRST_PLACES = 1024;

/**
 * When each topic was touched last, as a count of batches. Topics are known by a hash alone, so that nothing is kept
 * for each: two that share a place are touched together, which costs an answer and never keeps a wrong one.
 */
export class TopicClock {
  #touched = new Int32Array(FIRST_PLACES);
  readonly #seed: number;
  #now: number;

  /** @param seed 32 bits that askers don't know, or they could make many topics share a place */
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

  /** @returns whether time starts anew: everything that was dated is out of date */
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

  /** Makes room for so many topics to have places of their own, most of them. */
  growTo(topics: number): void {
    let touched = this.#touched;
    while (touched.length < topics) {
      // What shared a place has two now, touched when that was.
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
