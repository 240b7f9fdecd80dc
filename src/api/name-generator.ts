/** Letters and digits that form no words and are hard to confuse. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const LENGTH = 5;
/** The maximum length of a label, minus the suffix. */
const MAX_BASE = 63 - LENGTH;

/** A name made from `generateName`: the base, shortened if necessary, and five random characters. */
export function nameFrom(base: string, random: () => number): string {
  const suffix = Array.from(
    { length: LENGTH },
    () => ALPHABET[Math.floor(random() * ALPHABET.length)],
  );
  return base.slice(0, MAX_BASE) + suffix.join("");
}
