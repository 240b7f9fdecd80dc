import { readdirSync, readFileSync } from "node:fs";
import { type BoundSocket, boundSockets, socketInodes } from "./socket-table.ts";

/** The process that has an address and port, as far as this machine tells. */
export interface PortHolder {
  /** Absent for processes of other users, whose sockets only root may see. */
  readonly pid?: number;
  /** Its command line, cut. */
  readonly command?: string;
  /** The user that it runs as. */
  readonly uid: number;
}

/** Milliseconds for which one look at the machine's sockets serves. */
const FRESH = 500;

/** Characters of a command line that are told. */
const COMMAND = 60;

interface Look {
  readonly at: number;
  readonly sockets: readonly BoundSocket[];
}

/** Sockets whose processes are remembered. */
const REMEMBERED = 100;

/**
 * Finds the programs that keep addresses from being bound. Often one program has many of them, and they are tried
 * again and again: looks at sockets are kept for a moment, and whose a socket is for as long as it is asked for.
 * That takes a look at every descriptor of every process.
 */
export class PortHolders {
  readonly #looks = new Map<string, Look>();
  /** By inode. */
  readonly #pids = new Map<string, number | undefined>();

  /**
   * The program that has the address, or all addresses of the machine, at that port.
   * @returns undefined when nobody has, and wherever there is no /proc.
   */
  holderOf(host: string, port: number, protocol: "TCP" | "UDP" = "TCP"): PortHolder | undefined {
    const look = this.#look(protocol);
    const found = look.sockets.find((socket) => {
      if (socket.port !== port) return false;
      return socket.host === host || isUnspecified(socket.host) || isUnspecified(host);
    });
    if (found === undefined) return undefined;
    const { uid, inode } = found;
    const pid = this.#processWith(inode);
    const command = pid === undefined ? undefined : commandOf(pid);
    return { uid, ...(pid !== undefined && { pid }), ...(command && { command }) };
  }

  #look(protocol: "TCP" | "UDP"): Look {
    const last = this.#looks.get(protocol);
    if (last !== undefined && performance.now() - last.at < FRESH) return last;
    const look = { at: performance.now(), sockets: boundSockets(protocol) };
    this.#looks.set(protocol, look);
    return look;
  }

  #processWith(inode: string): number | undefined {
    const known = this.#pids.get(inode);
    if (known !== undefined || this.#pids.has(inode)) return known;
    const pid = processWith(inode);
    if (this.#pids.size >= REMEMBERED) this.#pids.clear();
    this.#pids.set(inode, pid);
    return pid;
  }

  /** Forgets how sockets were. Whose one is stays true. */
  refresh(): void {
    this.#looks.clear();
  }
}

/** {@link PortHolders.holderOf}, as things are now. */
export function portHolder(
  host: string,
  port: number,
  protocol: "TCP" | "UDP" = "TCP",
): PortHolder | undefined {
  return new PortHolders().holderOf(host, port, protocol);
}

function isUnspecified(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** `node server.js (pid 812)`, as far as it is known. */
export function describeHolder({ pid, command, uid }: PortHolder): string {
  if (pid === process.pid) return `kubelane itself (pid ${pid})`;
  if (pid === undefined) return `a program of user ${uid} (sudo ss -tulpn names it)`;
  return command === undefined ? `pid ${pid}` : `${command} (pid ${pid})`;
}

function processWith(inode: string): number | undefined {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return undefined;
  }
  const pid = names.find((name) => /^\d+$/.test(name) && socketInodes(name).includes(inode));
  return pid === undefined ? undefined : Number(pid);
}

function commandOf(pid: number): string | undefined {
  try {
    // Of a path its last part: `node server.js`, wherever the two are.
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    const command = words
      .map((word) => word.replace(/^\/.*\/(?=.)/, ""))
      .join(" ")
      .trim();
    return command.length > COMMAND ? `${command.slice(0, COMMAND)}…` : command;
  } catch {
    return undefined;
  }
}
