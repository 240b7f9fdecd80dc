import type { Diagnostic, FieldPath } from "../diagnostics/diagnostic.ts";
import type { FieldEdit } from "./field-edit.ts";

/** A rule's finding in one object: a diagnostic with a field path instead of a line. */
export interface Finding
  extends Pick<Diagnostic, "rule" | "severity" | "message" | "hint" | "usable"> {
  readonly path: FieldPath;
  /** Whether the field's name is meant rather than its value. */
  readonly at?: "key" | "value";
  /** The fix, where there is only one. */
  readonly edit?: FieldEdit;
}
