import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { TextProblem } from "./text-problem.ts";

/** Where the fields of a document stand. */
export interface FieldPlaces {
  /**
   * The offset of a field's value, or with `at: "key"` of its name. For a field that is not written, the
   * name of the nearest one around it.
   */
  locate(path: FieldPath, at: "key" | "value"): number;

  /**
   * The characters that say a field's value, or its name, and nothing else: a scalar within one line. Undefined where
   * there are no such: the field is not written, or is an alias, or others refer to what is there.
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
  /** As JSON, not to be changed; null when it says nothing, or cannot be read. */
  readonly value: unknown;
  readonly problems: readonly TextProblem[];
  readonly fields: FieldPlaces;
}
