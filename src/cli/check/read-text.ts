import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { decodeText } from "../../manifests/decode-text.ts";
import type { Context } from "../command.ts";

/** The text of a file that was read before; undefined for standard input, and for a file that is gone. */
export function readText({ cwd }: Context, file: string): string | undefined {
  if (file === "-") return undefined;
  try {
    return decodeText(readFileSync(resolve(cwd, file)));
  } catch {
    return undefined;
  }
}
