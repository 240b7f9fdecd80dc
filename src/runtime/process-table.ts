import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** One process in the kernel's table. */
export interface SystemProcess {
  readonly pid: number;
  /** The pid of the process that started it, or of the one that takes orphans. */
  readonly parent: number;
  readonly group: number;
  /** `Z`: a zombie, which has ended and was not reaped. */
  readonly state: string;
  /** Start time, opaque; on Linux ticks since boot. Pid and start time together identify a process. */
  readonly startTime: string;
}

/** @returns undefined when there is no such process. */
export function processEntry(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): SystemProcess | undefined {
  if (platform === "win32") return undefined;
  return platform === "linux" ? entryFromProc(pid) : entryFromPs(pid);
}

function entryFromProc(pid: number): SystemProcess | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The program's name comes in parentheses and may itself contain blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent, group] = fields;
  return {
    pid,
    parent: Number(parent),
    state,
    group: Number(group),
    startTime: fields[19]!,
  };
}

function entryFromPs(pid: number): SystemProcess | undefined {
  const { stdout } = spawnSync("ps", ["-o", "ppid=,pgid=,state=,lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  const match = /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+(\S.*?)\s*$/.exec(stdout ?? "");
  if (match === null) return undefined;
  const [, parent, group, state = "", startTime = ""] = match;
  return { pid, parent: Number(parent), group: Number(group), state, startTime };
}

/** Every process of this machine; empty where there is no /proc. */
export function processTable(): SystemProcess[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) ? (entryFromProc(pid) ?? []) : [];
  });
}

/**
 * A process and all that it started, itself first; none when it is not in the table. Ids say nothing of who came first:
 * they go round.
 */
export function withDescendants(pid: number, table: readonly SystemProcess[]): readonly number[] {
  const children = new Map<number, number[]>();
  for (const each of table) {
    children.set(each.parent, [...(children.get(each.parent) ?? []), each.pid]);
  }
  const family = table.some((each) => each.pid === pid) ? [pid] : [];
  for (const each of family) {
    for (const child of children.get(each) ?? []) family.push(child);
  }
  return family;
}

/** Whether it is a zombie: it has ended, and its entry is kept until its parent reaps it. */
export function isEnded({ state }: SystemProcess): boolean {
  return state === "Z" || state === "X";
}

/** Whether a process of the group still runs. */
export function groupIsAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  if (process.platform !== "linux") return true;
  // kill(2) counts zombies as existing. Where orphans are never reaped they stay for ever, but use no resources.
  return processTable().some((entry) => entry.group === group && !isEnded(entry));
}
