import { execFile } from "node:child_process";
import { readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { processTable } from "./process-table.ts";

/** How long a process may take to make its terminal, in milliseconds. */
const PATIENCE = 5_000;
const POLL = 20;

export type Resize = (columns: number, rows: number) => void;

/**
 * Sets the size of the terminal that a process made (`onTerminal`), which tells the programs on it. Node has no call for
 * it; `stty` has, and reaches the terminal through a program that runs on it, in whatever namespaces that is. A client
 * tells the first size before there is a terminal, so that is waited for. Where there is no /proc, the size stays.
 * @param pid undefined where nothing could be started
 */
export function terminalResizer(pid: number | undefined): Resize {
  let wanted: { readonly columns: number; readonly rows: number } | undefined;
  let isBusy = false;
  const run = async (): Promise<void> => {
    const terminal = pid && (await terminalBelow(pid));
    while (terminal && wanted !== undefined) {
      const { columns, rows } = wanted;
      wanted = undefined;
      await setSize(terminal, columns, rows);
    }
    isBusy = false;
  };
  return (columns, rows) => {
    wanted = { columns, rows };
    if (isBusy) return;
    isBusy = true;
    void run();
  };
}

/** @returns where its terminal can be opened; undefined when it ends without one */
async function terminalBelow(pid: number): Promise<string | undefined> {
  const until = performance.now() + PATIENCE;
  while (performance.now() < until) {
    const processes = processTable();
    if (!processes.some((each) => each.pid === pid)) return undefined;
    const family = new Set([pid]);
    // A child's id may be the smaller one, once ids have gone round: another look finds it.
    for (const each of processes) if (family.has(each.parent)) family.add(each.pid);
    const place = [...family].map((each) => `/proc/${each}/fd/0`).find(isTerminal);
    if (place !== undefined) return place;
    await sleep(POLL);
  }
  return undefined;
}

function isTerminal(place: string): boolean {
  try {
    return readlinkSync(place).startsWith("/dev/pts/");
  } catch {
    return false;
  }
}

function setSize(terminal: string, columns: number, rows: number): Promise<void> {
  const size = ["rows", String(rows), "cols", String(columns)];
  return new Promise((resolve) => {
    // Its program may have ended meanwhile.
    execFile("stty", ["-F", terminal, ...size], () => resolve());
  });
}
