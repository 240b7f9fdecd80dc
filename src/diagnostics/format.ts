import { codeFrame, visible } from "./code-frame.ts";
import { type Diagnostic, formatFieldPath, type Severity } from "./diagnostic.ts";
import type { SourceLines } from "./source-lines.ts";

/** How a finding is printed. */
export interface FormatOptions {
  /** The lines of a file, for the code frame; undefined or absent: no frame. */
  readonly linesOf?: (file: string) => SourceLines | undefined;
  /** Whether to use ANSI colours. Default: no. */
  readonly color?: boolean;
}

const SEVERITY_COLOR: Readonly<Record<Severity, string>> = {
  error: "31;1",
  warning: "33;1",
  info: "36;1",
};

/**
 * A diagnostic for people, over several lines and without a line end:
 *
 *     web.yaml:5:14: error: the value ends with a comma [label-value]
 *     5 |     release: stable,
 *       |              ^
 *       in Pod shop/web, metadata.labels.release
 *       hint: write stable
 */
export function formatDiagnostic(diagnostic: Diagnostic, options: FormatOptions = {}): string {
  const paint = (style: string, text: string): string =>
    options.color === true ? `\x1b[${style}m${text}\x1b[0m` : text;
  const { position, severity } = diagnostic;
  const message = `${visible(diagnostic.message)} ${paint("2", `[${diagnostic.rule}]`)}`;
  const place = position === undefined ? "" : paint("1", `${formatPosition(position)}: `);
  const rows = [`${place}${paint(SEVERITY_COLOR[severity], `${severity}:`)} ${message}`];
  if (position !== undefined) {
    const lines = options.linesOf?.(position.file);
    const frame = lines && codeFrame(lines, position.line, position.column);
    if (frame) rows.push(frame);
  }
  const subject = describeSubject(diagnostic);
  if (subject !== "") rows.push(paint("2", `  in ${subject}`));
  if (diagnostic.usable)
    rows.push(paint("2", "  a cluster refuses this; here the rest is served without it"));
  if (diagnostic.hint !== undefined)
    rows.push(`  ${paint("36", "hint:")} ${visible(diagnostic.hint)}`);
  return rows.join("\n");
}

/** `web.yaml:5:14`, as editors and terminals make a link of it. */
export function formatPosition(position: {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}): string {
  return `${visible(position.file)}:${position.line}:${position.column}`;
}

function describeSubject({ object, path }: Diagnostic): string {
  const field = path === undefined ? "" : formatFieldPath(path);
  return [object ?? "", field]
    .filter((part) => part !== "")
    .map(visible)
    .join(", ");
}
