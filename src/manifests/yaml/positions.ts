import type { FieldPath } from "../../diagnostics/diagnostic.ts";

/** What a merge (`<<`) is called among the keys; no key of JSON is a symbol. */
export const MERGE = Symbol("<<");

/** A step that was written: where its name or item begins, its value, and what stands below it. */
interface Place {
  /** Undefined for an item of a list. */
  readonly key: string | typeof MERGE | undefined;
  readonly offset: number;
  /** -1 where no value is written. */
  value: number;
  /** What the value's text says, where it is a scalar alone: without a tag, and without a name for others to use. */
  text: string | undefined;
  /** Whether others refer to the value by its anchor. */
  shared: boolean;
  /** Behind the last place below it. */
  end: number;
}

/** Where the fields of a document stand, in the order of the text. */
export class Positions {
  readonly #places: Place[] = [];
  /** Where the document's value begins. */
  root = 0;

  /** @returns what to hand to {@link close}. */
  open(key: Place["key"], offset: number): number {
    this.#places.push({ key, offset, value: -1, text: undefined, shared: false, end: 0 });
    return this.#places.length - 1;
  }

  close(place: number, value: number, text: string | undefined, shared: boolean): void {
    const opened = this.#places[place]!;
    opened.value = value;
    opened.text = text;
    opened.shared = shared;
    opened.end = this.#places.length;
  }

  /**
   * Where a field stands: its value, or with `at: "key"` its name. For a field that is not written, the
   * name of the nearest one around it.
   */
  locate(path: FieldPath, at: "key" | "value"): number {
    let from = 0;
    let to = this.#places.length;
    let found = this.root;
    for (const [i, step] of path.entries()) {
      const index = this.#find(from, to, step);
      if (index === undefined) return found;
      const place = this.#places[index]!;
      const wanted = i === path.length - 1 && at === "value" && place.value >= 0;
      found = wanted ? place.value : place.offset;
      from = index + 1;
      to = place.end;
    }
    return found;
  }

  /**
   * Where a field's value, or its name, begins and what the text says there; undefined where it is no text, or a
   * change of it would change something else as well.
   */
  own(path: FieldPath, at: "key" | "value"): { offset: number; text: string } | undefined {
    let from = 0;
    let to = this.#places.length;
    for (const [i, step] of path.entries()) {
      const index = this.#find(from, to, step);
      const place = index === undefined ? undefined : this.#places[index]!;
      if (place === undefined || place.key === MERGE) return undefined;
      if (i === path.length - 1) {
        const text = at === "value" ? place.text : place.key;
        return text === undefined
          ? undefined
          : { offset: at === "value" ? place.value : place.offset, text };
      }
      if (place.shared) return undefined;
      from = index! + 1;
      to = place.end;
    }
    return undefined;
  }

  /** Of equal keys the last one counts, and any of them before what is merged. */
  #find(from: number, to: number, step: string | number): number | undefined {
    let found: number | undefined;
    let merge: number | undefined;
    let item = 0;
    for (let i = from; i < to; i = this.#places[i]!.end) {
      const { key } = this.#places[i]!;
      if (key === undefined) {
        if (item++ === step) return i;
      } else if (key === MERGE) merge = i;
      else if (key === String(step)) found = i;
    }
    return found ?? merge;
  }
}
