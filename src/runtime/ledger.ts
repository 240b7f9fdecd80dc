import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePrivateFolder, privateFolder } from "./private-folder.ts";
import { isEnded, processEntry } from "./process-table.ts";

/** One process that was started and whose end has not been seen. */
export interface LedgerEntry {
  readonly pid: number;
  readonly startTime: string;
  readonly mark: string;
  /** `shop/web-1`, for whoever is told of it. */
  readonly pod: string;
}

let runs = 0;

/**
 * What runs, on disk: a folder for each runtime, in it a file for each process. It outlives a SIGKILL of
 * ours, so that the next start can end what was left.
 */
export class Ledger {
  readonly #folder: string;
  #made = false;

  /** @param folder private to the user; see {@link defaultStateFolder} */
  constructor(folder: string) {
    const startTime = processEntry(process.pid)?.startTime ?? "";
    this.#folder = join(folder, runName(process.pid, startTime, runs++));
  }

  /** The folder, made if need be: what else is in it goes with the run, or with what is left of it. */
  open(): string {
    if (!this.#made) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#made = true;
    return this.#folder;
  }

  /** @returns how to strike it out again. */
  record(entry: LedgerEntry): () => void {
    try {
      const file = join(this.open(), String(entry.pid));
      writeFileSync(file, JSON.stringify(entry), { mode: 0o600 });
      return () => removeIfPossible(file);
    } catch {
      // A read-only or full disk is no reason not to run; only the tidying after a crash is lost.
      return () => {};
    }
  }

  close(): void {
    if (this.#made) removeIfPossible(this.#folder);
  }
}

/** What stays is found ended by the next run, and removed then. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // A disk that is read-only now, for example.
  }
}

/** `4711-8812345-2f0c19ab-0`: pid, start time and boot of the process that owns a run. */
function runName(pid: number, startTime: string, run: number): string {
  return `${pid}-${startTime.replaceAll(/[^A-Za-z0-9]/g, "_")}-${bootId()}-${run}`;
}

/** Whether the process that made the run still lives: a dead one that nobody has waited for does not. */
export function isOwned(run: string): boolean {
  const [pid = "", startTime = "", boot = ""] = run.split("-");
  if (boot !== bootId()) return false;
  const owner = processEntry(Number(pid));
  if (owner === undefined || isEnded(owner)) return false;
  return owner.startTime.replaceAll(/[^A-Za-z0-9]/g, "_") === startTime;
}

/** Pids and start times mean nothing after a reboot. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8);
  } catch {
    return "boot";
  }
}

/**
 * Where runs are written down by default: below the user's private folder.
 * @returns undefined when there is no such folder to be had.
 */
export function defaultStateFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = privateFolder(env);
  try {
    ensurePrivateFolder(folder);
    return join(folder, "processes");
  } catch {
    return undefined;
  }
}
