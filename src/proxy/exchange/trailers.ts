import { FieldSection } from "./field-section.ts";
import { passesInTrailers } from "./passed-on.ts";

/** The part of a trailer section that is passed on. */
export function trailersOf(section: FieldSection): FieldSection {
  if (section.isEmpty) return FieldSection.EMPTY;
  const { pairs } = section;
  const kept: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    if (passesInTrailers(name)) kept.push(name, pairs[i + 1] as string);
  }
  return FieldSection.ofPairs(kept);
}
