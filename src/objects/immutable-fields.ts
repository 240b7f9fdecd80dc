import { isDeepStrictEqual } from "node:util";
import type { Place } from "./place.ts";

/** All fields except the named ones are immutable. */
export function immutableExcept(
  previous: object,
  next: object,
  mutable: readonly string[],
  place: Place,
): void {
  const names = new Set([...Object.keys(previous), ...Object.keys(next)]);
  immutable(
    previous,
    next,
    [...names].filter((name) => !mutable.includes(name)),
    place,
  );
}

/** Fields that may be set once and not changed afterwards; removing one is a change, too. */
export function immutable(
  previous: object,
  next: object,
  fields: readonly string[],
  place: Place,
): void {
  for (const field of fields) {
    const [before, after] = [previous, next].map(
      (value) => (value as Readonly<Record<string, unknown>>)[field],
    );
    if (!isDeepStrictEqual(before, after)) place.at(field).forbidden(`${field} can't be changed`);
  }
}
