/** Whether an address belongs to this machine alone, so that other machines can't reach it. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
