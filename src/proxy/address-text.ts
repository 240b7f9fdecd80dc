/** An IPv4 client of a dual-stack socket without its `::ffff:` prefix. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return "unknown";
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
