import { AnswerRing, NONE } from "./answer-ring.ts";
import type { Topic } from "./catalog.ts";
import { type ChangingPlaces, changePlaces, NOTHING, packPlaces } from "./changing-places.ts";
import { TopicClock } from "./topic-clock.ts";

/** An answer in wire form. */
export interface PackedAnswer extends ChangingPlaces {
  readonly bytes: Uint8Array;
}

/**
 * Packed answers, kept to be sent again for the same request. They are never stale: an answer that depends on a
 * touched topic is not found.
 */
export class PackedAnswers {
  readonly #ring: AnswerRing;
  readonly #clock: TopicClock;

  /** @param maxBytes for answers together with their requests */
  constructor(maxBytes: number, random: () => number) {
    const seed = () => Math.floor(random() * 2 ** 32) | 0;
    this.#clock = new TopicClock(seed());
    this.#ring = new AnswerRing(maxBytes, this.#clock, seed());
  }

  /**
   * The answer to the same request, whatever its ID: a copy to send, with the request's ID, the current serial, and
   * the addresses in a new order.
   */
  get(request: Buffer, serial: number, random: () => number): Uint8Array | undefined {
    const ring = this.#ring;
    const at = ring.find(request);
    if (at === NONE) return undefined;
    const answer = ring.answer(at);
    answer[0] = request[0] as number;
    answer[1] = request[1] as number;
    const places = ring.tag(at);
    if (places !== NOTHING) changePlaces(answer, places, serial, random);
    return answer;
  }

  set(request: Buffer, answer: PackedAnswer, topics: ReadonlySet<Topic>): void {
    const places = packPlaces(answer);
    if (places === undefined) return;
    this.#ring.set(request, answer.bytes, places, this.#clock.hashesOf(topics));
  }

  /** Called when something changed that answers depend on. */
  drop(topics: ReadonlySet<Topic>): void {
    // While no answer is kept, the clock of topics need not be advanced.
    if (this.#ring.size === 0) return;
    if (this.#clock.touch(topics)) this.#ring.clear();
  }

  /** Number of kept answers, outdated ones included. */
  get size(): number {
    return this.#ring.size;
  }

  /** Bytes of the answers and their tables. */
  get bytes(): number {
    return this.#ring.bytes + this.#clock.bytes;
  }
}
