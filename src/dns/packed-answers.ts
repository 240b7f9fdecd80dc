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
}

/** One in so many hits counts as a use: marking each costs more than finding it, and changes little. */
const SAMPLE = 16;

/**
 * Answers ready to be sent again for the same request. They can't be stale: what a change touches is
 * dropped while it is applied.
 */
export class PackedAnswers {
  /** What is looked in; {@link #recency} bounds it. One look-up in one table is all that most hits cost. */
  readonly #answers = new Map<string, KeptAnswer>();
  readonly #recency: LRUCache<string, ReadonlySet<Topic>>;
  readonly #requests = new Map<Topic, Set<string>>();
  #hits = 0;

  constructor(max: number) {
    this.#recency = new LRUCache({
      max,
      dispose: (topics, request) => this.#forget(request, topics),
    });
  }

  get(request: string): KeptAnswer | undefined {
    const answer = this.#answers.get(request);
    this.#hits = (this.#hits + 1) % SAMPLE;
    if (this.#hits === 0 && answer !== undefined) this.#recency.get(request);
    return answer;
  }

  set(request: string, answer: PackedAnswer, topics: ReadonlySet<Topic>): void {
    const { bytes, serialAt, addressesAt, addressSize } = answer;
    const text = bytes.toString("latin1");
    this.#recency.set(request, topics);
    this.#answers.set(request, { text, serialAt, addressesAt, addressSize });
    for (const topic of topics) {
      const requests = this.#requests.get(topic);
      if (requests === undefined) this.#requests.set(topic, new Set([request]));
      else requests.add(request);
    }
  }

  drop(topics: ReadonlySet<Topic>): void {
    for (const topic of topics) {
      const requests = this.#requests.get(topic);
      if (requests !== undefined)
        for (const request of [...requests]) this.#recency.delete(request);
    }
  }

  get size(): number {
    return this.#answers.size;
  }

  #forget(request: string, topics: ReadonlySet<Topic>): void {
    this.#answers.delete(request);
    for (const topic of topics) {
      const requests = this.#requests.get(topic);
      requests?.delete(request);
      if (requests?.size === 0) this.#requests.delete(topic);
    }
  }
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
