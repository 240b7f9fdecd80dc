/** Replaces a method by a function. @returns a function that restores it, unless it was replaced again meanwhile. */
export function patch<O extends object, K extends keyof O>(
  owner: O,
  key: K,
  make: (original: O[K]) => O[K],
): () => void {
  const original = owner[key];
  const replacement = make(original);
  // Copies name, length and symbols such as util.promisify.custom, so that it passes for the original.
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  owner[key] = replacement;
  return () => {
    if (owner[key] === replacement) owner[key] = original;
  };
}
