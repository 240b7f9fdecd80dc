import type { Check } from "./checks.ts";
import type { Json } from "./json.ts";
import type { Place } from "./place.ts";

/**
 * What the table can't say of a {@link definitionNamed definition}, wherever it stands: in a Pod, in a
 * Deployment's template, in a Job's.
 */
export interface Part<T = Json> {
  /** Fields without which, or with an empty value of which, an object is refused. */
  readonly required?: readonly (keyof T & string)[];
  /** The value as a server checks it, where that is another than the one that is written. */
  readonly seen?: (value: T) => T;
  /** Fields of which at most one (with `some`: exactly one) is there. */
  readonly oneOf?: { readonly of: readonly (keyof T & string)[]; readonly some?: boolean };
  /** What holds of one field by itself, when it is there. */
  readonly fields?: { readonly [K in keyof T]?: Check<NonNullable<T[K]>> };
  /** Fields whose words, or whose own fields, a server does not look at. */
  readonly open?: readonly (keyof T & string)[];
  /** What holds of fields together. */
  readonly check?: (value: T, place: Place) => void;
  /** What an API server fills in. */
  readonly defaults?: (value: T) => T;
}

/** Parts by the names of their definitions. */
export type Parts = Readonly<Record<string, Part>>;

/** A part whose fields have the types that the tables say. */
export function part<T extends object>(definition: string, said: Part<T>): Parts {
  return { [definition]: said as unknown as Part };
}
