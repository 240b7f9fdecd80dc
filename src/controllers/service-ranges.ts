import { Cidr } from "../net/cidr.ts";
import {
  MirrorCollisionError,
  type MirroredRange,
  mirrorCollision,
} from "../net/mirror-collision.ts";
import type { ServiceCIDR } from "../objects/service-cidr.ts";
import { jsonEqual } from "../store/equal.ts";

export interface ServiceRangesOptions {
  /** The cluster's own. */
  readonly own: readonly string[];
  /** Other addresses with loopback mirrors; undefined when mirrors are not used. */
  readonly mirrored: readonly MirroredRange[] | undefined;
  /** Called once for a range whose mirror would overlap another's. */
  readonly onCollision: (name: string, message: string) => void;
  /** A ServiceCIDR's ranges have changed. */
  readonly onChange: (name: string, before: readonly string[], after: readonly string[]) => void;
}

/** The ranges that ServiceCIDRs add to the cluster's own, by name. */
export class ServiceRanges {
  readonly #options: ServiceRangesOptions;
  readonly #wanted = new Map<string, readonly string[]>();
  readonly #added = new Map<string, readonly string[]>();
  #collisions: ReadonlySet<string> = new Set();

  constructor(options: ServiceRangesOptions) {
    this.#options = options;
  }

  /** Applies a ServiceCIDR; absent when it was deleted. */
  set(name: string, cidr: ServiceCIDR | undefined): void {
    const wanted = (cidr?.spec.cidrs ?? []).filter(isCidr);
    if (jsonEqual(this.#wanted.get(name) ?? [], wanted)) return;
    if (wanted.length === 0) this.#wanted.delete(name);
    else this.#wanted.set(name, wanted);
    // When one is deleted, another one that it excluded may be used.
    const collisions = new Set<string>();
    for (const each of new Set([name, ...this.#wanted.keys()])) this.#admit(each, collisions);
    this.#collisions = collisions;
  }

  #admit(name: string, collisions: Set<string>): void {
    const others = this.#rangesBeside(name);
    const ranges = (this.#wanted.get(name) ?? []).filter((range) => {
      const collision = others && collisionOf({ use: "services", range }, others);
      if (collision === undefined) return true;
      collisions.add(collision);
      if (!this.#collisions.has(collision)) this.#options.onCollision(name, collision);
      return false;
    });
    const before = this.#added.get(name) ?? [];
    if (jsonEqual(before, ranges)) return;
    this.#added.set(name, ranges);
    this.#options.onChange(name, before, ranges);
  }

  #rangesBeside(name: string): readonly MirroredRange[] | undefined {
    const { own, mirrored } = this.#options;
    if (mirrored === undefined) return undefined;
    const added = [...this.#added].flatMap(([each, ranges]) => (each === name ? [] : ranges));
    return [...mirrored, ...[...own, ...added].map((range) => ({ use: "services", range }))];
  }
}

/** Why a range can't be used. Ranges of Services may overlap each other, as each address has one owner. */
function collisionOf(range: MirroredRange, others: readonly MirroredRange[]): string | undefined {
  const cidr = new Cidr(range.range);
  const first = mirrorCollision(
    range,
    others.filter(({ use, range: other }) => {
      return use !== "services" || !new Cidr(other).overlaps(cidr);
    }),
  );
  return first && new MirrorCollisionError(first, range).message;
}

function isCidr(text: string): boolean {
  try {
    return new Cidr(text).size > 0;
  } catch {
    // The object was not validated; it adds no range.
    return false;
  }
}
