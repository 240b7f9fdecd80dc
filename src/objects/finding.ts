import type { Diagnostic, FieldPath } from "../diagnostics/diagnostic.ts";

/** What a rule found in one object: a diagnostic whose place is a field, not yet a line. */
export interface Finding
  extends Pick<Diagnostic, "rule" | "severity" | "message" | "hint" | "usable" | "edit"> {
  readonly path: FieldPath;
  /** Whether the field's name is meant rather than its value. */
  readonly at?: "key" | "value";
}
