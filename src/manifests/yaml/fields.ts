import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { composeYaml } from "./composer.ts";
import { Positions } from "./positions.ts";

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
