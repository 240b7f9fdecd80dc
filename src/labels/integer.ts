const INTEGER = /^[+-]?[0-9]+$/;
/** Largest integer that `gt` and `lt` know. */
export const MAX_INT64 = 2n ** 63n - 1n;
/** Smallest integer that `gt` and `lt` know. */
export const MIN_INT64 = -(2n ** 63n);

/**
 * Reads a signed 64-bit decimal as `gt` and `lt` do: an optional sign and ASCII digits, leading
 * zeros allowed, nothing else; `undefined` for any other text (S.3).
 *
 * Integers that a double holds exactly come back as numbers, which compare with bigints and cost
 * less.
 */
export function parseInt64(text: string): number | bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  if (text.length < 16) return Number(text);
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]?0*/, "");
  // BigInt("1000…") takes more than linear time; nineteen digits hold every legal value.
  if (digits.length > 19) return undefined;
  const value = negative ? -BigInt(digits || "0") : BigInt(digits || "0");
  return value > MAX_INT64 || value < MIN_INT64 ? undefined : value;
}
