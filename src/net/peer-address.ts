const MAPPED = "::ffff:";

/** An address as a socket tells it: an IPv4 peer of a dual-stack socket without its `::ffff:` prefix. */
export function peerAddress(address: string): string {
  return address.startsWith(MAPPED) && address.includes(".")
    ? address.slice(MAPPED.length)
    : address;
}
