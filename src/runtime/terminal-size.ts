import { execFile } from "node:child_process";
import { readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { processTable, withDescendants } from "./process-table.ts";

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
  let wanted: Size | undefined;
  let isBusy = false;
  const run = async (): Promise<void> => {
    while (pid !== undefined && wanted !== undefined) {
      const size = wanted;
      const isDone = await setSize(pid, size);
      // Another one may have been told meanwhile: the last counts.
      if (wanted === size || !isDone) wanted = undefined;
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

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** @returns false when the process ends without a terminal, or has none in time */
async function setSize(pid: number, { columns, rows }: Size): Promise<boolean> {
  const until = performance.now() + PATIENCE;
  const size = ["rows", String(rows), "cols", String(columns)];
  while (performance.now() < until) {
    const family = withDescendants(pid, processTable());
    if (family.length === 0) return false;
    const terminal = family.map((each) => `/proc/${each}/fd/0`).find(isTerminal);
    // The program through which it is reached may have ended in this moment.
    if (terminal !== undefined && (await stty(["-F", terminal, ...size]))) return true;
    await sleep(POLL);
  }
  return false;
}

function isTerminal(place: string): boolean {
  try {
    return readlinkSync(place).startsWith("/dev/pts/");
  } catch {
    return false;
  }
}

function stty(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile("stty", args, (error) => resolve(error === null));
  });
}
