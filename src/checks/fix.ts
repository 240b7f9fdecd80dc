import type { Diagnostic } from "../diagnostics/diagnostic.ts";

/** A change of one line: the characters from `column` (counted from 1) on, `length` of them. */
export interface Fix {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly text: string;
}

/** What a rule's findings become, where there is only one thing that can have been meant. */
const REMEDIES: ReadonlyMap<string, (rest: string, finding: Diagnostic) => Remedy | undefined> =
  new Map([
    // A boolean or a number where a string belongs: label values, annotations, variables.
    [
      "field-type",
      (rest, { message }) => {
        const found = /^(?:true|false|yes|no|on|off|-?[0-9]+(?:\.[0-9]+)?)(?=[\s,\]}]|$)/i.exec(
          rest,
        );
        if (found === null || !/\bstring\b/.test(message)) return undefined;
        return { length: found[0].length, text: `"${found[0]}"` };
      },
    ],
    [
      "label-value",
      (rest) => {
        const found = /^([A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?),(?=\s*(?:#.*)?$)/.exec(
          rest,
        );
        return found === null ? undefined : { length: found[0].length, text: found[1]! };
      },
    ],
    [
      "service-target-port",
      (rest) => {
        const found = /^(["'])([1-9][0-9]{0,4})\1/.exec(rest);
        return found === null ? undefined : { length: found[0].length, text: found[2]! };
      },
    ],
    [
      "service-cluster-ip",
      (rest) => {
        const found = /^(["']?)none\1(?=[\s,\]}]|$)/i.exec(rest);
        return found === null ? undefined : { length: found[0].length, text: "None" };
      },
    ],
    ["deprecated-node-label", (rest, { hint }) => replaceWord(rest, hint, /^write (\S+)$/)],
    ["kind-group", (rest, { hint }) => replaceWord(rest, hint, /^write apiVersion: (\S+)$/)],
    [
      "api-removed",
      // The other kinds changed more than their version.
      (rest, { hint, message }) =>
        / CronJob /.test(message)
          ? replaceWord(rest, hint, /^write apiVersion: (\S+)$/)
          : undefined,
    ],
  ]);

interface Remedy {
  readonly length: number;
  readonly text: string;
}

function replaceWord(rest: string, hint: string | undefined, wanted: RegExp): Remedy | undefined {
  const text = wanted.exec(hint ?? "")?.[1];
  const found = /^(["']?)[A-Za-z0-9][-A-Za-z0-9_./]*\1/.exec(rest);
  return text === undefined || found === null ? undefined : { length: found[0].length, text };
}

/** The certain remedy for a finding; undefined when there is none, or somebody has to decide. */
export function fixOf(finding: Diagnostic, text: string): Fix | undefined {
  const { position, rule } = finding;
  const remedy = REMEDIES.get(rule);
  if (position === undefined || remedy === undefined) return undefined;
  const line = text.split(/\r\n?|\n/)[position.line - 1];
  const found = line === undefined ? undefined : remedy(line.slice(position.column - 1), finding);
  return found && { line: position.line, column: position.column, ...found };
}

/** The text with the fixes made; of two in one place the first counts. */
export function applyFixes(text: string, fixes: readonly Fix[]): string {
  const lines = text.split(/(\r\n|\r|\n)/);
  const inOrder = [...fixes].sort((a, b) => b.line - a.line || b.column - a.column);
  let before: Fix | undefined;
  for (const fix of inOrder) {
    if (before?.line === fix.line && fix.column + fix.length > before.column) continue;
    before = fix;
    const i = (fix.line - 1) * 2;
    const line = lines[i] ?? "";
    const start = fix.column - 1;
    lines[i] = line.slice(0, start) + fix.text + line.slice(start + fix.length);
  }
  return lines.join("");
}
