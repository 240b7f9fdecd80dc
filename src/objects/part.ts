import type { Check } from "./checks.ts";
import type { Json } from "./json.ts";
import type { Place } from "./place.ts";

/**
 * Everything that the table can't express about a {@link definitionNamed definition}, wherever it occurs: in a Pod,
 * in a Deployment's template, in a Job's.
 */
export interface Part<T = Json> {
  /** Required fields, which must not be empty either. */
  readonly required?: readonly (keyof T & string)[];
  /** The value that a server validates, where that differs from the written one. */
  readonly seen?: (value: T) => T;
  /** Fields of which at most one (with `some`: exactly one) may be present. */
  readonly oneOf?: { readonly of: readonly (keyof T & string)[]; readonly some?: boolean };
  /** Checks of single fields, if present. */
  readonly fields?: { readonly [K in keyof T]?: Check<NonNullable<T[K]>> };
  /** Fields whose values or own fields a server does not validate. */
  readonly open?: readonly (keyof T & string)[];
  /** Checks of several fields together. */
  readonly check?: (value: T, place: Place) => void;
  /** Defaults of an API server. */
  readonly defaults?: (value: T) => T;
}

/** Parts by the names of their definitions. */
export type Parts = Readonly<Record<string, Part>>;

/** A part whose fields have the types that the tables say. */
export function part<T extends object>(definition: string, said: Part<T>): Parts {
  return { [definition]: said as unknown as Part };
}
