import { LRUCache } from "lru-cache";
import type { Topic } from "./catalog.ts";

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

interface Kept {
  readonly answer: PackedAnswer;
  readonly topics: ReadonlySet<Topic>;
}

/**
 * Answers ready to be sent again for the same request. They can't be stale: what a change touches is
 * dropped while it is applied.
 */
export class PackedAnswers {
  readonly #kept: LRUCache<string, Kept>;
  readonly #requests = new Map<Topic, Set<string>>();

  constructor(max: number) {
    this.#kept = new LRUCache({
      max,
      dispose: ({ topics }, request) => this.#forget(request, topics),
    });
  }

  get(request: string): PackedAnswer | undefined {
    return this.#kept.get(request)?.answer;
  }

  set(request: string, answer: PackedAnswer, topics: ReadonlySet<Topic>): void {
    this.#kept.set(request, { answer, topics });
    for (const topic of topics) {
      const requests = this.#requests.get(topic);
      if (requests === undefined) this.#requests.set(topic, new Set([request]));
      else requests.add(request);
    }
  }

  drop(topics: ReadonlySet<Topic>): void {
    for (const topic of topics) {
      const requests = this.#requests.get(topic);
      if (requests !== undefined) for (const request of [...requests]) this.#kept.delete(request);
    }
  }

  get size(): number {
    return this.#kept.size;
  }

  #forget(request: string, topics: ReadonlySet<Topic>): void {
    for (const topic of topics) {
      const requests = this.#requests.get(topic);
      requests?.delete(request);
      if (requests?.size === 0) this.#requests.delete(topic);
    }
  }
}

/** A copy to be sent: with the request's ID, the current serial and the addresses in a new order. */
export function refresh(
  answer: PackedAnswer,
  idHigh: number,
  idLow: number,
  serial: number,
  random: () => number,
): Buffer {
  const { bytes, serialAt, addressesAt, addressSize } = answer;
  const copy = Buffer.allocUnsafe(bytes.length);
  bytes.copy(copy);
  copy[0] = idHigh;
  copy[1] = idLow;
  if (serialAt >= 0) copy.writeUInt32BE(serial, serialAt);
  for (let i = addressesAt.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    if (i !== j) swap(copy, addressesAt[i] as number, addressesAt[j] as number, addressSize);
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
