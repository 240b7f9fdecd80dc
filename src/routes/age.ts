import type { ObjectMeta } from "../objects/object.ts";
import { qualifiedName } from "../objects/object-key.ts";

/** When an object was made, and what it is called. */
export interface Age {
  /** RFC 3339. */
  readonly created: string;
  readonly namespace: string;
  readonly name: string;
}

/** The older of two goes first, as everywhere in Gateway API, and of two as old the one whose name does. */
export function compareAge(a: Age, b: Age): number {
  return (
    compare(a.created, b.created) ||
    compare(qualifiedName(a.namespace, a.name), qualifiedName(b.namespace, b.name))
  );
}

/** {@link compareAge} of objects. */
export function olderFirst(
  a: { readonly metadata: ObjectMeta },
  b: { readonly metadata: ObjectMeta },
): number {
  return compareAge(ageOf(a.metadata), ageOf(b.metadata));
}

export function ageOf({ creationTimestamp = "", namespace = "", name }: ObjectMeta): Age {
  return { created: creationTimestamp, namespace, name };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
