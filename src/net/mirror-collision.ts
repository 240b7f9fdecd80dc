import { Cidr } from "./cidr.ts";
import { mirrorAddress } from "./loopback-mirror.ts";

/** A range of cluster addresses and what it is for: `{ use: "services", range: "10.96.0.0/12" }`. */
export interface MirroredRange {
  readonly use: string;
  readonly range: string;
}

/** Two ranges whose loopback mirrors share addresses, so that one local address would mean two things. */
export class MirrorCollisionError extends Error {
  override readonly name = "MirrorCollisionError";
  readonly code = "ERR_MIRROR_COLLISION";
  readonly ranges: readonly [MirroredRange, MirroredRange];

  constructor(first: MirroredRange, second: MirroredRange) {
    const describe = ({ use, range }: MirroredRange) =>
      `${use} ${range} (here ${mirrorOf(new Cidr(range))})`;
    super(
      `${describe(first)} and ${describe(second)} would share local addresses; ` +
        "choose ranges that differ after their first octet",
    );
    this.ranges = [first, second];
  }
}

/** Where listeners that are no mirror stand; a mirror must leave it alone. */
const THIS_MACHINE: MirroredRange = { use: "this machine", range: "127.0.0.1/32" };

/**
 * Refuses ranges that can't be told apart once their first octet is replaced by 127.
 * Ranges of IPv6 have no mirror and never collide.
 * @throws MirrorCollisionError naming the first two that collide; InvalidCidrError.
 */
export function checkMirrors(ranges: readonly MirroredRange[]): void {
  const all = [THIS_MACHINE, ...ranges];
  for (const [i, second] of all.entries()) {
    const mirror = mirrorOf(new Cidr(second.range));
    if (mirror === undefined) continue;
    for (const first of all.slice(0, i)) {
      if (mirrorOf(new Cidr(first.range))?.overlaps(mirror)) {
        throw new MirrorCollisionError(first, second);
      }
    }
  }
}

function mirrorOf(range: Cidr): Cidr | undefined {
  if (range.family === "IPv6") return undefined;
  return new Cidr(`${mirrorAddress(range.at(0))}/${Math.max(8, range.prefixLength)}`);
}
