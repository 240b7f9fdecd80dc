/**
 * The operators of a requirement, by upstream's words. Text spells them so too, but for `gt` (`>`),
 * `lt` (`<`), `exists` (nothing) and `!` (before the key); `gt` and `exists` are no operators there.
 */
export type Operator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

/** Every operator, in the order in which upstream lists the supported ones (S.3). */
export const OPERATORS: readonly Operator[] = [
  "in",
  "notin",
  "=",
  "==",
  "!=",
  "gt",
  "lt",
  "exists",
  "!",
];
