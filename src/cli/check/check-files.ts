import { checkSet } from "../../checks/check-set.ts";
import { suppress } from "../../checks/suppression.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { sortDiagnostics } from "../../diagnostics/order.ts";
import { SourceLines } from "../../diagnostics/source-lines.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { LocalConfig } from "../../manifests/read-local-config.ts";
import { append } from "../../objects/append.ts";
import type { Release } from "../../objects/release.ts";
import { createFileSource } from "../../sources/files.ts";
import type { Context } from "../command.ts";
import { configFindings } from "../config/config-findings.ts";
import { toldTo } from "../verbose.ts";
import { readText } from "./read-text.ts";

/** What was found in manifests, and what they are. */
export interface CheckResult {
  readonly diagnostics: readonly Diagnostic[];
  readonly objects: number;
  /** The files with findings, by their names in positions. */
  readonly texts: ReadonlyMap<string, string>;
  linesOf(file: string): SourceLines | undefined;
}

export interface CheckOptions {
  /** What walks leave out: patterns as in a `.gitignore`. */
  readonly exclude?: readonly string[];
  /** The release of the API server whose rules are applied. */
  readonly release?: Release | undefined;
  /** The config that names these manifests: its entries are checked against them. */
  readonly config?: LocalConfig | undefined;
}

/**
 * Reads manifests and checks each object by itself and all of them together.
 */
export async function checkFiles(
  context: Context,
  manifests: readonly ManifestInput[],
  { exclude = [], release, config }: CheckOptions = {},
): Promise<CheckResult> {
  const source = createFileSource({
    manifests,
    exclude,
    release,
    cwd: context.cwd,
    env: context.env,
    stdin: context.stdin,
  });
  const reading = await source.start({ apply: () => undefined, ...toldTo(context) });
  const all = [...reading, ...checkSet(source.objects, source.notRead)];
  if (config !== undefined) {
    const objects = source.objects.map(({ object }) => object);
    append(all, await configFindings(context, config.values, objects));
  }
  const texts = new Map<string, string>();
  for (const file of filesOf(source.objects, all)) {
    const text = readText(context, file);
    if (text !== undefined) texts.set(file, text);
  }
  const textOf = (file: string) => texts.get(file) ?? source.renderedText(file);
  const lines = new Map<string, SourceLines>();
  return {
    diagnostics: sortDiagnostics(suppress(all, texts)),
    objects: source.objects.length,
    texts,
    linesOf(file) {
      const text = textOf(file);
      if (text === undefined) return undefined;
      const known = lines.get(file) ?? new SourceLines(text);
      lines.set(file, known);
      return known;
    },
  };
}

function filesOf(
  objects: readonly { readonly file: string }[],
  diagnostics: readonly Diagnostic[],
): Set<string> {
  const files = new Set(objects.map(({ file }) => file));
  for (const { position } of diagnostics) if (position !== undefined) files.add(position.file);
  return files;
}
