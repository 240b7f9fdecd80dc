import { formatFieldPath } from "../diagnostics/diagnostic.ts";
import type { Finding } from "../objects/finding.ts";
import type { Cause } from "./status.ts";

/** What decoding finds, which a client may have ignored (`fieldValidation`). */
const STRICT_RULES: ReadonlySet<string> = new Set([
  "unknown-field",
  "label-misplaced",
  "duplicate-key",
]);

/** What Kubernetes calls what is wrong; other rules are about values. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["field-required", "FieldValueRequired"],
  ["field-forbidden", "FieldValueForbidden"],
  ["field-duplicate", "FieldValueDuplicate"],
]);

/** Findings as an API server answers with them. */
export function toCauses(findings: readonly Finding[]): {
  /** Why the object is refused. */
  readonly causes: readonly Cause[];
  /** What is refused only where fields are validated strictly. */
  readonly strict: readonly string[];
  readonly warnings: readonly string[];
} {
  const causes: Cause[] = [];
  const strict: string[] = [];
  const warnings: string[] = [];
  for (const { rule, severity, path, message } of findings) {
    const field = formatFieldPath(path);
    if (STRICT_RULES.has(rule)) strict.push(unknownField(field));
    else if (severity === "error")
      causes.push({ reason: REASONS.get(rule) ?? "FieldValueInvalid", message, field });
    else if (severity === "warning") warnings.push(field === "" ? message : `${field}: ${message}`);
  }
  return { causes, strict, warnings };
}

export function unknownField(field: string): string {
  return `unknown field ${JSON.stringify(field)}`;
}
