import { type AddressFamily, canonicalAddress, familyOf } from "../net/address.ts";
import { AddressPool } from "../net/address-pool.ts";

/** Why a Service does not get the address that it asks for. */
export type AddressRefusal =
  /** The owner: `Service shop/web`. */
  | { readonly reason: "taken"; readonly holder: string }
  | { readonly reason: "outside" }
  | { readonly reason: "reserved" }
  | { readonly reason: "invalid" };

/** An address that is reserved for a Service, even while another one still has it. */
export interface Pin {
  /** The Service that may have it, `namespace/name`; absent: none. */
  readonly owner?: string;
  /** For messages. */
  readonly holder: string;
}

/** The Service that gets the first address of each of the cluster's own ranges (P.8). */
const API_SERVER = "default/kubernetes";

/**
 * Allocates ClusterIPs. Owners are `namespace/name` of Services. An address has one owner, even if several ranges
 * contain it.
 */
export class ClusterIPAllocator {
  readonly #own: readonly AddressPool[];
  /** Added ranges, by the name under which they were added. */
  readonly #added = new Map<string, readonly AddressPool[]>();
  /** All ranges in the order of allocation: the cluster's own, then the others by name. */
  #pools: readonly AddressPool[];
  readonly #holders = new Map<string, string>();
  readonly #pinned = new Map<string, Pin>();

  /** @throws InvalidCidrError */
  constructor(ranges: readonly string[]) {
    this.#own = ranges.map((range) => new AddressPool(range));
    this.#pools = this.#own;
    for (const { range } of this.#own) {
      if (range.size > 2) {
        this.pin(range.at(1), { owner: API_SERVER, holder: `Service ${API_SERVER}` });
      }
    }
  }

  /** The families that addresses can be allocated in, the primary one first. */
  get families(): readonly AddressFamily[] {
    return [...new Set(this.#pools.map((pool) => pool.family))];
  }

  /**
   * Adds ranges under a name, replacing those that were added under it; an empty list removes them. Allocated
   * addresses are kept.
   * @throws InvalidCidrError
   */
  setRanges(name: string, ranges: readonly string[]): void {
    const pools = ranges.map((range) => new AddressPool(range));
    if (pools.length === 0) this.#added.delete(name);
    else this.#added.set(name, pools);
    for (const address of [...this.#holders.keys(), ...this.#pinned.keys()]) {
      for (const pool of pools) pool.claim(address);
    }
    const added = [...this.#added].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#pools = [...this.#own, ...added.flatMap(([, each]) => each)];
  }

  /** Reserves an address for a Service, from now on or from when its present owner releases it. */
  pin(address: string, pin: Pin): void {
    this.#pinned.set(address, pin);
    for (const pool of this.#poolsOf(address)) pool.claim(address);
  }

  unpin(address: string): void {
    this.#pinned.delete(address);
    if (!this.#holders.has(address)) this.#free(address);
  }

  /**
   * Allocates a particular address; the present owner may ask for it again.
   * @param anywhere whether it may lie outside all ranges.
   */
  claim(text: string, owner: string, anywhere: boolean): AddressRefusal | undefined {
    const address = canonicalAddress(text);
    if (address === undefined) return { reason: "invalid" };
    const held = this.#holders.get(address);
    const pin = this.#pinned.get(address);
    if (held !== undefined && held !== owner) return { reason: "taken", holder: `Service ${held}` };
    if (held === undefined && pin !== undefined && pin.owner !== owner) {
      return { reason: "taken", holder: pin.holder };
    }
    if (held === undefined && pin === undefined) {
      const pools = this.#poolsOf(address);
      if (pools.length === 0 && !anywhere) return { reason: "outside" };
      const refusals = pools.map((pool) => pool.claim(address));
      if (pools.length > 0 && refusals.every((refusal) => refusal === "reserved")) {
        return { reason: "reserved" };
      }
    }
    this.#holders.set(address, owner);
    return undefined;
  }

  /** The address for an owner, the same in every run; undefined when the family's ranges are used up. */
  allocate(family: AddressFamily, owner: string): string | undefined {
    for (const pool of this.#pools) {
      if (pool.family !== family) continue;
      const address =
        owner === API_SERVER && this.#own.includes(pool) ? pool.range.at(1) : pool.allocate(owner);
      if (address === undefined) continue;
      for (const other of this.#poolsOf(address)) other.claim(address);
      this.#holders.set(address, owner);
      return address;
    }
    return undefined;
  }

  release(text: string): void {
    const address = canonicalAddress(text) ?? text;
    this.#holders.delete(address);
    if (!this.#pinned.has(address)) this.#free(address);
  }

  /** Whether an address lies in one of the ranges. */
  contains(address: string): boolean {
    return this.#poolsOf(address).length > 0;
  }

  /** The ranges of a family, for messages. */
  describeRanges(text: string): string {
    const family = familyOf(text);
    const ranges = this.#pools.filter((pool) => pool.family === family).map(({ range }) => range);
    return ranges.length === 0 ? `any range of ${family}` : ranges.join(" and ");
  }

  #free(address: string): void {
    for (const pool of this.#poolsOf(address)) pool.release(address);
  }

  #poolsOf(address: string): readonly AddressPool[] {
    return this.#pools.filter((pool) => pool.range.contains(address));
  }
}
