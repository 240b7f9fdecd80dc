const MAPPED = "::ffff:";

/** An address as reported by a socket, without the `::ffff:` that a dual-stack socket puts before an IPv4 peer. */
export function peerAddress(address: string): string {
  return address.startsWith(MAPPED) && address.includes(".")
    ? address.slice(MAPPED.length)
    : address;
}
