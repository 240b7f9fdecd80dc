import { formatFieldPath } from "../diagnostics/diagnostic.ts";
import type { Finding } from "../objects/finding.ts";
import type { Cause } from "./status.ts";

/** Findings of decoding, which a client may ask to be ignored (`fieldValidation`). */
const STRICT_RULES: ReadonlySet<string> = new Set([
  "unknown-field",
  "label-misplaced",
  "duplicate-key",
]);

/** Kubernetes' reasons for our rules; rules that are missing here are about values. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["field-required", "FieldValueRequired"],
  ["field-forbidden", "FieldValueForbidden"],
  ["field-duplicate", "FieldValueDuplicate"],
]);

/** Findings in the form in which an API server answers. */
export function toCauses(findings: readonly Finding[]): {
  /** Why the object is refused. */
  readonly causes: readonly Cause[];
  /** Findings that refuse the object only where fields are validated strictly. */
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
