import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { formatDiagnostic } from "../diagnostics/format.ts";
import { SourceLines } from "../diagnostics/source-lines.ts";
import type { Context } from "./command.ts";

/** Prints findings on stderr, each with the lines it is about. */
export function reportDiagnostics(context: Context, diagnostics: readonly Diagnostic[]): void {
  const files = new Map<string, SourceLines | undefined>();
  const linesOf = (file: string) => {
    if (!files.has(file)) files.set(file, readLines(context, file));
    return files.get(file);
  };
  for (const diagnostic of diagnostics) {
    context.stderr.write(`${formatDiagnostic(diagnostic, { linesOf, color: context.color })}\n`);
  }
}

function readLines({ cwd }: Context, file: string): SourceLines | undefined {
  try {
    return new SourceLines(readFileSync(resolve(cwd, file), "utf8"));
  } catch {
    // Standard input, or gone since: the message does without a frame.
    return undefined;
  }
}
