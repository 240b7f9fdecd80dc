/** kubectl shows three and counts the rest. */
const SHOWN = 3;

/** At most three, and how many more there are. */
export function some(words: readonly string[], none = "<unset>"): string {
  if (words.length === 0) return none;
  const rest = words.length - SHOWN;
  return words.slice(0, SHOWN).join(",") + (rest > 0 ? ` + ${rest} more...` : "");
}
