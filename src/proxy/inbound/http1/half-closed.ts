import { readFile } from "node:fs/promises";
import { isLoopback } from "../../../net/loopback.ts";
import type { Connection, Place } from "../../transport/connection.ts";

/** Called with whether a program still holds the other end of a connection; undefined when that can't be known. */
type Answer = (reads: boolean | undefined) => void;

/**
 * Tells whether clients that have closed their sending side can still read. On the wire a client that left looks the
 * same; but for programs on this machine Linux lists whether one still holds the other end. Its tables list every
 * connection of the machine, so one read serves all questions that come meanwhile: one read for each client would
 * stop everything when many leave at once.
 */
export class HalfClosed {
  readonly #read: (file: string) => Promise<string>;
  /** By both addresses, in the notation of the tables. */
  #asked = new Map<string, Answer>();
  #isLooking = false;

  constructor(read = (file: string) => readFile(file, "latin1")) {
    this.#read = read;
  }

  /** @returns undefined when it can't be known. */
  stillReads(client: Connection): Promise<boolean | undefined> {
    const from = hexOf(client.remote);
    const to = hexOf(client.local);
    if (process.platform !== "linux" || from === undefined || to === undefined) {
      return Promise.resolve(undefined);
    }
    return new Promise((resolve) => {
      this.#asked.set(`${from} ${to}`, resolve);
      if (!this.#isLooking) void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    while (this.#asked.size > 0) {
      const asked = this.#asked;
      this.#asked = new Map();
      let otherwise: boolean | undefined = false;
      try {
        for (const [file, prefix] of TABLES) answer(await this.#read(file), prefix, asked);
      } catch {
        otherwise = undefined;
      }
      for (const tell of asked.values()) tell(otherwise);
    }
    this.#isLooking = false;
  }
}

/** Answers the questions about connections that are listed, and removes them. */
function answer(table: string, prefix: string, asked: Map<string, Answer>): void {
  for (const line of table.split("\n")) {
    const [, from, to, ...rest] = line.trim().split(/\s+/, INODE + 1);
    if (!from?.startsWith(prefix) || !to?.startsWith(prefix)) continue;
    const ends = `${from.slice(prefix.length)} ${to.slice(prefix.length)}`;
    const tell = asked.get(ends);
    if (tell === undefined) continue;
    asked.delete(ends);
    tell(rest[INODE - 3] !== "0");
  }
}

/** The files in which Linux lists connections, each with the prefix that it puts before IPv4 addresses. */
const TABLES = [
  ["/proc/net/tcp", ""],
  ["/proc/net/tcp6", "0000000000000000FFFF0000"],
] as const;
const INODE = 9;

/** `127.0.0.1:8080` in the notation of these tables; undefined for other machines' addresses and for IPv6. */
function hexOf(place: Place | undefined): string | undefined {
  if (place === undefined || place.address.includes(":")) return undefined;
  const { address, port } = place;
  if (!isLoopback(address)) return undefined;
  const bytes = Buffer.from(address.split(".").map(Number)).reverse();
  const hex = (value: string) => value.toUpperCase();
  return `${hex(bytes.toString("hex"))}:${hex(port.toString(16)).padStart(4, "0")}`;
}
