import { type AddressFamily, canonicalAddress, familyOf } from "../net/address.ts";
import { AddressPool } from "../net/address-pool.ts";

/** Why a Service does not get the address it asks for. */
export type AddressRefusal =
  | { readonly reason: "taken"; readonly holder: string }
  | { readonly reason: "outside" }
  | { readonly reason: "reserved" }
  | { readonly reason: "invalid" };

/** Gets the first address of every range (P.8). */
const API_SERVER = "default/kubernetes";

/** Who holds which ClusterIP. Owners are `namespace/name` of Services. */
export class ClusterIPAllocator {
  readonly #pools: readonly AddressPool[];
  readonly #holders = new Map<string, string>();
  readonly #first = new Set<string>();

  /** @throws InvalidCidrError */
  constructor(ranges: readonly string[]) {
    this.#pools = ranges.map((range) => new AddressPool(range));
    for (const pool of this.#pools) {
      if (pool.range.size <= 2) continue;
      const address = pool.range.at(1);
      pool.claim(address);
      this.#first.add(address);
    }
  }

  /** The families that addresses can be allocated in, the primary one first. */
  get families(): readonly AddressFamily[] {
    return [...new Set(this.#pools.map((pool) => pool.family))];
  }

  /**
   * Takes one particular address; again for its holder is no conflict.
   * @param anywhere whether it may lie outside all ranges.
   */
  claim(text: string, owner: string, anywhere: boolean): AddressRefusal | undefined {
    const address = canonicalAddress(text);
    if (address === undefined) return { reason: "invalid" };
    const holder = this.#holders.get(address) ?? this.#heldByNature(address);
    if (holder !== undefined && holder !== owner) return { reason: "taken", holder };
    if (holder === undefined) {
      const pool = this.#poolOf(address);
      if (pool === undefined) {
        if (!anywhere) return { reason: "outside" };
      } else if (pool.claim(address) !== undefined) {
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
      const address = owner === API_SERVER ? pool.range.at(1) : pool.allocate(owner);
      if (address === undefined) continue;
      this.#holders.set(address, owner);
      return address;
    }
    return undefined;
  }

  release(text: string): void {
    const address = canonicalAddress(text) ?? text;
    this.#holders.delete(address);
    if (!this.#first.has(address)) this.#poolOf(address)?.release(address);
  }

  /** The ranges of a family, for messages. */
  describeRanges(text: string): string {
    const family = familyOf(text);
    const ranges = this.#pools.filter((pool) => pool.family === family).map(({ range }) => range);
    return ranges.length === 0 ? `any range of ${family}` : ranges.join(" and ");
  }

  #heldByNature(address: string): string | undefined {
    return this.#first.has(address) ? API_SERVER : undefined;
  }

  #poolOf(address: string): AddressPool | undefined {
    return this.#pools.find((pool) => pool.range.contains(address));
  }
}
