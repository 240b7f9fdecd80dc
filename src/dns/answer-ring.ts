import type { TopicClock } from "./topic-clock.ts";
import { copyMessage } from "./wire/message-memory.ts";

/** Offset that stands for "no entry". Offsets count 32-bit words. */
export const NONE = -1;

/** Layout of an entry, in words: a head, one word for each topic, the request without its ID, the answer. */
const NEXT = 0;
const HASH = 1;
/** Length of the request, and in the upper half that of the answer. */
const LENGTHS = 2;
const TAG = 3;
/** When the entry was written, by the clock of topics. */
const TIME = 4;
/** Words of the whole entry, the number of topics, and flags. */
const SIZE = 5;
const HEAD = 6;

const SIZE_MASK = 0xfffff;
const TOPICS_SHIFT = 20;
const TOPICS_MASK = 0xff;
/** Flag: the entry was used since it was written or moved. */
const USED = 1 << 28;
/** Flag: the entry can't be found any more. It was replaced or dropped, or only fills the end of the ring. */
const DEAD = 1 << 29;

const FIRST_WORDS = 16 * 1024;
/** Words for each hash chain: an entry takes about 45. */
const WORDS_OF_CHAIN = 32;
/** Topics for each chain that have a slot of their own. With fewer, changes would drop unrelated answers. */
const TOPICS_OF_CHAIN = 4;
/** An answer may take at most this part of the ring. */
const LARGEST_PART = 8;
/**
 * How many entries in use are moved out of the way of a new one. It bounds the time of a write: after that the oldest
 * is dropped even if it is in use.
 */
const MOVES = 64;

/**
 * A table from requests to answers in one piece of memory; the key is the request's bytes without its ID. With
 * thousands of names most look-ups miss the processor's caches, so all that one needs is contiguous. New entries are
 * written at the head of a ring; where there is no room, the oldest are dropped, except those that were used since:
 * they are written again at the head. Nothing is allocated, and a write takes time proportional to the entry's
 * length.
 */
export class AnswerRing {
  #words: Int32Array;
  #bytes: Buffer;
  /** The newest entry of each hash chain; each entry refers to the next. */
  #chains: Int32Array;
  /** Where the next entry is written. */
  #head = 0;
  /** The oldest entry. */
  #tail = 0;
  /** Words between tail and head, including dropped entries. */
  #taken = 0;
  /** Words of entries that can be found. */
  #live = 0;
  #count = 0;
  readonly #maxWords: number;
  readonly #clock: TopicClock;
  readonly #seed: number;

