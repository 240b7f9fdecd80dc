import { append } from "../objects/append.ts";

/** Completion indexes of an Indexed Job, written as Kubernetes does: `0-2,5,7,8`. */
export class IndexSet {
  readonly #indexes = new Set<number>();

  /** Reads the output of {@link toString}; invalid parts are skipped. */
  static parse(text: string): IndexSet {
    const set = new IndexSet();
    for (const part of text.split(",")) {
      const [, first, last = first] = /^([0-9]{1,7})(?:-([0-9]{1,7}))?$/.exec(part) ?? [];
      if (first === undefined) continue;
      for (let index = Number(first); index <= Number(last); index++) set.add(index);
    }
    return set;
  }

  get size(): number {
    return this.#indexes.size;
  }

  [Symbol.iterator](): Iterator<number> {
    return this.#indexes[Symbol.iterator]();
  }

  has(index: number): boolean {
    return this.#indexes.has(index);
  }

  add(index: number): void {
    this.#indexes.add(index);
  }

  toString(): string {
    const sorted = [...this.#indexes].sort((a, b) => a - b);
    const parts: string[] = [];
    for (let i = 0; i < sorted.length; ) {
      let end = i;
      while (sorted[end + 1] === sorted[end]! + 1) end++;
      // Two in a row are not written as a range.
      if (end > i + 1) parts.push(`${sorted[i]}-${sorted[end]}`);
      else append(parts, sorted.slice(i, end + 1).map(String));
      i = end + 1;
    }
    return parts.join(",");
  }
}
