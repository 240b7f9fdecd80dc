/**
 * The new value of a field, or its new name. Quotes and indentation are chosen by the reader of the text, which knows
 * the present ones.
 */
export type FieldEdit =
  | { readonly to: string | number | boolean }
  /** The characters stay and become a string: `1.0` is `"1.0"` then, not `"1"`. */
  | { readonly quote: true };
