import { describe, expect, test } from "vitest";
import { HalfClosed } from "../../src/proxy/inbound/http1/half-closed.ts";
import type { Connection } from "../../src/proxy/transport/connection.ts";

const HEADER =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

const client = (port: number, address = "127.0.0.1") =>
  ({ remote: { address, port }, local: { address: "127.0.0.1", port: 8080 } }) as Connection;

/** A line for the client's side. */
const line = (port: number, inode: number, prefix = "") => {
  const end = (n: number) => `${prefix}0100007F:${n.toString(16).toUpperCase().padStart(4, "0")}`;
  return `   0: ${end(port)} ${end(8080)} 05 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 20 4 30 10 -1\n`;
};

describe.runIf(process.platform === "linux")("clients that have ended their sending side", () => {
  test("still read where a program holds their end, and are gone where none does", async () => {
    const tables = [
      HEADER + line(50_001, 4711) + line(50_002, 0),
      HEADER + line(50_003, 4712, "0000000000000000FFFF0000"),
    ];
    const half = new HalfClosed(async (file) => tables[file.endsWith("6") ? 1 : 0] as string);
    const all = [50_001, 50_002, 50_003, 50_004].map((port) => half.stillReads(client(port)));
    expect(await Promise.all(all)).toEqual([true, false, true, false]);
  });

  test("can't be told apart on other machines, nor where there are no tables", async () => {
    const half = new HalfClosed(() => Promise.reject(new Error("none")));
    expect(await half.stillReads(client(50_001, "192.0.2.1"))).toBeUndefined();
    expect(await half.stillReads(client(50_001))).toBeUndefined();
  });

  test("are looked for together, however many leave at once", async () => {
    let reads = 0;
    const half = new HalfClosed(async () => {
      reads++;
      await new Promise((resolve) => setTimeout(resolve, 10));
      return HEADER;
    });
    const all = Array.from({ length: 500 }, (_, i) => half.stillReads(client(50_000 + i)));
    expect(new Set(await Promise.all(all))).toEqual(new Set([false]));
    // Two tables for who came first, and two for all others.
    expect(reads).toBe(4);
  });
});
