import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A socket of this machine that has a local address, as /proc lists it. */
export interface BoundSocket {
  /** `0.0.0.0`, `127.0.0.1`; `::` and `::1`; what IPv6 maps of IPv4 is that. */
  readonly host: string;
  readonly port: number;
  readonly inode: string;
  readonly uid: number;
}

const LISTEN = "0A";
/** The state "unconnected", which a listening UDP socket has. */
const UNCONNECTED = "07";

/**
 * TCP sockets that listen, or UDP sockets that anybody may send to, in the network that a process is in.
 * Linux only (it reads /proc); empty elsewhere.
 */
export function boundSockets(
  protocol: "TCP" | "UDP",
  pid: number | "self" = "self",
): BoundSocket[] {
  const name = protocol.toLowerCase();
  const state = protocol === "TCP" ? LISTEN : UNCONNECTED;
  return [name, `${name}6`].flatMap((table) => {
    let text: string;
    try {
      text = readFileSync(`/proc/${pid}/net/${table}`, "latin1");
    } catch {
      return [];
    }
    return text
      .split("\n")
      .slice(1)
      .flatMap((line) => readLine(line, state));
  });
}

function readLine(line: string, state: string): BoundSocket[] {
  const [, local = "", , found, , , , uid, , inode = ""] = line.trim().split(/\s+/);
  if (found !== state) return [];
  const colon = local.lastIndexOf(":");
  const port = Number.parseInt(local.slice(colon + 1), 16);
  return [{ host: readAddress(local.slice(0, colon)), port, inode, uid: Number(uid) }];
}

/** Addresses stand there as 32-bit words in the machine's byte order. */
function readAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const inOrder = (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
    return LITTLE_ENDIAN ? inOrder.reverse() : inOrder;
  });
  if (bytes.length === 4) return bytes.join(".");
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255;
  if (isMapped) return bytes.slice(12).join(".");
  if (bytes.every((byte) => byte === 0)) return "::";
  if (bytes.slice(0, 15).every((byte) => byte === 0)) return `::${bytes[15]}`;
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/(.{4})(?=.)/g, "$1:");
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The inodes of a process' open sockets; none when it is gone, or another user's. */
export function socketInodes(pid: number | string): string[] {
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
