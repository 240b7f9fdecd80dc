/**
 * Merged items in a given order. Items that the order doesn't name keep their place relative to their former
 * neighbours.
 * @param items after the merge, by identity
 * @param wanted the identities in order; unknown ones are ignored
 * @param before the identities in their former order
 */
export function inOrder<T>(
  items: readonly T[],
  wanted: readonly T[],
  before: readonly T[],
): readonly T[] {
  const present = new Set(items);
  const named = new Set(wanted.filter((item) => present.has(item)));
  const others = items.filter((item) => !named.has(item));
  const places = new Map(before.map((item, place) => [item, place]));
  const placeOf = (item: T): number => places.get(item) ?? Number.POSITIVE_INFINITY;
  const result: T[] = [];
  let next = 0;
  for (const item of named) {
    const place = places.get(item) ?? -1;
    while (next < others.length && placeOf(others[next]!) < place) result.push(others[next++]!);
    result.push(item);
  }
  return [...result, ...others.slice(next)];
}
