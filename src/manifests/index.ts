export {
  type Diagnostic,
  type FieldPath,
  formatFieldPath,
  type Severity,
  type SourcePosition,
} from "../diagnostics/diagnostic.ts";
export { type FormatOptions, formatDiagnostic } from "../diagnostics/format.ts";
export { compareDiagnostics } from "../diagnostics/order.ts";
export { SourceLines } from "../diagnostics/source-lines.ts";
export { type Admission, admit, validateObject } from "../objects/admit.ts";
export type { FieldEdit } from "../objects/field-edit.ts";
export type { Finding } from "../objects/finding.ts";
export type { KubernetesObject, ManagedFieldsEntry, ObjectMeta } from "../objects/object.ts";
export type { ObjectKey } from "../objects/object-key.ts";
export type { ReadManifestOptions } from "./read-manifest.ts";
export { type LoadedObject, type ManifestReading, readManifest } from "./read-manifest.ts";
