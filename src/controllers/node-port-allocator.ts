import { PortPool, type PortRange } from "../net/port-pool.ts";

/** Why a Service does not get the node port that it asks for. */
export type NodePortRefusal =
  | { readonly reason: "taken"; readonly holder: string }
  | { readonly reason: "outside" };

/** Allocates node ports. Owners are `namespace/name` of Services; a number has one owner, whatever the protocol. */
export class NodePortAllocator {
  readonly #pool: PortPool;
  readonly #holders = new Map<number, string>();

  constructor(range: PortRange) {
    this.#pool = new PortPool(range);
  }

  get range(): PortRange {
    return this.#pool.range;
  }

  /**
   * Allocates a particular port; the present owner may ask for it again.
   * @param anywhere whether it may lie outside the range.
   */
  claim(port: number, owner: string, anywhere: boolean): NodePortRefusal | undefined {
    const holder = this.#holders.get(port);
    if (holder !== undefined && holder !== owner) return { reason: "taken", holder };
    if (holder === undefined && this.#pool.claim(port) === "outside" && !anywhere) {
      return { reason: "outside" };
    }
    this.#holders.set(port, owner);
    return undefined;
  }

  /** The port for one of an owner's purposes, the same in every run; undefined when the range is used up. */
  allocate(owner: string, purpose: string): number | undefined {
    const port = this.#pool.allocate(`${owner}/${purpose}`);
    if (port !== undefined) this.#holders.set(port, owner);
    return port;
  }

  release(port: number): void {
    this.#holders.delete(port);
    this.#pool.release(port);
  }
}
