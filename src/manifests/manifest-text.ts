import type { Diagnostic, FieldPath, SourcePosition, TextEdit } from "../diagnostics/diagnostic.ts";
import { SourceLines } from "../diagnostics/source-lines.ts";
import type { FieldEdit } from "../objects/field-edit.ts";
import type { Finding } from "../objects/finding.ts";
import { rewriteScalar } from "./rewrite-scalar.ts";
import type { FieldPlaces } from "./text-document.ts";
import type { TextProblem } from "./text-problem.ts";

/** A text and its file's name: converts offsets to positions. */
export class ManifestText {
  readonly file: string;
  readonly lines: SourceLines;

  constructor(text: string, file: string) {
    this.file = file;
    this.lines = new SourceLines(text);
  }

  get text(): string {
    return this.lines.text;
  }

  positionAt(offset: number): SourcePosition {
    return { file: this.file, ...this.lines.positionAt(offset) };
  }

  diagnose({ offset, ...problem }: TextProblem): Diagnostic {
    return { ...problem, position: this.positionAt(offset) };
  }
}

/** Finds the positions of fields. */
export interface Locator {
  /**
   * The position of a field's value, or with `at: "key"` of its name; for a missing field that of the nearest field
   * around it.
   */
  locate(path: FieldPath, at?: "key" | "value"): SourcePosition;
}

/** The text of one object: finds the positions of its fields and changes them. */
export interface ObjectText extends Locator {
  /** The edit that changes this field and nothing else; undefined where that is impossible. */
  rewrite(path: FieldPath, edit: FieldEdit, at?: "key" | "value"): TextEdit | undefined;
}

/** Of a document of a text. */
export class DocumentText implements ObjectText {
  readonly #source: ManifestText;
  readonly #fields: FieldPlaces;

  constructor(source: ManifestText, fields: FieldPlaces) {
    this.#source = source;
    this.#fields = fields;
  }

  locate(path: FieldPath, at: "key" | "value" = "value"): SourcePosition {
    return this.#source.positionAt(this.#fields.locate(path, at));
  }

  rewrite(path: FieldPath, edit: FieldEdit, at: "key" | "value" = "value"): TextEdit | undefined {
    const range = this.#fields.scalar(path, at);
    if (range === undefined) return undefined;
    const { start, end } = range;
    const { line, column } = this.#source.positionAt(start);
    const text = rewriteScalar(this.#source.text.slice(start, end), edit);
    return { line, start: column, end: column + (end - start), text };
  }
}

/** The same document below a path: an item of a List. */
export class NestedText implements ObjectText {
  readonly #document: ObjectText;
  readonly #path: FieldPath;

  constructor(document: ObjectText, path: FieldPath) {
    this.#document = document;
    this.#path = path;
  }

  locate(path: FieldPath, at: "key" | "value" = "value"): SourcePosition {
    return this.#document.locate([...this.#path, ...path], at);
  }

  rewrite(path: FieldPath, edit: FieldEdit, at: "key" | "value" = "value"): TextEdit | undefined {
    return this.#document.rewrite([...this.#path, ...path], edit, at);
  }
}

/** Diagnostics about an object, with their positions in the text. */
export function diagnose(
  { at, edit, ...rest }: Finding,
  text: ObjectText,
  object: string | undefined,
): Diagnostic {
  const change = edit && text.rewrite(rest.path, edit, at);
  return {
    ...rest,
    ...(object === undefined ? {} : { object }),
    position: text.locate(rest.path, at),
    ...(change === undefined ? {} : { edit: change }),
  };
}
