import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { processTable } from "./process-table.ts";

const LISTEN = "0A";

/**
 * The TCP ports that the processes of a group listen on, ascending. Linux only (it reads /proc); empty
 * elsewhere.
 */
export function listeningPorts(group: number): readonly number[] {
  const sockets = new Set<string>();
  for (const entry of processTable()) {
    if (entry.group !== group) continue;
    for (const inode of socketsOf(entry.pid)) sockets.add(inode);
  }
  if (sockets.size === 0) return [];
  const ports = new Set<number>();
  for (const { port, inode } of [...listeners("tcp"), ...listeners("tcp6")]) {
    if (sockets.has(inode)) ports.add(port);
  }
  return [...ports].sort((a, b) => a - b);
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

function listeners(table: "tcp" | "tcp6"): { port: number; inode: string }[] {
  let text: string;
  try {
    text = readFileSync(`/proc/net/${table}`, "latin1");
  } catch {
    return [];
  }
  const found: { port: number; inode: string }[] = [];
  for (const line of text.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] !== LISTEN) continue;
    const port = Number.parseInt(fields[1]!.slice(fields[1]!.lastIndexOf(":") + 1), 16);
    found.push({ port, inode: fields[9]! });
  }
  return found;
}
