import { copyMessage } from "./wire/message-memory.ts";

/** Bytes of one cell: its head, the request without the ID, then, from a whole word on, the answer. */
const CELL = 512;
const WORDS = CELL / 4;

/** Words of a cell's head: with most names it and the request fill 64 bytes, and so does the answer. */
const NEXT = 0;
const HASH = 1;
/** Of the request, and in the upper half of the answer. */
const LENGTHS = 2;
const TAG = 3;
const HEAD = 4 * 4;

/** An answer that does not fit behind its request stands elsewhere. */
const ELSEWHERE = 0;
const NO_CELL = -1;
const FIRST_CELLS = 64;

/**
 * A table from requests to answers in one piece of memory, found by the request's bytes without its ID.
 * With thousands of names most look-ups miss the processor's caches, so what one needs stands together:
 * one place in the table of hashes, one cell. Objects of the heap would be five places.
 */
export class AnswerCells {
  /** Cells in use and free ones, as bytes and as words. */
  #bytes = Buffer.alloc(FIRST_CELLS * CELL);
  #words = wordsOf(this.#bytes);
  /** The first cell of each chain of equal hashes; the cells lead on. */
  readonly #chains: Int32Array;
  readonly #long = new Map<number, Uint8Array>();
  readonly #free: number[] = [];
  #cells = 0;

  readonly #seed: number;

  /**
   * @param max requests expected at most; with more it gets slower.
   * @param seed 32 bits that askers don't know, or they could make all requests one chain.
   */
  constructor(max: number, seed = 0) {
    this.#seed = seed;
    this.#chains = new Int32Array(2 ** Math.ceil(Math.log2(max + 1))).fill(NO_CELL);
  }

  get size(): number {
    return this.#cells - this.#free.length;
  }

  /** The cell of a request, or -1 when its answer is not kept. */
  find(request: Buffer): number {
    const hash = hashOf(request, this.#seed);
    const words = this.#words;
    const chains = this.#chains;
    for (let cell = chains[hash & (chains.length - 1)] as number; cell !== NO_CELL; ) {
      if (words[cell * WORDS + HASH] === hash && this.#isRequest(cell, request)) return cell;
      cell = words[cell * WORDS + NEXT] as number;
    }
    return NO_CELL;
  }

  /**
   * Keeps an answer to a request that has none yet; the request may have as many bytes as fit into a cell.
   * @param tag a number of the caller's own.
   * @returns the cell.
   */
  add(request: Buffer, answer: Uint8Array, tag: number): number {
    const cell = this.#free.pop() ?? this.#newCell();
    const words = this.#words;
    const at = cell * WORDS;
    const hash = hashOf(request, this.#seed);
    const chain = hash & (this.#chains.length - 1);
    words[at + NEXT] = this.#chains[chain] as number;
    this.#chains[chain] = cell;
    words[at + HASH] = hash;
    words[at + TAG] = tag;
    request.copy(this.#bytes, cell * CELL + HEAD, 2);
    const start = (at + answerWord(request.length)) * 4;
    if (start + answer.length <= (cell + 1) * CELL) {
      words[at + LENGTHS] = request.length | (answer.length << 16);
      this.#bytes.set(answer, start);
    } else {
      words[at + LENGTHS] = request.length | (ELSEWHERE << 16);
      this.#long.set(cell, Uint8Array.from(answer));
    }
    return cell;
  }

  delete(cell: number): void {
    const words = this.#words;
    const next = words[cell * WORDS + NEXT] as number;
    const chain = (words[cell * WORDS + HASH] as number) & (this.#chains.length - 1);
    let before = this.#chains[chain] as number;
    if (before === cell) {
      this.#chains[chain] = next;
    } else {
      while (words[before * WORDS + NEXT] !== cell) before = words[before * WORDS + NEXT] as number;
      words[before * WORDS + NEXT] = next;
    }
    this.#long.delete(cell);
    this.#free.push(cell);
  }

  tag(cell: number): number {
    return this.#words[cell * WORDS + TAG] as number;
  }

  /** A copy of a cell's answer. */
  answer(cell: number): Uint8Array {
    const words = this.#words;
    const at = cell * WORDS;
    const lengths = words[at + LENGTHS] as number;
    const length = lengths >> 16;
    if (length === ELSEWHERE) return Uint8Array.from(this.#long.get(cell) as Uint8Array);
    return copyMessage(words, at + answerWord(lengths & 0xffff), length);
  }

  #isRequest(cell: number, request: Buffer): boolean {
    const size = request.length;
    if (((this.#words[cell * WORDS + LENGTHS] as number) & 0xffff) !== size) return false;
    const bytes = this.#bytes;
    const start = cell * CELL + HEAD - 2;
    for (let i = 2; i < size; i++) if (request[i] !== bytes[start + i]) return false;
    return true;
  }

  #newCell(): number {
    if (this.#cells * CELL === this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes], 2 * this.#bytes.length);
      this.#words = wordsOf(this.#bytes);
    }
    return this.#cells++;
  }
}

/** Where in its cell the answer to a request of so many bytes begins. */
function answerWord(requestLength: number): number {
  return (HEAD + requestLength - 2 + 3) >> 2;
}

function wordsOf(bytes: Buffer): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Of all bytes but the ID, four at a time. */
function hashOf(request: Buffer, seed: number): number {
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
