import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../../objects/json.ts";
import { FieldSet, type Step } from "./field-set.ts";
import type { MergeType } from "./merge-type.ts";

type Json = Readonly<Record<string, unknown>>;

/** All paths that a value sets: what a manager owns by applying it. */
export function fieldsOf(value: unknown, type: MergeType): FieldSet {
  const set = new FieldSet();
  collect(value, type, set);
  return set;
}

function collect(value: unknown, type: MergeType, set: FieldSet): void {
  for (const { step, value: child, type: of, isItself } of partsOf(value, type)) {
    if (isWhole(child, of)) {
      set.members.add(step);
      continue;
    }
    if (isItself || (isRecord(child) && Object.keys(child).length === 0)) set.members.add(step);
    const below = set.childFor(step);
    collect(child, of, below);
    if (below.isEmpty) set.children.delete(step);
  }
}

interface Part {
  readonly step: Step;
  readonly value: unknown;
  readonly type: MergeType;
  /** Whether the existence of a part is owned: true for items of lists and for free keys. */
  readonly isItself: boolean;
}

/** The parts of a value, each with its step. Empty for a value that is owned as a unit. */
function partsOf(value: unknown, type: MergeType): Part[] {
  if (type.as === "mapping" && isRecord(value)) {
    return Object.entries(value).map(([key, child]) => ({
      step: `f:${key}`,
      value: child,
      type: type.of(key),
      isItself: !type.isDeclared(key),
    }));
  }
  if (!Array.isArray(value)) return [];
  if (type.as === "set") {
    return value.map((item) => ({
      step: `v:${JSON.stringify(item)}`,
      value: item,
      type: { as: "whole" },
      isItself: true,
    }));
  }
  if (type.as === "keyed") {
    return value.map((item) => ({
      step: stepOfItem(item, type),
      value: item,
      type: type.of,
      isItself: true,
    }));
  }
  return [];
}

/** Keys are sorted as everywhere in FieldsV1; keys without a value are left out. */
function stepOfItem(item: unknown, { keys, defaults }: MergeType & { as: "keyed" }): Step {
  const record: Json = isRecord(item) ? item : {};
  const values = [...keys].sort().map((key) => [key, record[key] ?? defaults[key]] as const);
  return `k:${JSON.stringify(Object.fromEntries(values.filter(([, value]) => value !== undefined)))}`;
}

function isWhole(value: unknown, type: MergeType): boolean {
  if (type.as === "whole" || value === null || typeof value !== "object") return true;
  return type.as === "mapping" ? !isRecord(value) : !Array.isArray(value);
}

/** A value merged with an applied one: what the applied one leaves out is kept. Nothing is changed in place. */
export function mergeApplied(live: unknown, applied: unknown, type: MergeType): unknown {
  if (isWhole(applied, type) || isWhole(live, type)) return applied;
  if (isRecord(applied)) {
    const merged = new Map(Object.entries(live as Json));
    for (const [key, value] of Object.entries(applied)) {
      const of = (type as MergeType & { as: "mapping" }).of(key);
      merged.set(key, merged.has(key) ? mergeApplied(merged.get(key), value, of) : value);
    }
    return Object.fromEntries(merged);
  }
  const before = partsOf(live, type);
  const after = partsOf(applied, type);
  const current = new Map(before.map((part) => [part.step, part.value]));
  const merged = new Map(current);
  for (const { step, value, type: of } of after) {
    merged.set(step, current.has(step) ? mergeApplied(current.get(step), value, of) : value);
  }
  const order = interleaved(
    before.map(({ step }) => step),
    after.map(({ step }) => step),
  );
  return order.map((step) => merged.get(step));
}

