import type { ObjectKey } from "../objects/object-key.ts";
import { positionIn, type Slot } from "./slot.ts";
import type { Assignment } from "./target.ts";

/** The slots of all Pods, by name and by pod address. */
export class SlotTable implements Iterable<Slot> {
  readonly #byName = new Map<string, Slot>();
  readonly #byIP = new Map<string, Slot>();

  get({ namespace, name }: Omit<ObjectKey, "kind">): Slot | undefined {
    return this.#byName.get(`${namespace}/${name}`);
  }

  byIP(podIP: string): Slot | undefined {
    return this.#byIP.get(podIP);
  }

  /** Whether the slot is still that of its pod. */
  has(slot: Slot): boolean {
    return this.get(slot.key) === slot;
  }

  /** Replaces the pod's former slot. */
  put(slot: Slot): void {
    this.#byName.set(`${slot.key.namespace}/${slot.key.name}`, slot);
    if (slot.podIP !== undefined) this.#byIP.set(slot.podIP, slot);
  }

  remove(slot: Slot): void {
    if (this.has(slot)) this.#byName.delete(`${slot.key.namespace}/${slot.key.name}`);
    if (slot.podIP !== undefined && this.#byIP.get(slot.podIP) === slot) {
      this.#byIP.delete(slot.podIP);
    }
  }

  /** The addresses of an attach entry that pods use, by position. */
  takenPositions(assignment: Assignment | undefined): Set<number> {
    const taken = new Set<number>();
    if (assignment?.kind !== "attach") return taken;
    for (const slot of this) {
      const position = positionIn(slot, assignment);
      if (position !== undefined) taken.add(position);
    }
    return taken;
  }

  /** A copy, so that slots may be added and removed meanwhile. */
  [Symbol.iterator](): Iterator<Slot> {
    return [...this.#byName.values()].values();
  }
}
