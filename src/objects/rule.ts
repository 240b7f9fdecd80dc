import type { FieldPath, Severity } from "../diagnostics/diagnostic.ts";
import type { FieldEdit } from "./field-edit.ts";
import type { Finding } from "./finding.ts";
import type { KubernetesObject } from "./object.ts";

/** One thing that can be wrong with an object. Its fields have the types that TypeScript says. */
export interface Rule<T = KubernetesObject> {
  /** Stable, lower-case words joined by `-`; each has a section in docs/manifests.md. */
  readonly id: string;
  readonly severity: Severity;
  /** Whether an object with this error is served nevertheless. */
  readonly usable?: boolean;
  readonly check: (object: T, report: Report) => void;
}

/** Reports a finding: what is wrong and why in one sentence, without naming the object. */
export type Report = (path: FieldPath, message: string, details?: ReportDetails) => void;

export interface ReportDetails {
  /** The next step. */
  readonly hint?: string | undefined;
  readonly at?: "key" | "value";
  /** What puts it right, where only one thing can have been meant. */
  readonly edit?: FieldEdit;
}

/** Runs the rules in order and collects what they find. */
export function runRules<T>(rules: readonly Rule<T>[], object: T, findings: Finding[]): void {
  for (const { id, severity, usable, check } of rules) {
    check(object, (path, message, { hint, at, edit } = {}) => {
      findings.push({
        rule: id,
        severity,
        message,
        path,
        ...(hint === undefined ? {} : { hint }),
        ...(at === undefined ? {} : { at }),
        ...(usable === undefined ? {} : { usable }),
        ...(edit === undefined ? {} : { edit }),
      });
    });
  }
}
