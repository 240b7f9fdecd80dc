/**
 * Where this machine reaches a cluster address: the same IPv4 address with 127 as its first octet
 * (`10.96.3.7` → `127.96.3.7`). Linux answers on all of 127.0.0.0/8 without set-up or root.
 * @returns undefined for anything that has no mirror (IPv6, no address at all).
 */
export function mirrorAddress(address: string): string | undefined {
  const dot = address.indexOf(".");
  return dot < 0 || address.includes(":") ? undefined : `127${address.slice(dot)}`;
}
