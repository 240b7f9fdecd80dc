import { createHash } from "node:crypto";
import { join } from "node:path";
import { privateFolder } from "../../runtime/private-folder.ts";

/** A line of local pods' output, as it is stored on disk. */
export interface RecordedLine {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Counts the runs of the container in this `up`, from 1. */
  readonly run: number;
  readonly line: string;
}

/** The log files of an `up` in a folder: the current one, and the full one before it. */
export function recordFiles(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): { readonly current: string; readonly older: string } {
  const id = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  const current = join(privateFolder(env), "logs", `${id}.jsonl`);
  return { current, older: `${current}.1` };
}
