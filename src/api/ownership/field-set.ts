import { isRecord } from "../../objects/json.ts";

/**
 * One step of a path in managedFields: `f:replicas` (a field), `k:{"name":"web"}` (an item of a list with keys),
 * `v:"finalizer"` (an item of a set).
 */
export type Step = string;

/**
 * A set of paths into an object, as a tree: FieldsV1 of meta/v1. A path may itself be a member and have members below
 * it: owning that a list item exists is separate from owning its fields.
 */
export class FieldSet {
  readonly members = new Set<Step>();
  readonly children = new Map<Step, FieldSet>();

  get isEmpty(): boolean {
    return this.members.size === 0 && this.children.size === 0;
  }

  insert(path: readonly Step[]): void {
    let set: FieldSet = this;
    for (const step of path.slice(0, -1)) set = set.childFor(step);
    const last = path.at(-1);
    if (last !== undefined) set.members.add(last);
  }

  childFor(step: Step): FieldSet {
    let child = this.children.get(step);
    if (child === undefined) {
      child = new FieldSet();
      this.children.set(step, child);
    }
    return child;
  }

  has(path: readonly Step[]): boolean {
    let set: FieldSet | undefined = this;
    for (const step of path.slice(0, -1)) set = set?.children.get(step);
    const last = path.at(-1);
    return last !== undefined && set?.members.has(last) === true;
  }

  union(other: FieldSet): FieldSet {
    return this.#combine(other, (a, b) => a || b);
  }

  /** The paths of this set that are not in the other one. */
  minus(other: FieldSet): FieldSet {
    return this.#combine(other, (a, b) => a && !b);
  }

  intersect(other: FieldSet): FieldSet {
    return this.#combine(other, (a, b) => a && b);
  }

  equals(other: FieldSet): boolean {
    return this.minus(other).isEmpty && other.minus(this).isEmpty;
  }

  *paths(above: readonly Step[] = []): Generator<readonly Step[]> {
    for (const step of this.members) yield [...above, step];
    for (const [step, child] of this.children) yield* child.paths([...above, step]);
  }

  #combine(other: FieldSet, keep: (a: boolean, b: boolean) => boolean): FieldSet {
    const result = new FieldSet();
    for (const step of new Set([...this.members, ...other.members])) {
      if (keep(this.members.has(step), other.members.has(step))) result.members.add(step);
    }
    for (const step of new Set([...this.children.keys(), ...other.children.keys()])) {
      const child = (this.children.get(step) ?? EMPTY).#combine(
        other.children.get(step) ?? EMPTY,
        keep,
      );
      if (!child.isEmpty) result.children.set(step, child);
    }
    return result;
  }

  /** Serializes as FieldsV1: `{"f:spec":{"f:replicas":{}}}`, with `.` for a member that has members below it. */
  toJSON(): object {
    const json: Record<string, object> = {};
    for (const step of [...new Set([...this.members, ...this.children.keys()])].sort()) {
      const child = this.children.get(step)?.toJSON();
      json[step] =
        child === undefined ? {} : this.members.has(step) ? { ".": {}, ...child } : child;
    }
    return json;
  }

  /** Reads FieldsV1; an invalid one is an empty set. */
  static fromJSON(json: unknown): FieldSet {
    const set = new FieldSet();
    if (!isRecord(json)) return set;
    for (const [step, below] of Object.entries(json)) {
      if (step === "." || !isRecord(below)) continue;
      const steps = Object.keys(below);
      if (steps.length === 0 || "." in below) set.members.add(step);
      const child = FieldSet.fromJSON(below);
      if (!child.isEmpty) set.children.set(step, child);
    }
    return set;
  }
}

const EMPTY = new FieldSet();
