import { LRUCache } from "lru-cache";
import { AnswerCells } from "./answer-cells.ts";
import type { Topic } from "./catalog.ts";
import { type ChangingPlaces, changePlaces, NOTHING, packPlaces } from "./changing-places.ts";

/** An answer in wire form. */
export interface PackedAnswer extends ChangingPlaces {
  readonly bytes: Uint8Array;
}

/** One in so many hits counts as a use: marking each costs more than finding it, and changes little. */
const SAMPLE = 16;

/**
 * Answers ready to be sent again for the same request. They can't be stale: what a change touches is
 * dropped while it is applied.
 */
export class PackedAnswers {
  readonly #cells: AnswerCells;
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
    const places = cells.tag(cell);
    if (places !== NOTHING) changePlaces(answer, places, serial, random);
    return answer;
  }

  set(request: Buffer, answer: PackedAnswer, topics: ReadonlySet<Topic>): void {
    const places = packPlaces(answer);
    if (places === undefined) return;
    const old = this.#cells.find(request);
    if (old >= 0) this.#recency.delete(old);
    const cell = this.#cells.add(request, answer.bytes, places);
    this.#recency.set(cell, topics);
    for (const topic of topics) {
      const cells = this.#cellsOf.get(topic);
      if (cells === undefined) this.#cellsOf.set(topic, new Set([cell]));
      else cells.add(cell);
    }
  }

  drop(topics: ReadonlySet<Topic>): void {
    if (this.#cellsOf.size === 0) return;
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
    for (const topic of topics) {
      const cells = this.#cellsOf.get(topic);
      cells?.delete(cell);
      if (cells?.size === 0) this.#cellsOf.delete(topic);
    }
  }
}
