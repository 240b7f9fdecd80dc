import ipaddr from "ipaddr.js";

/** The two kinds of address, named as a Service's `ipFamilies` names them. */
export type AddressFamily = "IPv4" | "IPv6";

/** Ranges that no Service and no endpoint can live in; API servers refuse them as endpoints (P.2). */
export type SpecialUse = "unspecified" | "loopback" | "link-local" | "multicast";

const SPECIAL: ReadonlyMap<string, SpecialUse> = new Map([
  ["unspecified", "unspecified"],
  ["loopback", "loopback"],
  ["linkLocal", "link-local"],
  ["multicast", "multicast"],
]);

/** Every change of every pod asks for a family, and the library's own test takes ten times as long. */
const FOUR_PARTS =
  /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/**
 * The family of an address, undefined for anything that is not an address. Strict, as API servers are: IPv4 is
 * four decimal parts without leading zeros, and IPv6 has no zone.
 */
export function familyOf(text: string): AddressFamily | undefined {
  if (FOUR_PARTS.test(text)) return "IPv4";
  return text.includes(":") && !text.includes("%") && ipaddr.IPv6.isValid(text)
    ? "IPv6"
    : undefined;
}

/** One spelling per address (RFC 5952 for IPv6); undefined for anything that is no address. */
export function canonicalAddress(text: string): string | undefined {
  const family = familyOf(text);
  return family === "IPv6" ? ipaddr.IPv6.parse(text).toRFC5952String() : family && text;
}

/** What the address is reserved for, undefined for an ordinary one and for no address at all. */
export function specialUseOf(text: string): SpecialUse | undefined {
  return familyOf(text) && SPECIAL.get(ipaddr.process(text).range());
}

/** The address as a whole number, for arithmetic in a range. */
export function addressToNumber(text: string): bigint | undefined {
  if (familyOf(text) === undefined) return undefined;
  return ipaddr
    .parse(text)
    .toByteArray()
    .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** The inverse of {@link addressToNumber}. */
export function addressFromNumber(value: bigint, family: AddressFamily): string {
  const bytes: number[] = [];
  for (let rest = value, i = family === "IPv4" ? 4 : 16; i > 0; i--, rest >>= 8n) {
    bytes.unshift(Number(rest & 0xffn));
  }
  return ipaddr.fromByteArray(bytes).toString();
}
