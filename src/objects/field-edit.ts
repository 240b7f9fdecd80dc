/**
 * What a field's value, or its name where that is meant, has to become. It does not say how: the reader of the text
 * knows how the old one is written.
 */
export type FieldEdit =
  | { readonly to: string | number | boolean }
  /** The characters stay and become a string: `1.0` is `"1.0"` then, not `"1"`. */
  | { readonly quote: true };
