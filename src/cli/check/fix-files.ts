import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { applyEdits, withoutOverlaps } from "../../checks/apply-edits.ts";
import type { TextEdit } from "../../diagnostics/diagnostic.ts";
import { decodeText, encodeText } from "../../manifests/decode-text.ts";
import type { Context } from "../command.ts";
import type { CheckResult } from "./check-files.ts";

/** Applies the edits of findings to the files. @returns how many, by file. */
export function fixFiles(
  { cwd }: Context,
  { diagnostics, texts }: CheckResult,
): ReadonlyMap<string, number> {
  const byFile = new Map<string, TextEdit[]>();
  for (const { position, edit } of diagnostics) {
    if (position === undefined || edit === undefined) continue;
    byFile.set(position.file, [...(byFile.get(position.file) ?? []), edit]);
  }
  const made = new Map<string, number>();
  for (const [file, edits] of byFile) {
    const checked = texts.get(file);
    if (checked === undefined) continue;
    const path = resolve(cwd, file);
    const bytes = readFileSync(path);
    // The file was changed since it was read, or was named twice and is fixed already.
    if (decodeText(bytes) !== checked) continue;
    writeFileSync(path, encodeText(applyEdits(checked, edits), bytes));
    made.set(file, withoutOverlaps(edits).length);
  }
  return made;
}
