import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePrivateFolder, privateFolder } from "./private-folder.ts";
import { isEnded, processEntry } from "./process-table.ts";

/** A process that was started and whose end was not seen yet. */
export interface LedgerEntry {
  readonly pid: number;
  readonly startTime: string;
  readonly mark: string;
  /** `shop/web-1`, for messages. */
  readonly pod: string;
}

let runs = 0;

/**
 * A record on disk of the running processes: one folder for each runtime, with a file for each process. It survives a
 * SIGKILL of this process, so that the next run can end what was left.
 */
export class Ledger {
  readonly #folder: string;
  #made = false;

  /** @param folder private to the user; see {@link defaultStateFolder} */
  constructor(folder: string) {
    const startTime = processEntry(process.pid)?.startTime ?? "";
    this.#folder = join(folder, runName(process.pid, startTime, runs++));
  }

  /** The folder, made on demand. Whatever else is put into it is removed with the run, or with its leftovers. */
  open(): string {
    if (!this.#made) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#made = true;
    return this.#folder;
  }

  /** @returns a function that removes the record. */
  record(entry: LedgerEntry): () => void {
    try {
      const file = join(this.open(), String(entry.pid));
      writeFileSync(file, JSON.stringify(entry), { mode: 0o600 });
      return () => removeIfPossible(file);
    } catch {
      // With a read-only or full disk pods still run; only the clean-up after a crash is lost.
      return () => {};
    }
  }

  close(): void {
    if (this.#made) removeIfPossible(this.#folder);
  }
}

/** If the file can't be removed, the next run finds the process ended and removes it. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The disk may have become read-only.
  }
}

/** `4711-8812345-2f0c19ab-0`: pid, start time and boot id of the process that owns a run. */
function runName(pid: number, startTime: string, run: number): string {
  return `${pid}-${startTime.replaceAll(/[^A-Za-z0-9]/g, "_")}-${bootId()}-${run}`;
}

/** Whether the process that owns the run is alive; a zombie is not. */
export function isOwned(run: string): boolean {
  const [pid = "", startTime = "", boot = ""] = run.split("-");
  if (boot !== bootId()) return false;
  const owner = processEntry(Number(pid));
  if (owner === undefined || isEnded(owner)) return false;
  return owner.startTime.replaceAll(/[^A-Za-z0-9]/g, "_") === startTime;
}

/** Pids and start times have no meaning after a reboot. */
function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8);
  } catch {
    return "boot";
  }
}

/** The default place of records: below the user's private folder. @returns undefined when that can't be used. */
export function defaultStateFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = privateFolder(env);
  try {
    ensurePrivateFolder(folder);
    return join(folder, "processes");
  } catch {
    return undefined;
  }
}
