import { ConnectionError, ErrorCode } from "../error-code.ts";
import { DEFAULT_TABLE_SIZE, DynamicTable } from "./dynamic-table.ts";
import { decodeHuffman } from "./huffman.ts";

/**
 * Bytes of a section that are kept. The rest is decoded and dropped, so that the table stays in step with the peer's.
 */
export interface SectionLimits {
  /** Bytes of all names and values, with two more counted for each. */
  readonly bytes: number;
  readonly fields: number;
}

/** The fields of one section as they came, pseudo-fields among them. */
export class HeaderBlock<H, T> {
  /** Names and values in turn. */
  readonly pairs: readonly string[];
  /** The section exceeded the limits, and part of it was dropped. */
  readonly isCut: boolean;
  /** What callers parsed from the pairs; kept with them, so that a repeated block is not parsed again. */
  head: H | undefined;
  trailers: T | undefined;

  constructor(pairs: readonly string[], isCut: boolean) {
    this.pairs = pairs;
    this.isCut = isCut;
  }
}

/** Larger integers are invalid: no index or length in a block can be that large. */
const MAX_INTEGER = 2 ** 24;
/** Blocks of up to so many bytes are cached, and so many of them. */
const REMEMBERED_BYTES = 256;
const REMEMBERED_BLOCKS = 64;

/** Reads the header sections of one direction of a connection (RFC 7541). */
export class HpackDecoder<H, T = H> {
  readonly #limits: SectionLimits;
  readonly #table = new DynamicTable();
  #bytes: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  /** Decoded blocks by their bytes, as long as the table doesn't change. */
  readonly #known = new Map<string, HeaderBlock<H, T>>();

  constructor(limits: SectionLimits) {
    this.#limits = limits;
  }

  /**
   * Decodes a whole block. Most clients send the same fields again and again, and then the same bytes, for which the
   * same object is returned.
   * @throws ConnectionError when the table has no such entry.
   */
  decode(bytes: Buffer, start: number, end: number): HeaderBlock<H, T> {
    const key = end - start <= REMEMBERED_BYTES ? bytes.toString("latin1", start, end) : undefined;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    const { inserted } = this.#table;
    const resized = this.#readSizes();
    const block = this.#readFields();
    this.#bytes = EMPTY;
    if (resized || this.#table.inserted !== inserted || this.#known.size >= REMEMBERED_BLOCKS) {
      this.#known.clear();
    }
    if (key !== undefined && !resized && this.#table.inserted === inserted) {
      this.#known.set(key, block);
    }
    return block;
  }

  /** Size updates come first (RFC 7541 section 4.2). */
  #readSizes(): boolean {
    let resized = false;
    while (this.#at < this.#end && ((this.#bytes[this.#at] as number) & 0xe0) === 0x20) {
      const size = this.#integer(0x1f);
      if (size > DEFAULT_TABLE_SIZE) throw compressionError("a table larger than agreed on");
      this.#table.resize(size);
      resized = true;
    }
    return resized;
  }

  #readFields(): HeaderBlock<H, T> {
    const pairs: string[] = [];
    let isCut = false;
    let size = 0;
    while (this.#at < this.#end) {
      const first = this.#bytes[this.#at] as number;
      let name: string;
      let value: string;
      if ((first & 0x80) !== 0) {
        ({ name, value } = this.#entry(this.#integer(0x7f)));
      } else {
        if ((first & 0xe0) === 0x20) throw compressionError("a size update among fields");
        const inserts = (first & 0x40) !== 0;
        const index = this.#integer(inserts ? 0x3f : 0x0f);
        name = index === 0 ? this.#text() : this.#entry(index).name;
        value = this.#text();
        if (inserts) this.#table.insert(name, value);
      }
      size += name.length + value.length + 4;
      isCut ||= size > this.#limits.bytes || pairs.length >= 2 * this.#limits.fields;
      if (!isCut) pairs.push(name, value);
    }
    return new HeaderBlock(pairs, isCut);
  }

  #entry(index: number) {
    const entry = this.#table.at(index);
    if (entry === undefined) throw compressionError(`no entry ${index}`);
    return entry;
  }

  /** @param mask of the bits of its first byte (RFC 7541 section 5.1). */
  #integer(mask: number): number {
    let value = (this.#bytes[this.#at++] as number) & mask;
    if (value < mask) return value;
    for (let shift = 0; this.#at < this.#end; shift += 7) {
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (value > MAX_INTEGER || shift > 28) throw compressionError("a number that is too large");
      if (byte < 0x80) return value;
    }
    throw compressionError("a number that is cut off");
  }

  #text(): string {
    if (this.#at >= this.#end) throw compressionError("a field that is cut off");
    const isCoded = ((this.#bytes[this.#at] as number) & 0x80) !== 0;
    const length = this.#integer(0x7f);
    const start = this.#at;
    this.#at = start + length;
    if (this.#at > this.#end) throw compressionError("a text that is cut off");
    const text = isCoded
      ? decodeHuffman(this.#bytes, start, this.#at)
      : this.#bytes.toString("latin1", start, this.#at);
    if (text === undefined) throw compressionError("a text that is not in the Huffman code");
    return text;
  }
}

function compressionError(message: string): ConnectionError {
  return new ConnectionError(ErrorCode.COMPRESSION_ERROR, message);
}

const EMPTY = Buffer.alloc(0);
