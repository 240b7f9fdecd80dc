/** The places in a packed answer that differ each time it is sent. */
export interface ChangingPlaces {
  /** Offset of a SOA's serial, or -1. */
  readonly serialAt: number;
  /** Offsets of the addresses in the answer section, which are shuffled. Empty for fewer than two. */
  readonly addressesAt: readonly number[];
  /** 4 or 16 bytes. */
  readonly addressSize: number;
}

/** {@link ChangingPlaces} packed into one number, which is stored with the answer. This one: nothing changes. */
export const NOTHING = 0;
/** Flag: the low 16 bits are the offset of a serial. */
const SERIAL = 1 << 28;
/** Without the flag, the low 16 bits are the offset of the first address, and the number of addresses is above them. */
const LONG_ADDRESSES = 1 << 27;
const COUNT_SHIFT = 16;
const MAX_COUNT = 0x7ff;
const PLACE = 0xffff;
/** Bytes between two addresses of one name: a pointer to the name, type, class, TTL and length. */
const GAP = 12;

/** @returns undefined for an answer of a rare form, whose addresses are not at regular distances. */
export function packPlaces(places: ChangingPlaces): number | undefined {
  const { serialAt, addressesAt, addressSize } = places;
  const count = addressesAt.length;
  if (count < 2) return serialAt < 0 ? NOTHING : SERIAL | serialAt;
  const first = addressesAt[0] as number;
  const step = addressSize + GAP;
  const isRegular = addressesAt.every((at, i) => at === first + i * step);
  if (serialAt >= 0 || !isRegular || count > MAX_COUNT) return undefined;
  return (addressSize === 4 ? 0 : LONG_ADDRESSES) | (count << COUNT_SHIFT) | first;
}

/** Writes the current serial, or puts the addresses in a new order. */
export function changePlaces(
  answer: Uint8Array,
  packed: number,
  serial: number,
  random: () => number,
): void {
  const place = packed & PLACE;
  if ((packed & SERIAL) !== 0) {
    for (let i = 0; i < 4; i++) answer[place + i] = serial >>> (24 - 8 * i);
    return;
  }
  const size = (packed & LONG_ADDRESSES) === 0 ? 4 : 16;
  const step = size + GAP;
  for (let i = ((packed >> COUNT_SHIFT) & MAX_COUNT) - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    if (i !== j) swap(answer, place + i * step, place + j * step, size);
  }
}

function swap(bytes: Uint8Array, a: number, b: number, size: number): void {
  for (let i = 0; i < size; i++) {
    const byte = bytes[a + i] as number;
    bytes[a + i] = bytes[b + i] as number;
    bytes[b + i] = byte;
  }
}
