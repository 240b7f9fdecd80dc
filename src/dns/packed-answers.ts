import { LRUCache } from "lru-cache";
import { AnswerCells } from "./answer-cells.ts";
import type { Topic } from "./catalog.ts";

/** An answer in wire form, and the places in it that change from one sending to the next. */
export interface PackedAnswer extends ChangingPlaces {
  readonly bytes: Uint8Array;
}

interface ChangingPlaces {
  /** Where a SOA's serial stands, or -1. */
  readonly serialAt: number;
  /** Where the addresses of the answer section stand; they are shuffled. Empty for fewer than two. */
  readonly addressesAt: readonly number[];
  /** 4 or 16 bytes. */
  readonly addressSize: number;
}

/** One in so many hits counts as a use: marking each costs more than finding it, and changes little. */
const SAMPLE = 16;

/** Tags of cells. */
const SAME_EACH_TIME = 0;
const CHANGING = 1;

/**
 * Answers ready to be sent again for the same request. They can't be stale: what a change touches is
 * dropped while it is applied.
 */
export class PackedAnswers {
  readonly #cells: AnswerCells;
  readonly #changing = new Map<number, ChangingPlaces>();
  /** The topics of each cell. It bounds their number, but is not in the way of a hit. */
  readonly #recency: LRUCache<number, ReadonlySet<Topic>>;
  readonly #cellsOf = new Map<Topic, Set<number>>();
  #hits = 0;

  constructor(max: number, random: () => number) {
    this.#cells = new AnswerCells(max, Math.floor(random() * 2 ** 32) | 0);
    this.#recency = new LRUCache({ max, dispose: (topics, cell) => this.#forget(cell, topics) });
  }

  /**
   * The answer to the same bytes, whatever their ID: a copy to be sent, with the request's ID, the current
   * serial and the addresses in a new order.
   */
  get(request: Buffer, serial: number, random: () => number): Uint8Array | undefined {
    const cells = this.#cells;
    const cell = cells.find(request);
    if (cell < 0) return undefined;
    this.#hits = (this.#hits + 1) % SAMPLE;
    if (this.#hits === 0) this.#recency.get(cell);
    const answer = cells.answer(cell);
    answer[0] = request[0] as number;
    answer[1] = request[1] as number;
    if (cells.tag(cell) === CHANGING) {
      refresh(answer, this.#changing.get(cell) as ChangingPlaces, serial, random);
    }
    return answer;
  }

  set(request: Buffer, answer: PackedAnswer, topics: ReadonlySet<Topic>): void {
    const old = this.#cells.find(request);
    if (old >= 0) this.#recency.delete(old);
    const { bytes, serialAt, addressesAt, addressSize } = answer;
    const isChanging = serialAt >= 0 || addressesAt.length > 1;
    const cell = this.#cells.add(request, bytes, isChanging ? CHANGING : SAME_EACH_TIME);
    if (isChanging) this.#changing.set(cell, { serialAt, addressesAt, addressSize });
    this.#recency.set(cell, topics);
    for (const topic of topics) {
      const cells = this.#cellsOf.get(topic);
      if (cells === undefined) this.#cellsOf.set(topic, new Set([cell]));
      else cells.add(cell);
    }
  }

  drop(topics: ReadonlySet<Topic>): void {
    for (const topic of topics) {
      const cells = this.#cellsOf.get(topic);
      if (cells !== undefined) for (const cell of [...cells]) this.#recency.delete(cell);
    }
  }

  get size(): number {
    return this.#cells.size;
  }

  #forget(cell: number, topics: ReadonlySet<Topic>): void {
    this.#cells.delete(cell);
    this.#changing.delete(cell);
    for (const topic of topics) {
      const cells = this.#cellsOf.get(topic);
      cells?.delete(cell);
      if (cells?.size === 0) this.#cellsOf.delete(topic);
    }
  }
}

function refresh(
  answer: Uint8Array,
  { serialAt, addressesAt, addressSize }: ChangingPlaces,
  serial: number,
  random: () => number,
): void {
  if (serialAt >= 0) {
    new DataView(answer.buffer, answer.byteOffset).setUint32(serialAt, serial);
  }
  for (let i = addressesAt.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    if (i !== j) swap(answer, addressesAt[i] as number, addressesAt[j] as number, addressSize);
  }
}

function swap(bytes: Uint8Array, a: number, b: number, size: number): void {
  for (let i = 0; i < size; i++) {
    const byte = bytes[a + i] as number;
    bytes[a + i] = bytes[b + i] as number;
    bytes[b + i] = byte;
  }
}
