import {
  type AddressFamily,
  addressFromNumber,
  addressToNumber,
  canonicalAddress,
  familyOf,
} from "./address.ts";

/** A text that should have been a range of addresses. */
export class InvalidCidrError extends Error {
  override readonly name = "InvalidCidrError";
  readonly code = "invalid-cidr";
  readonly text: string;

  constructor(text: string) {
    super(
      `${JSON.stringify(text.slice(0, 80))} is no address range; write it as 10.96.0.0/12 or fd00:10:96::/112`,
    );
    this.text = text;
  }
}

const SHAPE = /^([0-9a-fA-F:.]{2,45})\/([0-9]{1,3})$/;

/** A range of addresses. Offsets count from its first (network) address. */
export class Cidr {
  readonly family: AddressFamily;
  readonly prefixLength: number;
  readonly #first: bigint;
  readonly #count: bigint;

  /** @throws InvalidCidrError unless the text is an address, a slash and a prefix length. Host bits are cleared. */
  constructor(text: string) {
    const [, address = "", prefix = ""] = SHAPE.exec(text) ?? [];
    const family = familyOf(address);
    const bits = family === "IPv4" ? 32 : 128;
    if (family === undefined || Number(prefix) > bits) throw new InvalidCidrError(text);
    this.family = family;
    this.prefixLength = Number(prefix);
    this.#count = 1n << BigInt(bits - this.prefixLength);
    this.#first = addressToNumber(address)! & ~(this.#count - 1n);
  }

  /** The number of addresses; what is beyond 2^53 − 1 can't be counted on, nor be reached by offset. */
  get size(): number {
    return Number(
      this.#count > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : this.#count,
    );
  }

  /** The address at an offset in [0, size). */
  at(offset: number): string {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset >= this.size) {
      throw new RangeError(`offset ${offset} is outside ${this}`);
    }
    return addressFromNumber(this.#first + BigInt(offset), this.family);
  }

  contains(address: string): boolean {
    const offset = this.#distance(address);
    return offset !== undefined && offset >= 0n && offset < this.#count;
  }

  /** Where an address stands in the range; undefined when it is outside (or beyond `size`). */
  offsetOf(address: string): number | undefined {
    const offset = this.#distance(address);
    return offset !== undefined && offset >= 0n && offset < BigInt(this.size)
      ? Number(offset)
      : undefined;
  }

  overlaps(other: Cidr): boolean {
    return (
      this.family === other.family &&
      this.#first < other.#first + other.#count &&
      other.#first < this.#first + this.#count
    );
  }

  toString(): string {
    return `${canonicalAddress(addressFromNumber(this.#first, this.family))}/${this.prefixLength}`;
  }

  #distance(address: string): bigint | undefined {
    if (familyOf(address) !== this.family) return undefined;
    return addressToNumber(address)! - this.#first;
  }
}
