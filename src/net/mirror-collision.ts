import { Cidr } from "./cidr.ts";
import { FIRST_MIRROR } from "./loopback-mirror.ts";

/** A range of cluster addresses and what it is for: `{ use: "services", range: "10.96.0.0/12" }`. */
export interface MirroredRange {
  readonly use: string;
  readonly range: string;
}

/** Two ranges whose loopback mirrors share addresses, so that one local address would mean two things. */
export class MirrorCollisionError extends Error {
  override readonly name = "MirrorCollisionError";
  readonly code = "mirror-collision";
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
  for (const [i, second] of ranges.entries()) {
    const first = mirrorCollision(second, ranges.slice(0, i));
    if (first !== undefined) throw new MirrorCollisionError(first, second);
  }
}

/**
 * The range whose mirror has addresses of another's: the first of `others`, or what listens on this machine.
 * @throws InvalidCidrError
 */
export function mirrorCollision(
  { range }: MirroredRange,
  others: readonly MirroredRange[],
): MirroredRange | undefined {
  const mirror = mirrorOf(new Cidr(range));
  if (mirror === undefined) return undefined;
  return [THIS_MACHINE, ...others].find((other) => {
    return mirrorOf(new Cidr(other.range))?.overlaps(mirror);
  });
}

function mirrorOf(range: Cidr): Cidr | undefined {
  if (range.family === "IPv6") return undefined;
  return new Cidr(`${FIRST_MIRROR.addressOf(range.at(0))}/${Math.max(8, range.prefixLength)}`);
}
