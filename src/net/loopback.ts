/** Whether an address is one of this machine's own that nobody else can reach it at. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
