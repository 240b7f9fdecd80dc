import { readlinkSync } from "node:fs";
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

/** A TCP port of a pod that is listened on. */
export interface PodPort {
  readonly port: number;
  /** The address of the pod's localhost that it is listened on at; absent: it is at the pod's own address. */
  readonly loopback?: string;
}

/**
 * The TCP ports that are listened on in a process' network namespace, ascending. Empty for a process that is in the
 * namespace of this one, as it is until it has entered another.
 */
export function portsOfNamespace(pid: number): readonly PodPort[] {
  const own = networkOf("self");
  const network = networkOf(pid);
  if (network === undefined || network === own) return [];
  const loopbacks = new Map<number, string | undefined>();
  for (const { host, port } of boundSockets("TCP", pid)) {
    // By 127.0.0.1 rather than by ::1 where it is both, by the pod's address where it can be.
    const isBetter = !loopbacks.has(port) || !isLoopback(host) || host.includes(".");
    const isKnown = loopbacks.has(port) && loopbacks.get(port) === undefined;
    if (isBetter && !isKnown) loopbacks.set(port, isLoopback(host) ? host : undefined);
  }
  return [...loopbacks]
    .map(([port, loopback]) => ({ port, ...(loopback !== undefined && { loopback }) }))
    .sort((a, b) => a.port - b.port);
}

function networkOf(pid: number | "self"): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}
