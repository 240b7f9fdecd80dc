import type { FieldPath, Severity } from "../diagnostics/diagnostic.ts";
import type { ReportDetails } from "../objects/rule.ts";
import type { Loaded, ManifestSet } from "./manifest-set.ts";

/** A rule about objects seen together. */
export interface SetRule {
  /** Stable: lower-case words joined by `-`; it is in the catalog, and has a page of its own. */
  readonly id: string;
  readonly severity: Severity;
  readonly check: (set: ManifestSet, report: ReportObject) => void;
}

/** Reports a finding: what is wrong and why in one sentence, without naming the object. */
export type ReportObject = (
  loaded: Loaded,
  path: FieldPath,
  message: string,
  details?: ReportDetails,
) => void;
