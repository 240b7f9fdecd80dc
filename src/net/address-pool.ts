import type { AddressFamily } from "./address.ts";
import { Cidr } from "./cidr.ts";
import { OffsetAllocator } from "./offset-allocator.ts";

/** kubeadm's ranges. */
export const DEFAULT_SERVICE_RANGE = "10.96.0.0/12";
export const DEFAULT_POD_RANGE = "10.244.0.0/16";
/** Beside the services' range, so that their mirrors don't meet. */
export const DEFAULT_LOAD_BALANCER_RANGE = "10.112.0.0/24";

/** Why an address could not be claimed. */
export type ClaimRefusal = "taken" | "outside" | "reserved";

/** A range of addresses of which each is given out once, by the bands of P.8. */
export class AddressPool {
  readonly range: Cidr;
  readonly #offsets: OffsetAllocator;
  readonly #reserved: ReadonlySet<number>;

  /** @throws InvalidCidrError */
  constructor(range: string) {
    this.range = new Cidr(range);
    const { size } = this.range;
    this.#reserved = reservedOffsets(this.range);
    this.#offsets = new OffsetAllocator({
      size,
      staticBand: staticAddressBand(size),
      excluded: [...this.#reserved],
    });
  }

  get family(): AddressFamily {
    return this.range.family;
  }

  /** Takes one particular address; says why when it can't be had. */
  claim(address: string): ClaimRefusal | undefined {
    const offset = this.range.offsetOf(address);
    if (offset === undefined) return "outside";
    if (this.#reserved.has(offset)) return "reserved";
    return this.#offsets.claim(offset) ? undefined : "taken";
  }

  /** Takes the address for a name (`shop/web`), the same in every run; undefined when the range is used up. */
  allocate(name: string): string | undefined {
    const offset = this.#offsets.allocate(name);
    return offset === undefined ? undefined : this.range.at(offset);
  }

  /** Gives an address back; nothing happens when it was free or is no address of the range. */
  release(address: string): void {
    const offset = this.range.offsetOf(address);
    if (offset !== undefined) this.#offsets.release(offset);
  }
}

/** How many of a range's first addresses are left to explicit claims (P.8): none in ranges of 16 or fewer. */
export function staticAddressBand(size: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 16)), 256);
}

/** The network address, and in IPv4 the broadcast address; a range of one or two addresses has neither. */
function reservedOffsets({ family, size }: Cidr): ReadonlySet<number> {
  if (size <= 2) return new Set();
  return new Set(family === "IPv4" ? [0, size - 1] : [0]);
}
