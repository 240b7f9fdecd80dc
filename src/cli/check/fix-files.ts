import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { applyFixes, type Fix, fixOf } from "../../checks/fix.ts";
import type { Context } from "../command.ts";
import type { CheckResult } from "./check-files.ts";

/** Makes the certain fixes in the files. @returns how many, and in how many files. */
export function fixFiles(
  { cwd }: Context,
  { diagnostics, texts }: CheckResult,
): { readonly fixes: number; readonly files: number } {
  const byFile = new Map<string, Fix[]>();
  for (const diagnostic of diagnostics) {
    const { file = "" } = diagnostic.position ?? {};
    const text = texts.get(file);
    const fix = text === undefined ? undefined : fixOf(diagnostic, text);
    if (fix !== undefined) byFile.set(file, [...(byFile.get(file) ?? []), fix]);
  }
  let fixes = 0;
  for (const [file, found] of byFile) {
    writeFileSync(resolve(cwd, file), applyFixes(texts.get(file)!, found));
    fixes += found.length;
  }
  return { fixes, files: byFile.size };
}
