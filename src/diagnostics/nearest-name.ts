import { editDistance } from "../labels/edit-distance.ts";

/** Longer words are not compared: nobody mistypes them, and the comparison is quadratic. */
const MAX_LENGTH = 64;

/**
 * The candidate that was probably meant by a mistyped word: at most a third of it wrong, counting
 * a swap of two neighbours as one mistake and upper or lower case as none.
 */
export function nearestName(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  const lower = word.toLowerCase();
  for (const candidate of candidates) {
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance - 1);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
