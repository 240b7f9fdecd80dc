import type { KubernetesObject } from "../objects/object.ts";
import type { Slot } from "./object-table.ts";

/** Objects by the uids that their ownerReferences name. */
export class Dependents {
  readonly #byOwner = new Map<string, Set<Slot>>();

  /** @returns in order of creation. */
  of(uid: string): KubernetesObject[] {
    const slots = this.#byOwner.get(uid);
    if (slots === undefined) return [];
    const ordered = [...slots];
    // Only adopted objects come late; the rest is in order already.
    if (!isOrdered(ordered)) ordered.sort((a, b) => a.sequence - b.sequence);
    return ordered.map((slot) => slot.object);
  }

  /** Takes note that a slot's object has changed; undefined stands for no object. */
  update(slot: Slot, before: KubernetesObject | undefined, after: KubernetesObject | undefined) {
    const left = before?.metadata.ownerReferences;
    const right = after?.metadata.ownerReferences;
    if (left === right) return;
    for (const { uid } of left ?? []) {
      const slots = this.#byOwner.get(uid);
      slots?.delete(slot);
      if (slots?.size === 0) this.#byOwner.delete(uid);
    }
    for (const { uid } of right ?? []) {
      const slots = this.#byOwner.get(uid);
      if (slots === undefined) this.#byOwner.set(uid, new Set([slot]));
      else slots.add(slot);
    }
  }
}

function isOrdered(slots: readonly Slot[]): boolean {
  for (let i = 1; i < slots.length; i++) {
    if (slots[i - 1]!.sequence > slots[i]!.sequence) return false;
  }
  return true;
}
