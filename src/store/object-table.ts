import { LabelIndex } from "../labels/label-index.ts";
import type { Selector } from "../labels/selector.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { jsonEqual } from "./equal.ts";

/** The place of one object in the store; it stays the same while the object's states come and go. */
export interface Slot {
  object: KubernetesObject;
  /** Grows with every object created. */
  readonly sequence: number;
}

/** From so many objects on, selecting by label is worth an index. */
const INDEX_FROM = 32;

/** The objects of one kind in one namespace, by name, in order of creation. */
export class ObjectTable {
  readonly #slots = new Map<string, Slot>();
  /** Made by the first selection that profits from it, kept up to date from then on. */
  #index: LabelIndex<Slot> | undefined;

  get size(): number {
    return this.#slots.size;
  }

  get(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  add(name: string, slot: Slot): void {
    this.#slots.set(name, slot);
    this.#index?.add(slot, slot.object.metadata.labels ?? {});
  }

  replace(slot: Slot, object: KubernetesObject): void {
    const before = slot.object.metadata.labels;
    const { labels } = object.metadata;
    slot.object = object;
    if (this.#index !== undefined && !jsonEqual(before, labels)) {
      this.#index.replace(slot, labels ?? {});
    }
  }

  delete(name: string): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    this.#slots.delete(name);
    this.#index?.remove(slot);
  }

  values(): IterableIterator<Slot> {
    return this.#slots.values();
  }

  /** What the selector selects, in order of creation. */
  select(selector: Selector): Slot[] {
    if (this.#slots.size >= INDEX_FROM || this.#index !== undefined) {
      this.#index ??= this.#buildIndex();
      return this.#index.select(selector).sort((a, b) => a.sequence - b.sequence);
    }
    return [...this.#slots.values()].filter((slot) =>
      selector.matches(slot.object.metadata.labels ?? {}),
    );
  }

  #buildIndex(): LabelIndex<Slot> {
    const index = new LabelIndex<Slot>();
    for (const slot of this.#slots.values()) index.add(slot, slot.object.metadata.labels ?? {});
    return index;
  }
}
