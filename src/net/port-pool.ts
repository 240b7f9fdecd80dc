import { OffsetAllocator } from "./offset-allocator.ts";

/** First and last port, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const DEFAULT_NODE_PORT_RANGE: PortRange = { first: 30000, last: 32767 };

/** Why a port could not be claimed. */
export type PortRefusal = "taken" | "outside";

/** A range of ports of which each number is given out once, by the bands of P.8. */
export class PortPool {
  readonly range: PortRange;
  readonly #offsets: OffsetAllocator;

  constructor(range: PortRange = DEFAULT_NODE_PORT_RANGE) {
    this.range = range;
    const size = Math.max(0, range.last - range.first + 1);
    this.#offsets = new OffsetAllocator({ size, staticBand: staticPortBand(size) });
  }

  claim(port: number): PortRefusal | undefined {
    if (!(port >= this.range.first && port <= this.range.last)) return "outside";
    return this.#offsets.claim(port - this.range.first) ? undefined : "taken";
  }

  /** Takes the port for a name, the same in every run; undefined when the range is used up. */
  allocate(name: string): number | undefined {
    const offset = this.#offsets.allocate(name);
    return offset === undefined ? undefined : this.range.first + offset;
  }

  release(port: number): void {
    this.#offsets.release(port - this.range.first);
  }
}

/** How many of a range's first ports are left to explicit claims: 86 of the default range (P.8). */
export function staticPortBand(size: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
}
