/**
 * Appends all elements of one list to another. `list.push(...more)` would pass each of them on the stack, which
 * overflows at some 100,000: a RangeError that depends on the size of the user's manifests.
 */
export function append<T>(list: T[], more: Iterable<T>): void {
  for (const each of more) list.push(each);
}
