/** `error`: an API server refuses the object. `warning`: it takes it, and it is probably not as meant. */
export type Severity = "error" | "warning" | "info";

/** A place in a text, lines and columns counted from 1 (columns in UTF-16 units). */
export interface SourcePosition {
  /** As the user would type it, `-` for standard input. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Steps from an object's root to a field: `["spec", "ports", 0, "name"]`. */
export type FieldPath = readonly (string | number)[];

/** Something a person should know about what they wrote. Data; printing is separate. */
export interface Diagnostic {
  /** Stable id, lower-case words joined by `-`: `label-value`, `yaml-syntax`. */
  readonly rule: string;
  readonly severity: Severity;
  /** What is wrong and why, one sentence, without position and without the object's name. */
  readonly message: string;
  /** The next step. */
  readonly hint?: string;
  /** Of an error: what it is about is left out, and the rest of the object is served all the same. */
  readonly usable?: boolean;
  /** The change of the text that puts it right, where only one thing can have been meant. */
  readonly edit?: TextEdit;
  /** `Service shop/web` */
  readonly object?: string;
  readonly path?: FieldPath;
  readonly position?: SourcePosition;
}

/** A stretch within one line of the file becomes another text. */
export interface TextEdit {
  readonly line: number;
  /** Columns, counted from 1; `end` is that of the first character that stays. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** `spec.ports[0].name`; steps that are no plain words are quoted: `metadata.labels["a.b/c"]`. */
export function formatFieldPath(path: FieldPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
