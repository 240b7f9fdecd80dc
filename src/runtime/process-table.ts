import { readdirSync, readFileSync } from "node:fs";

/** One process as the kernel lists it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  /** `Z`: ended, and not yet waited for. */
  readonly state: string;
  /** Since boot, in the kernel's ticks: together with the pid, it names one process for good. */
  readonly startTime: string;
}

/** Reads `/proc/<pid>/stat`; undefined when there is no such process, or no /proc. */
export function processEntry(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The program's name comes in parentheses and may itself contain blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { pid, state: fields[0]!, group: Number(fields[2]), startTime: fields[19]! };
}

/** Every process of this machine that we may see; empty without /proc. */
export function* processTable(): Generator<ProcessEntry> {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return;
  }
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const entry = processEntry(pid);
    if (entry !== undefined) yield entry;
  }
}

/** Whether a process of the group still runs. */
export function groupIsAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  if (process.platform !== "linux") return true;
  // Zombies count for kill(2); where nobody waits for orphans they stay for ever, and use nothing.
  for (const entry of processTable()) {
    if (entry.group === group && entry.state !== "Z" && entry.state !== "X") return true;
  }
  return false;
}
