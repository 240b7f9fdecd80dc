import fc from "fast-check";

const DIGITS = "0123456789";
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();

// Shrinking goes to the front of a list, so the plainest characters stand there.
const alnum = fc.constantFrom(...LOWER, ...DIGITS, ...UPPER);
const lowerAlnum = fc.constantFrom(...LOWER, ...DIGITS);

/** A name (S.4) of `min` to `max` characters, a letter or digit at both ends. */
export function nameOf(min: number, max: number): fc.Arbitrary<string> {
  const inner = fc.constantFrom(...LOWER, ...DIGITS, ...UPPER, "-", "_", ".");
  return edged(alnum, inner, min, max);
}

/** A DNS label of `min` to `max` characters. */
export function dnsLabelOf(min: number, max: number): fc.Arbitrary<string> {
  return edged(lowerAlnum, fc.constantFrom(...LOWER, ...DIGITS, "-"), min, max);
}

function edged(
  edge: fc.Arbitrary<string>,
  inner: fc.Arbitrary<string>,
  min: number,
  max: number,
): fc.Arbitrary<string> {
  const middle = (from: number, to: number) =>
    fc.string({ unit: inner, minLength: from, maxLength: to, size: "max" });
  if (max === 1) return edge;
  const long = fc
    .tuple(edge, middle(Math.max(0, min - 2), max - 2), edge)
    .map((parts) => parts.join(""));
  return min <= 1 ? fc.oneof({ withCrossShrink: true }, edge, long) : long;
}
