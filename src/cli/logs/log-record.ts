import { createHash } from "node:crypto";
import { join } from "node:path";
import { privateFolder } from "../../runtime/private-folder.ts";

/** A line of what local pods wrote, as it is kept on disk. */
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

/** The files of an `up` of a folder: what is written now, and what was before it became too long. */
export function recordFiles(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): { readonly current: string; readonly older: string } {
  const id = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  const current = join(privateFolder(env), "logs", `${id}.jsonl`);
  return { current, older: `${current}.1` };
}
