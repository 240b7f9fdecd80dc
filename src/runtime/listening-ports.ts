import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { processTable } from "./process-table.ts";

const LISTEN = "0A";

/** 127.0.0.0/8 and ::1, as these tables write addresses: each 32 bits of them in the machine's byte order. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000):/;

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
    for (const inode of socketsOf(entry.pid)) sockets.add(inode);
  }
  if (sockets.size === 0) return [];
  const ports = new Map<number, boolean>();
  for (const { port, inode, isLoopback } of [
    ...listeners(group, "tcp"),
    ...listeners(group, "tcp6"),
  ]) {
    if (sockets.has(inode)) ports.set(port, (ports.get(port) ?? true) && isLoopback);
  }
  return [...ports]
    .map(([port, onlyLoopback]) => ({ port, onlyLoopback }))
    .sort((a, b) => a.port - b.port);
}

/** The inodes of a process' open sockets. */
function socketsOf(pid: number): string[] {
  let descriptors: string[];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
  const inodes: string[] = [];
  for (const descriptor of descriptors) {
    try {
      const link = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      if (inode !== undefined) inodes.push(inode);
    } catch {
      // Closed in the meantime.
    }
  }
  return inodes;
}

/** Sockets of the network that a process is in. */
function listeners(
  pid: number,
  table: "tcp" | "tcp6",
): { port: number; inode: string; isLoopback: boolean }[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/net/${table}`, "latin1");
  } catch {
    return [];
  }
  const found: { port: number; inode: string; isLoopback: boolean }[] = [];
  for (const line of text.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] !== LISTEN) continue;
    const port = Number.parseInt(fields[1]!.slice(fields[1]!.lastIndexOf(":") + 1), 16);
    found.push({ port, inode: fields[9]!, isLoopback: LOOPBACK.test(fields[1]!) });
  }
  return found;
}
