import type { Diagnostic, Severity } from "./diagnostic.ts";

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** By file, then place in it (none first), then severity, then rule: an order for `sort`. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.position?.file ?? "", b.position?.file ?? "") ||
    (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
    (a.position?.column ?? 0) - (b.position?.column ?? 0) ||
    RANK[a.severity] - RANK[b.severity] ||
    compareText(a.rule, b.rule)
  );
}

/** The diagnostics in the order of {@link compareDiagnostics}. */
export function sortDiagnostics(diagnostics: Iterable<Diagnostic>): Diagnostic[] {
  return [...diagnostics].sort(compareDiagnostics);
}

/** How many diagnostics there are of each severity. */
export function countBySeverity(diagnostics: Iterable<Diagnostic>): Record<Severity, number> {
  const counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  for (const { severity } of diagnostics) counts[severity]++;
  return counts;
}

/** `2 errors, 1 warning`; empty when there is nothing to count. */
export function describeCounts(counts: Readonly<Record<Severity, number>>): string {
  const parts: string[] = [];
  for (const severity of ["error", "warning"] as const) {
    const count = counts[severity];
    if (count > 0) parts.push(`${count} ${severity}${count === 1 ? "" : "s"}`);
  }
  if (counts.info > 0) parts.push(`${counts.info} info`);
  return parts.join(", ");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
