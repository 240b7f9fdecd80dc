import { extended } from "../extended.ts";

/** The value with its missing fields filled in; itself when none is missing. */
export function fill<T extends object>(value: T, fields: Partial<T>): T {
  let filled: T | undefined;
  for (const name of Object.keys(fields) as (keyof T & string)[]) {
    if (fields[name] === undefined || value[name] !== undefined) continue;
    filled ??= extended(value, {});
    filled[name] = fields[name] as T[typeof name];
  }
  return filled ?? value;
}

/** The value with one field changed by a function; itself when that changes nothing or there is none. */
export function change<T extends object, K extends keyof T>(
  value: T,
  field: K,
  by: (before: NonNullable<T[K]>) => NonNullable<T[K]>,
): T {
  const before = value[field];
  if (before === undefined || before === null) return value;
  const after = by(before);
  return after === before ? value : { ...value, [field]: after };
}

/** The list with each item changed by a function; itself when that changes none. */
export function changeEach<T>(list: readonly T[], by: (item: T) => T): readonly T[] {
  let changed: T[] | undefined;
  for (const [i, item] of list.entries()) {
    const after = by(item);
    if (after === item) continue;
    changed ??= [...list];
    changed[i] = after;
  }
  return changed ?? list;
}
