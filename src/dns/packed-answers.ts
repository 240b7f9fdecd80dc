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

interface KeptAnswer extends PackedAnswer {
  readonly topics: ReadonlySet<Topic>;
}

/** One in so many hits counts as a use: marking each costs more than finding it, and changes little. */
const SAMPLE = 16;

/**
 * Answers ready to be sent again for the same request. They can't be stale: what a change touches is
 * dropped while it is applied.
 */
export class PackedAnswers {
  readonly #kept: LRUCache<string, KeptAnswer>;
  readonly #requests = new Map<Topic, Set<string>>();
  #hits = 0;

  constructor(max: number) {
    this.#kept = new LRUCache({
      max,
      dispose: ({ topics }, request) => this.#forget(request, topics),
    });
  }

  get(request: string): PackedAnswer | undefined {
    this.#hits = (this.#hits + 1) % SAMPLE;
    return this.#hits === 0 ? this.#kept.get(request) : this.#kept.peek(request);
  }

  set(request: string, answer: PackedAnswer, topics: ReadonlySet<Topic>): void {
    const { bytes, serialAt, addressesAt, addressSize } = answer;
    // Bytes of its own: a slice would keep a whole pool alive.
    const own = Buffer.allocUnsafeSlow(bytes.length);
    bytes.copy(own);
    this.#kept.set(request, { bytes: own, serialAt, addressesAt, addressSize, topics });
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
  const { bytes, serialAt, addressesAt } = answer;
  const copy = Buffer.allocUnsafe(bytes.length);
  copy.set(bytes);
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
