import type { Node } from "yaml";
import type { Diagnostic, FieldPath, SourcePosition } from "../diagnostics/diagnostic.ts";
import { SourceLines } from "../diagnostics/source-lines.ts";
import { locateInJson, locateJsonItems } from "./json-text.ts";
import type { TextProblem } from "./text-problem.ts";
import { parseYaml } from "./yaml-document.ts";
import { locateInYaml } from "./yaml-locate.ts";

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

/**
 * Of a YAML document in `[start, end)` of a text. The nodes weigh many times what the text does, so
 * they are let go when memory is short and made again when somebody asks.
 */
export class YamlLocator implements Locator {
  readonly #source: ManifestText;
  readonly #start: number;
  readonly #end: number;
  /** Which document of the part: `...` can end one without a separator. */
  readonly #index: number;
  #contents: WeakRef<Node> | undefined;

  constructor(
    source: ManifestText,
    part: { start: number; end: number; index: number; contents: Node | null },
  ) {
    this.#source = source;
    this.#start = part.start;
    this.#end = part.end;
    this.#index = part.index;
    if (part.contents !== null) this.#contents = new WeakRef(part.contents);
  }

  locate(path: FieldPath, at: "key" | "value" = "value"): SourcePosition {
    const offset = locateInYaml(this.#nodes(), path, at);
    return this.#source.positionAt(this.#start + offset);
  }

  #nodes(): Node | null {
    const kept = this.#contents?.deref();
    if (kept !== undefined) return kept;
    const text = this.#source.text.slice(this.#start, this.#end);
    const contents = parseYaml(text)[this.#index]?.contents ?? null;
    if (contents !== null) this.#contents = new WeakRef(contents);
    return contents;
  }
}

/** Of a JSON value that begins at an offset. */
export class JsonLocator implements Locator {
  readonly #source: ManifestText;
  readonly #start: number;
  /** Where the items of a List begin: a dump has many, and each is looked for by itself then. */
  #items: readonly number[] | undefined;

  constructor(source: ManifestText, start: number) {
    this.#source = source;
    this.#start = start;
  }

  locate(path: FieldPath, at: "key" | "value" = "value"): SourcePosition {
    const { text } = this.#source;
    const [list, index, ...rest] = path;
    let offset: number | undefined;
    if (list === "items" && typeof index === "number") {
      this.#items ??= locateJsonItems(text, this.#start);
      const item = this.#items[index];
      if (item !== undefined) offset = locateInJson(text, item, rest, at);
    }
    return this.#source.positionAt(offset ?? locateInJson(text, this.#start, path, at));
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
