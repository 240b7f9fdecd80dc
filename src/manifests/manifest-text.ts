import type { Diagnostic, FieldPath, SourcePosition } from "../diagnostics/diagnostic.ts";
import { SourceLines } from "../diagnostics/source-lines.ts";
import type { Fields } from "./text-document.ts";
import type { TextProblem } from "./text-problem.ts";

/** A text and the name of the file it is from: turns offsets into positions. */
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

/** Finds where the fields of one document stand. */
export interface Locator {
  locate(path: FieldPath, at?: "key" | "value"): SourcePosition;
}

/** Of a document of a text. */
export class DocumentLocator implements Locator {
  readonly #source: ManifestText;
  readonly #fields: Fields;

  constructor(source: ManifestText, fields: Fields) {
    this.#source = source;
    this.#fields = fields;
  }

  locate(path: FieldPath, at: "key" | "value" = "value"): SourcePosition {
    return this.#source.positionAt(this.#fields.locate(path, at));
  }
}

/** The same document below a path: an item of a List. */
export class NestedLocator implements Locator {
  readonly #document: Locator;
  readonly #path: FieldPath;

  constructor(document: Locator, path: FieldPath) {
    this.#document = document;
    this.#path = path;
  }

  locate(path: FieldPath, at: "key" | "value" = "value"): SourcePosition {
    return this.#document.locate([...this.#path, ...path], at);
  }
}
