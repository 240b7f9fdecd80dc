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
  /** What else has loopback mirrors; undefined when mirrors are of no interest. */
  readonly mirrored: readonly MirroredRange[] | undefined;
  /** Told once of a range that would share local addresses with another. */
  readonly onCollision: (name: string, message: string) => void;
  /** A ServiceCIDR adds other ranges than before. */
  readonly onChange: (name: string, before: readonly string[], after: readonly string[]) => void;
}

/** What the ServiceCIDRs add to the cluster's own ranges, by their names. */
export class ServiceRanges {
  readonly #options: ServiceRangesOptions;
  readonly #wanted = new Map<string, readonly string[]>();
  readonly #added = new Map<string, readonly string[]>();
  #collisions: ReadonlySet<string> = new Set();

  constructor(options: ServiceRangesOptions) {
    this.#options = options;
  }

  /** Takes a ServiceCIDR as it is now; absent when it is gone. */
  set(name: string, cidr: ServiceCIDR | undefined): void {
    const wanted = (cidr?.spec.cidrs ?? []).filter(isCidr);
    if (jsonEqual(this.#wanted.get(name) ?? [], wanted)) return;
    if (wanted.length === 0) this.#wanted.delete(name);
    else this.#wanted.set(name, wanted);
    // Where one goes, another that it kept out may come in.
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

/** What is wrong with a range. Those of Services may overlap, as long as an address is one. */
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
    // An object that nobody checked; it adds no range.
    return false;
  }
}
