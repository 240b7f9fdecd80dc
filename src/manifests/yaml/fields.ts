import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import type { TextRange } from "../text-document.ts";
import { DOUBLE_QUOTE, SINGLE_QUOTE } from "./characters.ts";
import { composeYaml } from "./composer.ts";
import { Cursor } from "./cursor.ts";
import { Positions } from "./positions.ts";
import { scanQuoted } from "./scan-quoted.ts";

/**
 * Where the fields of the YAML document in `[start, end)` of a text stand. Positions weigh more than
 * values do, and most documents are never asked for any: they are found by reading once more, and
 * let go when memory is short.
 */
export class YamlFields {
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  #positions: WeakRef<Positions> | undefined;

  constructor(text: string, start: number, end: number) {
    this.#text = text;
    this.#start = start;
    this.#end = end;
  }

  locate(path: FieldPath, at: "key" | "value"): number {
    return this.#read().locate(path, at);
  }

  scalar(path: FieldPath, at: "key" | "value"): TextRange | undefined {
    const own = this.#read().own(path, at);
    if (own === undefined) return undefined;
    const { offset: start, text } = own;
    const end = this.#endOf(start, text);
    const oneLine =
      end !== undefined && !/[\r\n\x85\u2028\u2029]/.test(this.#text.slice(start, end));
    return oneLine ? { start, end } : undefined;
  }

  /** @returns undefined for a scalar that is written in another way than in quotes or as it is. */
  #endOf(start: number, text: string): number | undefined {
    const first = this.#text.charCodeAt(start);
    if (first === SINGLE_QUOTE || first === DOUBLE_QUOTE) {
      const cursor = new Cursor(this.#text, start, this.#end);
      scanQuoted(cursor);
      return cursor.offset;
    }
    // What begins a block scalar, an alias, an anchor, a tag.
    const isOther = "|>*&!".includes(this.#text[start] ?? "|");
    return !isOther && this.#text.startsWith(text, start) ? start + text.length : undefined;
  }

  #read(): Positions {
    const kept = this.#positions?.deref();
    if (kept !== undefined) return kept;
    const positions = new Positions();
    positions.root = this.#start;
    composeYaml(this.#text, this.#start, this.#end, positions);
    this.#positions = new WeakRef(positions);
    return positions;
  }
}
