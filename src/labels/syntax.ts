// What the grammar's actions call: they build requirements, and refuse what patterns say badly.
import { MAX_NAME, validateLabelKey, validateLabelValue } from "./label-name.ts";
import { excerpt, type LabelProblem } from "./problem.ts";
import { Refusal, type SelectorSyntaxCode } from "./syntax-error.ts";

const MAX_INT64 = "9223372036854775807";

/** The key itself, once its lengths are checked; the grammar has matched its pattern. */
export function checkKey(key: string, offset: number): string {
  return key.length > MAX_NAME && validateLabelKey(key).length > 0 ? refuseKey(key, offset) : key;
}

/** The value itself, once its length is checked; the grammar has matched its pattern. */
export function checkValue(value: string, offset: number): string {
  return value.length > MAX_NAME ? refuseValue(value, offset) : value;
}

/** The digits themselves, once they are known to be a label value and to fit in 63 bits. */
export function checkInteger(digits: string, offset: number): string {
  if (digits.length < MAX_INT64.length) return digits;
  const significant = digits.replace(/^0+/, "");
  const over =
    significant.length === MAX_INT64.length
      ? significant > MAX_INT64
      : significant.length > MAX_INT64.length;
  return over || digits.length > MAX_NAME ? refuseInteger(digits, offset) : digits;
}

/**
 * The values of a list. Up to Kubernetes 1.34 an even run of commas straight before `)` was an
 * error (S.12).
 */
export function checkValues(values: string[], strictCommas: boolean, offset: number): string[] {
  if (!strictCommas) return values;
  let commas = 0;
  while (commas < values.length && values[values.length - 1 - commas] === "") commas++;
  if (commas === values.length) commas--;
  if (commas === 0 || commas % 2 === 1) return values;
  throw new Refusal({
    code: "empty-values",
    offset,
    found: "(",
    expected: [],
    message: `an even run of commas before ")" is an error up to Kubernetes 1.34; write one comma`,
  });
}

/** Throws what is wrong with a key. */
export function refuseKey(word: string, offset: number): never {
  refuse("invalid-key", "key", word, offset, validateLabelKey(word));
}

/** Throws what is wrong with a value. */
export function refuseValue(word: string, offset: number): never {
  refuse("invalid-value", "value", word, offset, validateLabelValue(word));
}

/** Throws what is wrong with the operand of `>` or `<`. */
export function refuseInteger(word: string, offset: number): never {
  const message = `${excerpt(word)} is not an integer of 0 to 2^63-1, at most ${MAX_NAME} digits`;
  throw new Refusal({
    code: "invalid-integer",
    offset,
    found: word,
    expected: ["integer"],
    message: `${message}, at offset ${offset}`,
    problems: validateLabelValue(word),
  });
}

function refuse(
  code: SelectorSyntaxCode,
  what: string,
  found: string,
  offset: number,
  problems: readonly LabelProblem[],
): never {
  const why = problems.map(({ message }) => message).join("; ");
  const message = `invalid ${what} at offset ${offset}: ${why}`;
  throw new Refusal({ code, offset, found, expected: [what], message, problems });
}