/** Applied items come in their order; other items stay behind the item that was before them. */
function interleaved(before: readonly Step[], after: readonly Step[]): Step[] {
  const applied = new Set(after);
  const result = new Set<Step>();
  let next = 0;
  for (const step of after) {
    while (next < before.length && !applied.has(before[next]!)) result.add(before[next++]!);
    result.add(step);
    while (next < before.length && result.has(before[next]!)) next++;
  }
  for (const step of before) result.add(step);
  return [...result];
}

/** The paths of a set that differ between two states or exist in only one. */
export function differing(set: FieldSet, a: unknown, b: unknown, type: MergeType): FieldSet {
  const result = new FieldSet();
  const left = index(a, type);
  const right = index(b, type);
  for (const step of set.members) {
    const [before, after] = [left.get(step), right.get(step)];
    if (before === undefined || after === undefined) result.members.add(step);
    else if (isWhole(after.value, after.type) && !isDeepStrictEqual(before.value, after.value)) {
      result.members.add(step);
    }
  }
  for (const [step, child] of set.children) {
    const of = right.get(step)?.type ?? left.get(step)?.type;
    if (of === undefined) continue;
    const below = differing(child, left.get(step)?.value, right.get(step)?.value, of);
    if (!below.isEmpty) result.children.set(step, below);
  }
  return result;
}

function index(value: unknown, type: MergeType): ReadonlyMap<Step, Part> {
  return new Map(partsOf(value, type).map((part) => [part.step, part]));
}

/**
 * A value without the paths of a set, except those that others own. Mappings and lists that become empty are removed,
 * too.
 * @param kept what others own
 */
export function withoutFields(
  value: unknown,
  removed: FieldSet,
  kept: FieldSet,
  type: MergeType,
): unknown {
  if (removed.isEmpty || isWhole(value, type)) return value;
  const parts = partsOf(value, type).flatMap((part) => {
    const { step, value: child } = part;
    const others = kept.children.get(step);
    const isKept = kept.members.has(step) || (others !== undefined && !others.isEmpty);
    if (removed.members.has(step) && !isKept) return [];
    const below = removed.children.get(step);
    if (below === undefined) return [{ step, value: child }];
    const rest = withoutFields(child, below, others ?? new FieldSet(), part.type);
    const isLeftEmpty = isEmpty(rest) && !isEmpty(child);
    return isLeftEmpty && !kept.members.has(step) && step.startsWith("f:")
      ? []
      : [{ step, value: rest }];
  });
  if (Array.isArray(value)) return parts.map((part) => part.value);
  return Object.fromEntries(parts.map(({ step, value: child }) => [step.slice(2), child]));
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** The changes of an update: paths with a new value, and removed ones. */
export function changesBetween(
  before: unknown,
  after: unknown,
  type: MergeType,
): { readonly written: FieldSet; readonly removed: FieldSet } {
  const written = new FieldSet();
  const removed = new FieldSet();
  compare(before, after, type, written, removed);
  return { written, removed };
}

function compare(
  before: unknown,
  after: unknown,
  type: MergeType,
  written: FieldSet,
  removed: FieldSet,
): void {
  const left = index(before, type);
  const right = index(after, type);
  for (const [step, { value, type: of, isItself }] of right) {
    const previous = left.get(step);
    if (isWhole(value, of)) {
      if (previous === undefined || !isDeepStrictEqual(previous.value, value)) {
        written.members.add(step);
      }
      continue;
    }
    if (previous === undefined && (isItself || isEmpty(value) || of.as === "mapping")) {
      // The existence of a new mapping or item is a change, too; a list with keys consists of its items only.
      written.members.add(step);
    }
    const [below, gone] = [new FieldSet(), new FieldSet()];
    compare(previous?.value, value, of, below, gone);
    if (!below.isEmpty) written.children.set(step, below);
    if (!gone.isEmpty) removed.children.set(step, gone);
  }
  for (const [step, { value, type: of }] of left) {
    if (right.has(step)) continue;
    removed.members.add(step);
    const below = fieldsOf(value, of);
    if (!below.isEmpty) removed.children.set(step, below);
  }
}
