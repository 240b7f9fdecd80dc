/** An IPv4 client of a dual-stack socket without its `::ffff:` prefix. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return "unknown";
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

/** `127.0.0.1:80`, `[::1]:80` */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
