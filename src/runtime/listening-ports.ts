import { isLoopback } from "../net/loopback.ts";
import { boundSockets, socketInodes } from "../net/socket-table.ts";
import { processTable } from "./process-table.ts";

/** A TCP port that is listened on, and whether on loopback addresses alone. */
export interface ListeningPort {
  readonly port: number;
  readonly onlyLoopback: boolean;
}

/**
 * The TCP ports that the processes of a group listen on, ascending. Linux only (it reads /proc); empty
 * elsewhere.
 */
export function listeningPorts(group: number): readonly ListeningPort[] {
  const sockets = new Set<string>();
  for (const entry of processTable()) {
    if (entry.group !== group) continue;
    for (const inode of socketInodes(entry.pid)) sockets.add(inode);
  }
  if (sockets.size === 0) return [];
  const ports = new Map<number, boolean>();
  for (const { host, port, inode } of boundSockets("TCP", group)) {
    if (sockets.has(inode)) ports.set(port, (ports.get(port) ?? true) && isLoopback(host));
  }
  return [...ports]
    .map(([port, onlyLoopback]) => ({ port, onlyLoopback }))
    .sort((a, b) => a.port - b.port);
}