  /** @param seed 32 random bits: clients that knew them could make requests that all hash to one chain */
  constructor(maxBytes: number, clock: TopicClock, seed = 0) {
    this.#maxWords = Math.max(1, maxBytes >> 2);
    this.#clock = clock;
    this.#seed = seed;
    const words = Math.min(FIRST_WORDS, this.#maxWords);
    this.#words = new Int32Array(words);
    this.#bytes = Buffer.from(this.#words.buffer);
    this.#chains = chainsFor(words, clock);
  }

  /** Entries that can be found. */
  get size(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#words.byteLength + this.#chains.byteLength;
  }

  /** Offset of the entry for a request; {@link NONE} when no valid answer is kept. */
  find(request: Buffer): number {
    const at = this.#entryOf(request, hashOf(request, this.#seed));
    if (at === NONE || !this.#isCurrent(at)) return NONE;
    const words = this.#words;
    const size = words[at + SIZE] as number;
    if ((size & USED) === 0) words[at + SIZE] = size | USED;
    return at;
  }

  /**
   * Keeps an answer; it replaces an older answer to the same request.
   * @param tag a number of the caller's own
   * @param topics hashes of what it depends on
   */
  set(request: Buffer, answer: Uint8Array, tag: number, topics: readonly number[]): void {
    const hash = hashOf(request, this.#seed);
    const old = this.#entryOf(request, hash);
    if (old !== NONE) this.#bury(old);
    const start = HEAD + topics.length + ((request.length - 2 + 3) >> 2);
    const size = start + ((answer.length + 3) >> 2);
    if (size > this.#maxWords / LARGEST_PART || topics.length > TOPICS_MASK) return;
    const at = this.#place(size);
    const words = this.#words;
    words[at + LENGTHS] = request.length | (answer.length << 16);
    words[at + TAG] = tag;
    words[at + TIME] = this.#clock.now;
    words[at + SIZE] = size | (topics.length << TOPICS_SHIFT);
    for (let i = 0; i < topics.length; i++) words[at + HEAD + i] = topics[i] as number;
    request.copy(this.#bytes, (at + HEAD + topics.length) * 4, 2);
    this.#bytes.set(answer, (at + start) * 4);
    this.#enter(at, hash);
  }

  tag(at: number): number {
    return this.#words[at + TAG] as number;
  }

  /** A copy of the answer of an entry. */
  answer(at: number): Uint8Array {
    const words = this.#words;
    const lengths = words[at + LENGTHS] as number;
    const request = at + HEAD + topicsOf(words[at + SIZE] as number);
    return copyMessage(words, request + (((lengths & 0xffff) + 1) >> 2), lengths >>> 16);
  }

  clear(): void {
    this.#chains.fill(NONE);
    this.#head = this.#tail = this.#taken = this.#live = this.#count = 0;
  }

  #entryOf(request: Buffer, hash: number): number {
    const words = this.#words;
    const chains = this.#chains;
    for (let at = chains[hash & (chains.length - 1)] as number; at !== NONE; ) {
      if (words[at + HASH] === hash && this.#isRequest(at, request)) return at;
      at = words[at + NEXT] as number;
    }
    return NONE;
  }

  #isRequest(at: number, request: Buffer): boolean {
    const words = this.#words;
    const length = request.length;
    if (((words[at + LENGTHS] as number) & 0xffff) !== length) return false;
    const bytes = this.#bytes;
    const start = (at + HEAD + topicsOf(words[at + SIZE] as number)) * 4 - 2;
    for (let i = 2; i < length; i++) if (request[i] !== bytes[start + i]) return false;
    return true;
  }

  #isCurrent(at: number): boolean {
    const words = this.#words;
    const clock = this.#clock;
    const time = words[at + TIME] as number;
    if (time === clock.now) return true;
    const end = at + HEAD + topicsOf(words[at + SIZE] as number);
    for (let i = at + HEAD; i < end; i++) {
      if (clock.isTouchedAfter(words[i] as number, time)) return false;
    }
    return true;
  }

  /** Links a written entry into its chain. */
  #enter(at: number, hash: number): void {
    const words = this.#words;
    const chain = hash & (this.#chains.length - 1);
    words[at + NEXT] = this.#chains[chain] as number;
    words[at + HASH] = hash;
    this.#chains[chain] = at;
    this.#live += sizeOf(words[at + SIZE] as number);
    this.#count++;
  }

  /** Unlinks an entry from its chain; its room is reused once it is the oldest. */
  #bury(at: number): void {
    const words = this.#words;
    const chains = this.#chains;
    const chain = (words[at + HASH] as number) & (chains.length - 1);
    const next = words[at + NEXT] as number;
    let before = chains[chain] as number;
    if (before === at) {
      chains[chain] = next;
    } else {
      while (words[before + NEXT] !== at) before = words[before + NEXT] as number;
      words[before + NEXT] = next;
    }
    const size = words[at + SIZE] as number;
    words[at + SIZE] = size | DEAD;
    this.#live -= sizeOf(size);
    this.#count--;
  }

  /** Makes room for so many words at the head. */
  #place(size: number): number {
    for (let moves = 0; ; ) {
      const length = this.#words.length;
      const rest = length - this.#head;
      const needed = rest < size ? rest + size : size;
      if (this.#taken + needed <= length) {
        if (rest < size) this.#fill(rest);
        return this.#take(size);
      }
      if (length < this.#maxWords) this.#renew(needed);
      else if (this.#dropOldest(moves < MOVES)) moves++;
    }
  }

  #take(size: number): number {
    const at = this.#head;
    this.#head = at + size === this.#words.length ? 0 : at + size;
    this.#taken += size;
    return at;
  }

  /** An entry is contiguous: if it doesn't fit before the end of the memory, that rest is skipped. */
  #fill(rest: number): void {
    if (rest === 0) return;
    const at = this.#take(rest);
    // The rest is too short for a head, so its size can't be written; readers recognize it by its offset.
    if (rest > SIZE) this.#words[at + SIZE] = rest | DEAD;
  }

  /** @returns whether the entry was in use and was moved to the head. */
  #dropOldest(mayMove: boolean): boolean {
    const words = this.#words;
    const at = this.#tail;
    const rest = words.length - at;
    const head = rest > SIZE ? (words[at + SIZE] as number) : rest | DEAD;
    const size = sizeOf(head);
    this.#tail = size === rest ? 0 : at + size;
    this.#taken -= size;
    if ((head & DEAD) !== 0) return false;
    const isKept = mayMove && (head & USED) !== 0 && this.#isCurrent(at);
    this.#bury(at);
    if (!isKept) return false;
    const entry = words.slice(at, at + size);
    const before = words.length - this.#head;
    if (before < size) {
      // Skipping the end would take more room than is free.
      if (this.#taken + before + size > words.length) return false;
      this.#fill(before);
    }
    const place = this.#take(size);
    words.set(entry, place);
    words[place + SIZE] = head & ~USED;
    this.#enter(place, words[place + HASH] as number);
    return true;
  }

  /**
   * Copies all valid entries into new memory, of twice the size where most of the old one is in use or soon will be.
   */
  #renew(needed: number): void {
    const old = this.#words;
    const isFull = this.#live + needed > old.length / 2;
    const length = isFull ? Math.min(2 * old.length, this.#maxWords) : old.length;
    let at = this.#tail;
    let left = this.#taken;
    const entries: number[] = [];
    while (left > 0) {
      const rest = old.length - at;
      const head = rest > SIZE ? (old[at + SIZE] as number) : rest | DEAD;
      const size = sizeOf(head);
      if ((head & DEAD) === 0 && this.#isCurrent(at)) entries.push(at);
      left -= size;
      at = size === rest ? 0 : at + size;
    }
    this.#words = new Int32Array(length);
    this.#bytes = Buffer.from(this.#words.buffer);
    this.#chains = chainsFor(length, this.#clock);
    this.clear();
    for (const from of entries) {
      const size = sizeOf(old[from + SIZE] as number);
      const place = this.#take(size);
      this.#words.set(old.subarray(from, from + size), place);
      this.#enter(place, old[from + HASH] as number);
    }
  }
}

function sizeOf(word: number): number {
  return word & SIZE_MASK;
}

function topicsOf(word: number): number {
  return (word >>> TOPICS_SHIFT) & TOPICS_MASK;
}

function chainsFor(words: number, clock: TopicClock): Int32Array {
  const chains = 2 ** Math.ceil(Math.log2(Math.max(1, words / WORDS_OF_CHAIN)));
  clock.growTo(chains * TOPICS_OF_CHAIN);
  return new Int32Array(chains).fill(NONE);
}

/** Hash of all bytes but the ID, four at a time. */
export function hashOf(request: Buffer, seed: number): number {
  let hash = seed ^ request.length;
  let at = 2;
  for (const end = request.length - 3; at < end; at += 4) {
    const word =
      (request[at] as number) |
      ((request[at + 1] as number) << 8) |
      ((request[at + 2] as number) << 16) |
      ((request[at + 3] as number) << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < request.length; at++) hash = Math.imul(hash ^ (request[at] as number), 0x9e3779b1);
  return hash | 0;
}
