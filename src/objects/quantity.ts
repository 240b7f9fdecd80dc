const QUANTITY = /^([+-]?)([0-9]+)?(?:\.([0-9]*))?([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]{1,2})?$/;

const SUFFIXES: ReadonlyMap<string, readonly [base: bigint, exponent: number]> = new Map([
  ["n", [10n, -9]],
  ["u", [10n, -6]],
  ["m", [10n, -3]],
  ["k", [10n, 3]],
  ["M", [10n, 6]],
  ["G", [10n, 9]],
  ["T", [10n, 12]],
  ["P", [10n, 15]],
  ["E", [10n, 18]],
  ["Ki", [2n, 10]],
  ["Mi", [2n, 20]],
  ["Gi", [2n, 30]],
  ["Ti", [2n, 40]],
  ["Pi", [2n, 50]],
  ["Ei", [2n, 60]],
]);

/** Further digits have no effect: a quantity has at most 18 before and 9 after the point. */
const MAX_DIGITS = 40;

/**
 * A resource quantity (`10Gi`, `500m`, `1.5e3`) in billionths, so that any two compare exactly.
 * @returns undefined when the text is not a quantity.
 */
export function parseQuantity(text: string): bigint | undefined {
  const match = text.length > MAX_DIGITS ? null : QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const decimal = /^[eE][-+0-9]/.test(suffix)
    ? ([10n, Number(suffix.slice(1))] as const)
    : undefined;
  const [base, exponent] = decimal ?? SUFFIXES.get(suffix) ?? [10n, 0];
  let nanos = BigInt(whole + fraction) * 10n ** 9n;
  let divisor = 10n ** BigInt(fraction.length);
  if (exponent >= 0) nanos *= base ** BigInt(exponent);
  else divisor *= base ** BigInt(-exponent);
  // What is finer than a billionth is rounded up.
  const value = (nanos + divisor - 1n) / divisor;
  return sign === "-" ? -value : value;
}
