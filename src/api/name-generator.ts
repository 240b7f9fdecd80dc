/** Letters and digits that make no words and can't be confused. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const LENGTH = 5;
/** A label's length less what is added. */
const MAX_BASE = 63 - LENGTH;

/** A name from `generateName`: the base, cut if need be, with five characters behind it. */
export function nameFrom(base: string, random: () => number): string {
  const suffix = Array.from(
    { length: LENGTH },
    () => ALPHABET[Math.floor(random() * ALPHABET.length)],
  );
  return base.slice(0, MAX_BASE) + suffix.join("");
}
