import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { formatDiagnostic } from "../diagnostics/format.ts";
import { SourceLines } from "../diagnostics/source-lines.ts";
import type { Context } from "./command.ts";

/** Findings that are printed of one file; where everything is wrong, more don't help. */
const SHOWN = 50;

/** Prints findings on stderr, each with the lines it is about. */
export function reportDiagnostics(context: Context, diagnostics: readonly Diagnostic[]): void {
  const files = new Map<string, SourceLines | undefined>();
  const linesOf = (file: string) => {
    if (!files.has(file)) files.set(file, readLines(context, file));
    return files.get(file);
  };
  const counts = new Map<string, number>();
  let aside = 0;
  for (const diagnostic of diagnostics) {
    if (isNoManifest(diagnostic)) {
      aside++;
      continue;
    }
    const file = diagnostic.position?.file ?? "";
    const count = (counts.get(file) ?? 0) + 1;
    counts.set(file, count);
    if (count > SHOWN) continue;
    context.stderr.write(`${formatDiagnostic(diagnostic, { linesOf, color: context.color })}\n`);
  }
  for (const [file, count] of counts) {
    if (count <= SHOWN) continue;
    const all = file === "" ? "" : `; all of them: kubelane check -f ${file}`;
    context.stderr.write(`${file || "objects"}: ${count - SHOWN} more findings${all}\n`);
  }
  if (aside > 0) {
    const files =
      aside === 1 ? "1 file is no manifest and is" : `${aside} files are no manifests and are`;
    context.stderr.write(`${files} not read (kubelane check says which)\n`);
  }
}

/** Files next to manifests, which nobody asked about. */
function isNoManifest({ rule, severity }: Diagnostic): boolean {
  return severity === "info" && (rule === "no-manifest" || rule === "unrendered-template");
}

function readLines({ cwd }: Context, file: string): SourceLines | undefined {
  try {
    return new SourceLines(readFileSync(resolve(cwd, file), "utf8"));
  } catch {
    // The text is standard input, or gone: the message has no code frame.
    return undefined;
  }
}
