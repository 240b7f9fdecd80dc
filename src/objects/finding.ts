import type { Diagnostic, FieldPath } from "../diagnostics/diagnostic.ts";
import type { FieldEdit } from "./field-edit.ts";

/** What a rule found in one object: a diagnostic whose place is a field, not yet a line. */
export interface Finding
  extends Pick<Diagnostic, "rule" | "severity" | "message" | "hint" | "usable"> {
  readonly path: FieldPath;
  /** Whether the field's name is meant rather than its value. */
  readonly at?: "key" | "value";
  /** What puts it right, where only one thing can have been meant. */
  readonly edit?: FieldEdit;
}
