/** Puts a function in the place of a method. @returns what puts the method back, unless somebody came after. */
export function patch<O extends object, K extends keyof O>(
  owner: O,
  key: K,
  make: (original: O[K]) => O[K],
): () => void {
  const original = owner[key];
  const replacement = make(original);
  // Name, length and symbols such as util.promisify.custom: it is to be taken for the original.
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  owner[key] = replacement;
  return () => {
    if (owner[key] === replacement) owner[key] = original;
  };
}
