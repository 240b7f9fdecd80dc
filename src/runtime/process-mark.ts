import { readFileSync } from "node:fs";
import { isEnded, processTable, type SystemProcess } from "./process-table.ts";

/**
 * A variable in the environment of every process that is started here, with a different value for each. A descendant
 * that left the process group (a daemon) still has it.
 */
export const MARK_VARIABLE = "KUBELANE_PROCESS";

/**
 * Processes with a mark in their environment. Linux only (it reads /proc); empty elsewhere.
 * @param since the start time of the marked process
 */
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
    // It has ended, or belongs to another user.
    return false;
  }
}
