import type { ObjectMeta } from "../objects/object.ts";
import { qualifiedName } from "../objects/object-key.ts";

/** An object's name and time of creation. */
export interface Age {
  /** RFC 3339. */
  readonly created: string;
  readonly namespace: string;
  readonly name: string;
}

/** The older of two objects has precedence, as everywhere in Gateway API; of two of the same age, the first by name. */
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
