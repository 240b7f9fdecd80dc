import { MAX_INT64, MIN_INT64, parseInt64 } from "./integer.ts";
import { MAX_NAME, validateLabelKey, validateLabelValue } from "./label-name.ts";
import type { Condition } from "./match.ts";

/** Which label sets a question is about: any strings, or only what an API server accepts. */
export type Universe = "strings" | "valid-labels";

/** The state of one key in a label set: its value, or `undefined` when it is absent. */
export type LabelState = string | undefined;

/** Signed 64-bit integers from `min` to `max`, both included. */
export interface IntegerRange {
  min: bigint;
  max: bigint;
}

/**
 * The states of one key that meet every condition put on it. Conditions on different keys never
 * touch each other, so a selector is the product of its domains, and every question about
 * selectors is answered key by key.
 *
 * Each added condition costs time proportional to its values.
 */
export class Domain {
  readonly key: string;
  /** Whether the key may be absent. */
  absent = true;
  /** Whether the key may be present at all. */
  present = true;
  /** The only values allowed, when `=` or `in` list them. */
  included: Set<string> | undefined;
  /** Values that are not allowed. */
  readonly excluded = new Set<string>();
  /** The only integers allowed, when `gt` or `lt` bound them; other text is not allowed then. */
  range: IntegerRange | undefined;

  constructor(key: string) {
    this.key = key;
  }

  /** Allows only what the condition allows. */
  add({ operator, values }: Condition): void {
    switch (operator) {
      case "=":
      case "==":
      case "in":
        this.absent = false;
        this.included = this.#intersect(values);
        break;
      case "!=":
      case "notin":
        for (const value of values) this.excluded.add(value);
        break;
      case "exists":
        this.absent = false;
        break;
      case "!":
        this.present = false;
        break;
      case "gt":
        this.absent = false;
        this.#bound(toBigInt(values[0]) + 1n, MAX_INT64);
        break;
      case "lt":
        this.absent = false;
        this.#bound(MIN_INT64, toBigInt(values[0]) - 1n);
    }
  }

  /** Whether a state meets every condition. */
  has(state: LabelState): boolean {
    if (state === undefined) return this.absent;
    if (!this.present || this.excluded.has(state)) return false;
    if (this.included && !this.included.has(state)) return false;
    if (!this.range) return true;
    const integer = parseInt64(state);
    return integer !== undefined && integer >= this.range.min && integer <= this.range.max;
  }

  #intersect(values: readonly string[]): Set<string> {
    const before = this.included;
    return new Set(before ? values.filter((value) => before.has(value)) : values);
  }

  #bound(min: bigint, max: bigint): void {
    const range = this.range ?? { min, max };
    this.range = {
      min: range.min > min ? range.min : min,
      max: range.max < max ? range.max : max,
    };
  }
}

function toBigInt(text: string | undefined): bigint {
  return BigInt(parseInt64(text ?? "") ?? 0);
}

/**
 * States that decide any question about the domains of one key, simplest first.
 *
 * Two texts that no domain names, and that no bound tells apart, are in exactly the same domains.
 * So it is enough to try absence, every text that is named, one fresh text that is no integer, and
 * one fresh spelling (`6`, `06`, `006`, …) of an integer in each stretch between two bounds.
 */
export function* deciding(domains: readonly Domain[], over: Universe): Generator<LabelState> {
  yield undefined;
  const key = domains[0]?.key ?? "";
  if (over === "valid-labels" && validateLabelKey(key).length > 0) return;
  const named = new Set<string>();
  for (const { included, excluded } of domains) {
    for (const value of included ?? []) named.add(value);
    for (const value of excluded) named.add(value);
  }
  yield freshWord(named);
  for (const stretch of stretches(domains, over)) {
    const spelling = freshSpelling(stretch, named, over);
    if (spelling !== undefined) yield spelling;
  }
  for (const value of named) {
    if (over === "strings" || validateLabelValue(value).length === 0) yield value;
  }
}

/** A valid label value that is no integer and not in `taken`. */
function freshWord(taken: ReadonlySet<string>): string {
  for (let i = 0; ; i++) {
    const word = i === 0 ? "x" : `x${i}`;
    if (!taken.has(word)) return word;
  }
}

/** The stretches of integers that no bound of the domains divides. */
function stretches(domains: readonly Domain[], over: Universe): IntegerRange[] {
  // A valid label value cannot start with a sign.
  const lowest = over === "valid-labels" ? 0n : MIN_INT64;
  // Zero divides too, so that a witness is negative only when it must be.
  const starts = new Set([lowest, 0n]);
  for (const { range } of domains) {
    if (!range) continue;
    starts.add(range.min);
    starts.add(range.max + 1n);
  }
  const sorted = [...starts].filter((start) => start >= lowest && start <= MAX_INT64);
  sorted.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const cuts = sorted.map((min, i) => ({ min, max: (sorted[i + 1] ?? MAX_INT64 + 1n) - 1n }));
  // Small positive numbers read best.
  return cuts.sort((a, b) => Number(a.min < 0n) - Number(b.min < 0n));
}

/** A spelling of an integer in the stretch that is not in `taken`; there may be no valid one. */
function freshSpelling(
  { min, max }: IntegerRange,
  taken: ReadonlySet<string>,
  over: Universe,
): string | undefined {
  // The integer nearest to zero first.
  const [first, step] = min < 0n ? [max, -1n] : [min, 1n];
  for (let integer = first; integer >= min && integer <= max; integer += step) {
    const sign = integer < 0n ? "-" : "";
    const digits = String(integer < 0n ? -integer : integer);
    const longest = over === "valid-labels" ? MAX_NAME : Number.POSITIVE_INFINITY;
    for (let zeros = 0; digits.length + zeros <= longest; zeros++) {
      const text = sign + "0".repeat(zeros) + digits;
      if (!taken.has(text)) return text;
    }
  }
  return undefined;
}
