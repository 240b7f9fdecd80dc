import type { HeaderChange } from "../../routes/http-filter.ts";
import { FieldSection } from "./field-section.ts";
import { passesInAnswer } from "./passed-on.ts";

/** The fields after the changes that a route asks for. Hop-by-hop fields and those of the framing can't be changed. */
export function changedFields(
  fields: FieldSection,
  changes: readonly HeaderChange[],
): FieldSection {
  if (changes.length === 0) return fields;
  // A client's requests mostly have the same fields as the one before: the last result is kept.
  const last = LAST.get(fields);
  if (last?.changes === changes) return last.changed;
  const changed = applied(fields, changes);
  LAST.set(fields, { changes, changed });
  return changed;
}

const LAST = new WeakMap<
  FieldSection,
  { readonly changes: readonly HeaderChange[]; readonly changed: FieldSection }
>();

function applied(fields: FieldSection, changes: readonly HeaderChange[]): FieldSection {
  let pairs = [...fields.pairs];
  for (const { set, add, remove } of changes) {
    for (const { name, value } of set) {
      if (!isOpen(name)) continue;
      pairs = without(pairs, name);
      pairs.push(name, value);
    }
    for (const { name, value } of add) if (isOpen(name)) pairs.push(name, value);
    for (const name of remove) if (isOpen(name)) pairs = without(pairs, name);
  }
  return FieldSection.ofPairs(pairs);
}

function isOpen(name: string): boolean {
  return passesInAnswer(name) && name !== "content-length";
}

function without(pairs: readonly string[], name: string): string[] {
  const kept: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    if (pairs[i] !== name) kept.push(pairs[i] as string, pairs[i + 1] as string);
  }
  return kept;
}
