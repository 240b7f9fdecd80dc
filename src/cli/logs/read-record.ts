import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Context } from "../command.ts";
import { type RecordedLine, recordFiles } from "./log-record.ts";

/** The lines that the last `up` of this folder, or of the nearest one above, has stored; oldest first. */
export function readRecord(
  { env, cwd }: Pick<Context, "env" | "cwd">,
  folder?: string,
): RecordedLine[] | undefined {
  for (let at = resolve(folder ?? cwd); ; at = dirname(at)) {
    const { older, current } = recordFiles(env, at);
    const text = textOf(current);
    if (text !== undefined) return linesOf((textOf(older) ?? "") + text);
    if (folder !== undefined || dirname(at) === at) return undefined;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function linesOf(text: string): RecordedLine[] {
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as RecordedLine];
    } catch {
      // The last line may be incomplete, if the `up` was killed.
      return [];
    }
  });
}
