import { ruleInfo } from "../../checks/catalog.ts";
import { type Diagnostic, formatFieldPath, type Severity } from "../../diagnostics/diagnostic.ts";
import { formatDiagnostic } from "../../diagnostics/format.ts";
import { printable, printableJson } from "../../diagnostics/printable.ts";
import type { CheckResult } from "./check-files.ts";

export type CheckFormat = "text" | "json" | "sarif" | "github";

export interface FormatContext {
  readonly color: boolean;
  readonly version: string;
}

/** The findings as text with a final line end, or empty. */
export function formatFindings(
  result: CheckResult,
  format: CheckFormat,
  { color, version }: FormatContext,
): string {
  const { diagnostics, linesOf } = result;
  switch (format) {
    case "text":
      return diagnostics
        .map((each) => `${formatDiagnostic(each, { linesOf, color })}\n`)
        .join("\n");
    case "json":
      return `${printableJson(diagnostics.map(asData))}\n`;
    case "github":
      return diagnostics.map((each) => `${printable(githubLine(each))}\n`).join("");
    case "sarif":
      return `${printableJson(sarif(diagnostics, version))}\n`;
  }
}

function asData({ path, ...rest }: Diagnostic) {
  return path === undefined ? rest : { ...rest, path: formatFieldPath(path) };
}

const GITHUB: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "notice",
};

/** A GitHub workflow command; `%`, line ends, and in properties `:` and `,` must be escaped. */
function githubLine({ severity, rule, message, hint, position }: Diagnostic): string {
  const data = (text: string) =>
    text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
  const property = (text: string) => data(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
  const place =
    position === undefined
      ? ""
      : `file=${property(position.file)},line=${position.line},col=${position.column},`;
  const text = data(hint === undefined ? message : `${message}\n${hint}`);
  return `::${GITHUB[severity]} ${place}title=${property(rule)}::${text}`;
}

const SARIF: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "note",
};

/** SARIF 2.1.0. */
function sarif(diagnostics: readonly Diagnostic[], version: string) {
  const ids = [...new Set(diagnostics.map(({ rule }) => rule))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "kubelane", version, rules: ids.map(sarifRule) } },
        results: diagnostics.map((each) => sarifResult(each, ids)),
      },
    ],
  };
}

function sarifRule(id: string) {
  const info = ruleInfo(id);
  if (info === undefined) return { id };
  return {
    id,
    shortDescription: { text: info.finds },
    ...(info.why === undefined ? {} : { fullDescription: { text: info.why } }),
    defaultConfiguration: { level: SARIF[info.severity] },
  };
}

function sarifResult({ rule, severity, message, hint, position }: Diagnostic, ids: string[]) {
  const region = position && { startLine: position.line, startColumn: position.column };
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: SARIF[severity],
    message: { text: hint === undefined ? message : `${message}\n${hint}` },
    locations:
      position === undefined
        ? []
        : [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(position.file.replaceAll("\\", "/")) },
                region,
              },
            },
          ],
  };
}
