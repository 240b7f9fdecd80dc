import { editDistance } from "./edit-distance.ts";

/** The longest label key; nothing longer is worth comparing. */
const MAX_LENGTH = 317;

/**
 * How likely `found` is a misspelling of `wanted`: the number of edits, 0.5 when only the case
 * differs; `undefined` when no word is near enough. Longer words may have more mistakes, two at most.
 */
export function misspelling(found: string, wanted: string): number | undefined {
  if (found === wanted) return undefined;
  if (found.length > MAX_LENGTH || wanted.length > MAX_LENGTH) return undefined;
  if (found.toLowerCase() === wanted.toLowerCase()) return 0.5;
  const limit = Math.min(2, Math.floor(Math.min(found.length, wanted.length) / 2));
  const distance = editDistance(found, wanted, limit);
  return distance <= limit ? distance : undefined;
}
