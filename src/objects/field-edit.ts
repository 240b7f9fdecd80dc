/**
 * The new value of a field, or its new name. How it is written (quotes, indentation) is left to the reader of the text,
 * which knows how the old one is written.
 */
export type FieldEdit =
  | { readonly to: string | number | boolean }
  /** The characters stay and become a string: `1.0` is `"1.0"` then, not `"1"`. */
  | { readonly quote: true };
