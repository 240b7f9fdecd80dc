import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { TextProblem } from "./text-problem.ts";

/** Finds the fields of a document. */
export interface FieldPlaces {
  /**
   * The offset of a field's value, or with `at: "key"` of its name. For an absent field, that of the nearest field
   * around it.
   */
  locate(path: FieldPath, at: "key" | "value"): number;

  /**
   * The range of characters that contain a field's value, or its name, and nothing else: a scalar on one line.
   * Undefined where there is none: the field is absent, is an alias, or is an anchor that others refer to.
   */
  scalar(path: FieldPath, at: "key" | "value"): TextRange | undefined;
}

/** Offsets of a text: `[start, end)`. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** One document of a text, YAML or JSON. */
export interface TextDocument {
  /** As JSON, not to be changed; null when it is empty or can't be read. */
  readonly value: unknown;
  readonly problems: readonly TextProblem[];
  readonly fields: FieldPlaces;
}
