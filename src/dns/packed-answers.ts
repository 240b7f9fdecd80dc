import { LRUCache } from "lru-cache";
import type { Topic } from "./catalog.ts";
import type { SliceableBuffer } from "./wire/name.ts";

/** An answer in wire form, and the places in it that change from one sending to the next. */
export interface PackedAnswer {
  readonly bytes: Buffer;
  /** Where a SOA's serial stands, or -1. */
  readonly serialAt: number;
  /** Where the addresses of the answer section stand; they are shuffled. Empty for fewer than two. */
  readonly addressesAt: readonly number[];
  /** 4 or 16 bytes. */
  readonly addressSize: number;
}

/** Kept as text, one character a byte: a small object of the heap, where a Buffer is several. */
export interface KeptAnswer extends Omit<PackedAnswer, "bytes"> {
  readonly text: string;
  /** What was asked, all but the ID. */
  readonly request: string;
}

/** One in so many hits counts as a use: marking each costs more than finding it, and changes little. */
const SAMPLE = 16;

/**
 * Answers ready to be sent again for the same request. They can't be stale: what a change touches is
 * dropped while it is applied.
 */
export class PackedAnswers {
  /**
   * By the hash of the request; of two requests with one hash the later is kept. {@link #recency} bounds
   * it, but is not in the way of a hit: one look-up in one table is all that most cost.
   */
  readonly #answers = new Map<number, KeptAnswer>();
  readonly #recency: LRUCache<number, ReadonlySet<Topic>>;
  readonly #hashes = new Map<Topic, Set<number>>();
  #hits = 0;

  constructor(max: number) {
    this.#recency = new LRUCache({ max, dispose: (topics, hash) => this.#forget(hash, topics) });
  }

  /** The answer to the same bytes, whatever their ID. */
  get(request: Buffer): KeptAnswer | undefined {
    const hash = hashOf(request);
    const answer = this.#answers.get(hash);
    if (answer === undefined || !isRequest(request, answer.request)) return undefined;
    this.#hits = (this.#hits + 1) % SAMPLE;
    if (this.#hits === 0) this.#recency.get(hash);
    return answer;
  }

  set(request: Buffer, answer: PackedAnswer, topics: ReadonlySet<Topic>): void {
    const { bytes, serialAt, addressesAt, addressSize } = answer;
    const hash = hashOf(request);
    const text = bytes.toString("latin1");
    const asked = request.toString("latin1", 2);
    this.#recency.set(hash, topics);
    this.#answers.set(hash, { text, request: asked, serialAt, addressesAt, addressSize });
    for (const topic of topics) {
      const hashes = this.#hashes.get(topic);
      if (hashes === undefined) this.#hashes.set(topic, new Set([hash]));
      else hashes.add(hash);
    }
  }

  drop(topics: ReadonlySet<Topic>): void {
    for (const topic of topics) {
      const hashes = this.#hashes.get(topic);
      if (hashes !== undefined) for (const hash of [...hashes]) this.#recency.delete(hash);
    }
  }

  get size(): number {
    return this.#answers.size;
  }

  #forget(hash: number, topics: ReadonlySet<Topic>): void {
    this.#answers.delete(hash);
    for (const topic of topics) {
      const hashes = this.#hashes.get(topic);
      hashes?.delete(hash);
      if (hashes?.size === 0) this.#hashes.delete(topic);
    }
  }
}

/** Of all bytes but the ID, four at a time. */
function hashOf(request: Buffer): number {
  let hash = request.length;
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

function isRequest(bytes: Buffer, text: string): boolean {
  const size = text.length;
  if (bytes.length !== size + 2) return false;
  for (let i = 0; i < size; i++) if (bytes[i + 2] !== text.charCodeAt(i)) return false;
  return true;
}

/** A copy to be sent: with the request's ID, the current serial and the addresses in a new order. */
export function refresh(
  answer: KeptAnswer,
  idHigh: number,
  idLow: number,
  serial: number,
  random: () => number,
): Buffer {
  const { text, serialAt, addressesAt } = answer;
  const copy = Buffer.allocUnsafe(text.length) as SliceableBuffer;
  copy.latin1Write(text, 0, text.length);
  copy[0] = idHigh;
  copy[1] = idLow;
  if (serialAt >= 0) copy.writeUInt32BE(serial, serialAt);
  for (let i = addressesAt.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    if (i !== j) swap(copy, addressesAt[i] as number, addressesAt[j] as number, answer.addressSize);
  }
  return copy;
}

function swap(bytes: Buffer, a: number, b: number, size: number): void {
  for (let i = 0; i < size; i++) {
    const byte = bytes[a + i] as number;
    bytes[a + i] = bytes[b + i] as number;
    bytes[b + i] = byte;
  }
}
