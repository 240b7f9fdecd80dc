import fc from "fast-check";
import type { LabelRule } from "../labels/problem.ts";
import { nameOf } from "./characters.ts";
import { withBadCharacter, withBadEdge } from "./label-key.ts";

const COMMON = ["web", "api", "prod", "dev", "", "1", "7", "06", "true", "in", "constructor"];

/** A rule that a label value can break. */
export type LabelValueRule = Extract<LabelRule, `value-${string}`>;

/** A valid label value: words, integers, the empty string, and every length up to 63. */
export function labelValue(): fc.Arbitrary<string> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 6, arbitrary: fc.constantFrom(...COMMON) },
    { weight: 2, arbitrary: fc.nat(100).map(String) },
    { weight: 2, arbitrary: nameOf(1, 12) },
    { weight: 1, arbitrary: nameOf(62, 63) },
    { weight: 1, arbitrary: nameOf(63, 63) },
  );
}

/** The operand of `gt` and `lt`: a 64-bit integer that is a label value, so not negative. */
export function integerValue(): fc.Arbitrary<string> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: fc.nat(20).map(String) },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom("007", "9223372036854775807", "0".repeat(63)) },
  );
}

/** A text that breaks exactly one rule of label values: the given one, or any. */
export function invalidLabelValue(options: { rule?: LabelValueRule } = {}): fc.Arbitrary<string> {
  const { rule } = options;
  return rule === undefined
    ? fc.oneof(...Object.values(BROKEN).map((make) => make()))
    : BROKEN[rule]();
}

const BROKEN: Readonly<Record<LabelValueRule, () => fc.Arbitrary<string>>> = {
  "value-too-long": () => nameOf(64, 80),
  "value-bad-character": () => withBadCharacter(nameOf(1, 8)),
  "value-bad-edge": () => withBadEdge(nameOf(1, 8)),
};
