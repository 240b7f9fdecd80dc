import { readFileSync } from "node:fs";
import { isEnded, processTable, type SystemProcess } from "./process-table.ts";

/**
 * In the environment of every process we start, each time with another value. A descendant that left our
 * process group (a daemon) still carries it.
 */
export const MARK_VARIABLE = "KUBELANE_PROCESS";

/** Processes that carry a mark. Linux only (it reads /proc); empty elsewhere. @param since the start time of the marked process */
export function markedProcesses(mark: string, since: string): SystemProcess[] {
  const earliest = BigInt(since);
  return processTable().filter(
    (entry) => BigInt(entry.startTime) >= earliest && !isEnded(entry) && carries(entry.pid, mark),
  );
}

export function carries(pid: number, mark: string): boolean {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
    return variables.includes(`${MARK_VARIABLE}=${mark}`);
  } catch {
    // It is gone, or somebody else's.
    return false;
  }
}
