import type { FieldSection } from "../../exchange/field-section.ts";
import { DEFAULT_TABLE_SIZE, DynamicTable, type Entry } from "./dynamic-table.ts";
import { encodeHuffman, huffmanLength } from "./huffman.ts";
import { STATIC_TABLE } from "./static-table.ts";

/**
 * Fields that no proxy may keep in its table (RFC 7541 section 7.1.3): secrets that could be guessed by compression.
 */
const SECRET: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "set-cookie",
]);

/** Fields that were seen once: how many are remembered, and up to what length. */
const MAX_SEEN = 256;
const LONGEST_FIELD = 512;
/** Encoded sections that are cached. */
const REMEMBERED_SECTIONS = 64;

const INDEXED = 0x80;
const INSERTED = 0x40;
const RESIZED = 0x20;
const NEVER = 0x10;
const PLAIN = 0x00;

/** A name in the static table: its first index, and the index of each of its values. */
interface Place {
  readonly first: number;
  readonly byValue: Map<string, number>;
}

/** An encoded section, and the state of the table that it is valid for. */
interface Encoded {
  readonly bytes: Buffer;
  readonly changes: number;
}

const STATIC_PLACES: ReadonlyMap<string, Place> = staticPlaces();

/**
 * Encodes the header sections of one direction of a connection (RFC 7541). A field is added to the table when it is
 * sent for the second time: fields that differ in each message would only evict the others.
 */
export class HpackEncoder {
  /** The output; the caller remembers where a block begins. */
  bytes: Buffer = Buffer.allocUnsafe(1024);
  length = 0;
  readonly #table = new DynamicTable((entry) => this.#forget(entry));
  /** Numbers of entries by name and value. */
  readonly #places = new Map<string, Map<string, number>>();
  readonly #seen = new Set<string>();
  /** Sizes of the table that the peer has not been told of yet: the smallest one since, and the present one. */
  #resizes: { least: number; size: number } | undefined;
  /** Changes whenever indexes shift. */
  #changes = 0;
  /** Changes whenever a field would be encoded differently when sent again. */
  #news = 0;
  readonly #known = new Map<FieldSection | string, Encoded>();

  /** The size that the peer allows. */
  resize(allowed: number): void {
    const size = Math.min(allowed, DEFAULT_TABLE_SIZE);
    this.#resizes = { least: Math.min(size, this.#resizes?.least ?? size), size };
  }

  /** Begins a block. */
  begin(): void {
    this.length = 0;
    const resizes = this.#resizes;
    if (resizes === undefined) return;
    this.#resizes = undefined;
    for (const size of new Set([resizes.least, resizes.size])) {
      this.#table.resize(size);
      this.#integer(RESIZED, 0x1f, size);
    }
    this.#changes++;
    this.#news++;
  }

  /** All fields of a section; the cached encoding where the same section was sent before. */
  section(fields: FieldSection): void {
    const known = this.#known.get(fields.identity);
    if (known?.changes === this.#changes) {
      this.#raw(known.bytes);
      return;
    }
    const news = this.#news;
    const start = this.length;
    const { pairs } = fields;
    for (let i = 0; i < pairs.length; i += 2)
      this.field(pairs[i] as string, pairs[i + 1] as string);
    if (this.#news !== news) return;
    if (this.#known.size >= REMEMBERED_SECTIONS) this.#known.clear();
    const bytes = Buffer.from(this.bytes.subarray(start, this.length));
    this.#known.set(fields.identity, { bytes, changes: this.#changes });
  }

  /** @param name in lower case */
  field(name: string, value: string): void {
    const place = STATIC_PLACES.get(name);
    const fixed = place?.byValue.get(value);
    if (fixed !== undefined) {
      this.#integer(INDEXED, 0x7f, fixed);
      return;
    }
    const own = this.#places.get(name)?.get(value);
    if (own !== undefined) {
      this.#integer(INDEXED, 0x7f, STATIC_TABLE.length + 1 + this.#table.inserted - own);
      return;
    }
    const index = place?.first ?? 0;
    if (SECRET.has(name)) {
      this.#literal(NEVER, 0x0f, index, name, value);
    } else if (this.#hasCome(name, value)) {
      this.#literal(INSERTED, 0x3f, index, name, value);
      this.#insert(name, value);
    } else {
      this.#literal(PLAIN, 0x0f, index, name, value);
    }
  }

  /** Whether the field was sent before and may be added to the table. */
  #hasCome(name: string, value: string): boolean {
    if (name.length + value.length > LONGEST_FIELD || !this.#table.hasRoomFor(name, value))
      return false;
    const field = `${name}:${value}`;
    this.#news++;
    if (this.#seen.delete(field)) return true;
    if (this.#seen.size >= MAX_SEEN) this.#seen.clear();
    this.#seen.add(field);
    return false;
  }

  #insert(name: string, value: string): void {
    this.#table.insert(name, value);
    this.#changes++;
    let values = this.#places.get(name);
    if (values === undefined) {
      values = new Map();
      this.#places.set(name, values);
    }
    values.set(value, this.#table.inserted);
  }

  #forget({ name, value }: Entry): void {
    const values = this.#places.get(name);
    values?.delete(value);
    if (values?.size === 0) this.#places.delete(name);
  }

  #literal(kind: number, mask: number, index: number, name: string, value: string): void {
    this.#integer(kind, mask, index);
    if (index === 0) this.#text(name);
    this.#text(value);
  }

  #text(text: string): void {
    const coded = huffmanLength(text);
    if (coded < text.length) {
      this.#integer(0x80, 0x7f, coded);
      this.#reserve(coded);
      this.length = encodeHuffman(text, this.bytes, this.length);
    } else {
      this.#integer(0, 0x7f, text.length);
      this.#reserve(text.length);
      this.length += this.bytes.write(text, this.length, "latin1");
    }
  }

  /** @param mask of the bits of the first byte that are free for the number (RFC 7541 section 5.1). */
  #integer(kind: number, mask: number, value: number): void {
    this.#reserve(6);
    if (value < mask) {
      this.bytes[this.length++] = kind | value;
      return;
    }
    this.bytes[this.length++] = kind | mask;
    let rest = value - mask;
    for (; rest >= 0x80; rest >>>= 7) this.bytes[this.length++] = (rest & 0x7f) | 0x80;
    this.bytes[this.length++] = rest;
  }

  #raw(bytes: Buffer): void {
    this.#reserve(bytes.length);
    if (bytes.length > 64) {
      this.bytes.set(bytes, this.length);
    } else {
      for (let i = 0; i < bytes.length; i++) this.bytes[this.length + i] = bytes[i] as number;
    }
    this.length += bytes.length;
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe((this.length + more) * 2);
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

function staticPlaces(): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [i, [name, value]] of STATIC_TABLE.entries()) {
    const place = places.get(name) ?? { first: i + 1, byValue: new Map() };
    places.set(name, place);
    if (value !== "") place.byValue.set(value, i + 1);
  }
  return places;
}
