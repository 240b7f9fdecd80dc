import { readFile } from "node:fs/promises";
import { isLoopback } from "../../../net/loopback.ts";
import type { Connection, Place } from "../../transport/connection.ts";

/**
 * Whether a client that has ended its sending side can still read. The end looks the same when it is gone for
 * good; what tells them apart is whether a program still holds the other end, which Linux says of those on this
 * machine.
 * @returns undefined when nobody can tell.
 */
export async function stillReads(client: Connection): Promise<boolean | undefined> {
  const from = hexOf(client.remote);
  const to = hexOf(client.local);
  if (process.platform !== "linux" || from === undefined || to === undefined) return undefined;
  try {
    for (const [file, prefix] of TABLES) {
      const wanted = `: ${prefix}${from} ${prefix}${to} `;
      const line = (await readFile(file, "latin1")).split("\n").find((l) => l.includes(wanted));
      if (line !== undefined) return line.trim().split(/\s+/)[INODE] !== "0";
    }
    return false;
  } catch {
    return undefined;
  }
}

/** Where Linux lists connections, and what stands there before an IPv4 address. */
const TABLES = [
  ["/proc/net/tcp", ""],
  ["/proc/net/tcp6", "0000000000000000FFFF0000"],
] as const;
const INODE = 9;

/** `127.0.0.1:8080` as it stands in these tables; undefined for addresses of other machines and of IPv6. */
function hexOf(place: Place | undefined): string | undefined {
  if (place === undefined || place.address.includes(":")) return undefined;
  const { address, port } = place;
  if (!isLoopback(address)) return undefined;
  const bytes = Buffer.from(address.split(".").map(Number)).reverse();
  const hex = (value: string) => value.toUpperCase();
  return `${hex(bytes.toString("hex"))}:${hex(port.toString(16)).padStart(4, "0")}`;
}
