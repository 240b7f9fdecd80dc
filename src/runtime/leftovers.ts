import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { isOwned, type LedgerEntry } from "./ledger.ts";
import { carries, markedProcesses } from "./process-mark.ts";
import { isEnded, processEntry, processTable } from "./process-table.ts";

/** Milliseconds that leftover processes have to end by themselves. */
const GRACE = 2_000;
const POLL = 20;

/**
 * Ends what killed runs left behind, and nothing else: processes with a recorded pid and start time, their process
 * groups, and processes with their mark.
 * @returns the processes that were ended.
 */
export async function endLeftovers(folder: string, clock: Clock): Promise<LedgerEntry[]> {
  const found: LedgerEntry[] = [];
  for (const run of namesIn(folder)) {
    if (isOwned(run)) continue;
    for (const name of namesIn(join(folder, run))) {
      const entry = readEntry(join(folder, run, name));
      if (entry !== undefined && survivorsOf(entry).length > 0) found.push(entry);
    }
  }
  for (const entry of found) signalAll(entry, "SIGTERM");
  const deadline = clock.now() + GRACE;
  const alive = (): boolean => found.some((entry) => survivorsOf(entry).length > 0);
  while (alive()) {
    if (clock.now() >= deadline) for (const entry of found) signalAll(entry, "SIGKILL");
    if (clock.now() >= deadline + GRACE) break;
    await new Promise<void>((resolve) => void clock.after(POLL, resolve));
  }
  for (const run of namesIn(folder)) {
    if (!isOwned(run)) rmSync(join(folder, run), { recursive: true, force: true });
  }
  return found;
}

function signalAll(entry: LedgerEntry, signal: NodeJS.Signals): void {
  for (const pid of survivorsOf(entry)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** The recorded process if it is still the same one, its group, and all processes with its mark. */
function survivorsOf({ pid, startTime, mark }: LedgerEntry): number[] {
  const leader = processEntry(pid);
  const isSame = leader !== undefined && leader.startTime === startTime;
  if (process.platform !== "linux") return isSame && !isEnded(leader) ? [pid] : [];
  const survivors = new Set(markedProcesses(mark, startTime).map((entry) => entry.pid));
  for (const entry of processTable()) {
    if (entry.group !== pid || isEnded(entry)) continue;
    // Once the leader has ended, only the mark identifies the group: its number may have been reused.
    if (isSame || carries(entry.pid, mark)) survivors.add(entry.pid);
  }
  return [...survivors];
}

function readEntry(path: string): LedgerEntry | undefined {
  try {
    const { pid, startTime, mark, pod } = JSON.parse(readFileSync(path, "utf8"));
    const isWhole =
      Number.isInteger(pid) &&
      pid > 1 &&
      [startTime, mark, pod].every((x) => typeof x === "string");
    return isWhole && /^\d*$/.test(startTime) === (process.platform === "linux")
      ? { pid, startTime, mark, pod }
      : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
