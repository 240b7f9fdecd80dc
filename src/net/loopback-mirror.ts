/** How far apart the second octets of two mirrors are. */
const STEP = 20;

/**
 * Mirrors that share no address, for the default ranges of Services (10.96.0.0/12), load balancers (10.112.0.0/24)
 * and pods (10.244.0.0/16).
 */
const MIRRORS = 6;

/**
 * Where this machine reaches cluster addresses: the same IPv4 address with 127 as its first octet
 * (`10.96.3.7` → `127.96.3.7`). Linux answers on all of 127.0.0.0/8 without set-up or root. Those who serve on one
 * machine at the same time each take a mirror of their own, whose second octets are shifted (`127.116.3.7` in
 * mirror 1).
 */
export class LoopbackMirror {
  static readonly all: readonly LoopbackMirror[] = Array.from(
    { length: MIRRORS },
    (_, number) => new LoopbackMirror(number),
  );

  /** @throws RangeError when no mirror has that number. */
  static numbered(number: number): LoopbackMirror {
    const mirror = LoopbackMirror.all[number];
    if (mirror !== undefined) return mirror;
    throw new RangeError(
      `there is no loopback mirror ${number}; choose one from 0 to ${MIRRORS - 1}`,
    );
  }

  readonly number: number;
  /** What is added to the second octet. */
  readonly shift: number;

  private constructor(number: number) {
    this.number = number;
    this.shift = STEP * number;
  }

  /** Where NodePorts are offered. */
  get node(): string {
    return `127.0.0.${1 + this.number}`;
  }

  /** @returns undefined for anything that has no mirror (IPv6, no address at all). */
  addressOf(address: string): string | undefined {
    if (address.includes(":")) return undefined;
    const first = address.indexOf(".");
    if (first < 0) return undefined;
    if (this.shift === 0) return `127${address.slice(first)}`;
    const second = address.indexOf(".", first + 1);
    const octet = (Number(address.slice(first + 1, second)) + this.shift) % 256;
    const mirrored = `127.${octet}${address.slice(second)}`;
    // What is no mirror of anybody: this machine's own services, and NodePorts.
    return mirrored.startsWith("127.0.0.") ? undefined : mirrored;
  }

  /** The cluster addresses that this may be the mirror of: any first octet. */
  sourcesOf(mirrored: string): string[] {
    if (!mirrored.startsWith("127.")) return [];
    const [, second, ...rest] = mirrored.split(".");
    const octet = (Number(second) - this.shift + 256) % 256;
    const tail = `.${octet}.${rest.join(".")}`;
    return Array.from({ length: 223 }, (_, i) => `${i + 1}${tail}`).filter(
      (address) => address !== mirrored,
    );
  }
}

/** The one that is taken first, and by those who don't share the machine's addresses with anybody. */
export const FIRST_MIRROR = LoopbackMirror.all[0] as LoopbackMirror;
