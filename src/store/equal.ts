/** Whether two JSON values are the same: keys in any order, lists in order; an absent key differs from null. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!jsonEqual(a[i], b[i])) return false;
    return true;
  }
  return !Array.isArray(b) && equalExcept(a, b, NONE);
}

const NONE: ReadonlySet<string> = new Set();

/** {@link jsonEqual} of two objects, some of their keys left out of account. */
export function equalExcept(a: object, b: object, ignored: ReadonlySet<string>): boolean {
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  let keys = 0;
  for (const key of Object.keys(left)) {
    // A key set to undefined is no key in JSON.
    if (left[key] === undefined || ignored.has(key)) continue;
    if (!Object.hasOwn(right, key) || !jsonEqual(left[key], right[key])) return false;
    keys++;
  }
  for (const key of Object.keys(right)) {
    if (right[key] !== undefined && !ignored.has(key)) keys--;
  }
  return keys === 0;
}
