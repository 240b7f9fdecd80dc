import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { nearestName } from "../diagnostics/nearest-name.ts";
import { append } from "../objects/append.ts";
import { RULES, ruleInfo } from "./catalog.ts";

/** A `# kubelane-ignore` comment: which rules are off on which lines. */
export interface Suppression {
  readonly line: number;
  readonly column: number;
  /** The lines it covers, first and last. */
  readonly from: number;
  readonly to: number;
  /** Empty: every rule. */
  readonly rules: readonly string[];
}

const COMMENT = /(?:^|\s)(#\s*kubelane-ignore\b:?)(.*)$/;

/**
 * The suppressions of a text. A comment behind a field covers that line; on a line of its own, the field below it
 * with everything nested in it; before the first field of a document, the whole document.
 */
export function suppressionsIn(text: string): Suppression[] {
  if (!text.includes("kubelane-ignore")) return [];
  const lines = text.split(/\r\n?|\n/);
  const found: Suppression[] = [];
  for (const [i, line] of lines.entries()) {
    const match = COMMENT.exec(line);
    if (match === null) continue;
    const column = line.indexOf(match[1]!) + 1;
    const names = match[2]!.split(/\s--\s|#/, 1)[0]!;
    const rules = names.split(/[\s,]+/).filter((word) => word !== "");
    const alone = line.slice(0, column - 1).trim() === "";
    const [from, to] = alone ? covered(lines, i) : [i + 1, i + 1];
    found.push({ line: i + 1, column, from, to, rules });
  }
  return found;
}

const isBlank = (line: string) => /^\s*(?:#|$)/.test(line);
const isDocumentEnd = (line: string) => /^(?:---|\.\.\.)(?:\s|$)/.test(line);
const indentOf = (line: string) => /^ */.exec(line)![0].length;
const isItem = (line: string) => /^\s*-(?:\s|$)/.test(line);

/** The lines that a comment at an index covers, counted from 1. */
function covered(lines: readonly string[], at: number): [from: number, to: number] {
  let first = at + 1;
  while (first < lines.length && isBlank(lines[first]!)) first++;
  const start = lines[first];
  if (start === undefined || isDocumentEnd(start)) return [at + 1, at + 1];
  const whole = lines
    .slice(0, at)
    .reverse()
    .find((line) => !isBlank(line));
  const atTop = whole === undefined || isDocumentEnd(whole);
  let last = first;
  for (let i = first + 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (isBlank(line)) continue;
    if (isDocumentEnd(line)) break;
    const nested =
      indentOf(line) > indentOf(start) ||
      // A list may be indented no more than the field that it belongs to.
      (indentOf(line) === indentOf(start) && isItem(line) && !isItem(start));
    if (!atTop && !nested) break;
    last = i;
  }
  return [first + 1, last + 1];
}

/**
 * The findings that no comment suppresses, and findings about comments that suppress nothing.
 * @param texts the text of each file, by its name in positions.
 */
export function suppress(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
): Diagnostic[] {
  const byFile = new Map([...texts].map(([file, text]) => [file, suppressionsIn(text)]));
  const used = new Map<Suppression, Set<string>>();
  const kept = diagnostics.filter(({ rule, position }) => {
    const { file = "", line = 0 } = position ?? {};
    const covering = (byFile.get(file) ?? []).filter(
      ({ from, to, rules }) =>
        from <= line && line <= to && (rules.length === 0 || rules.includes(rule)),
    );
    for (const each of covering) used.set(each, (used.get(each) ?? new Set()).add(rule));
    return covering.length === 0;
  });
  for (const [file, suppressions] of byFile) {
    for (const each of suppressions) append(kept, idle(each, file, used.get(each)));
  }
  return kept;
}

function* idle(
  { line, column, rules }: Suppression,
  file: string,
  used: ReadonlySet<string> = new Set(),
): Generator<Diagnostic> {
  const position = { file, line, column };
  const severity = "warning";
  if (rules.length === 0 && used.size === 0) {
    const message = "this comment suppresses nothing";
    yield { rule: "ignore-unused", severity, message, hint: "remove it", position };
  }
  for (const rule of rules) {
    if (ruleInfo(rule) === undefined) {
      const ids = RULES.map(({ id }) => id);
      const near = nearestName(rule, ids);
      const message = `there is no rule ${rule}`;
      const hint =
        near === undefined ? "kubelane check --rules lists them" : `did you mean ${near}?`;
      yield { rule: "ignore-unknown", severity, message, hint, position };
    } else if (!used.has(rule)) {
      const message = `nothing here is found by ${rule}`;
      yield {
        rule: "ignore-unused",
        severity,
        message,
        hint: "remove it from the comment",
        position,
      };
    }
  }
}
