import fc from "fast-check";
import type { LabelRule } from "../labels/problem.ts";
import { dnsLabelOf, nameOf } from "./characters.ts";

/** Keys as people write them, some with names that objects inherit from. */
const COMMON = [
  "app",
  "env",
  "tier",
  "in",
  "notin",
  "constructor",
  "toString",
  "app.kubernetes.io/name",
  "topology.kubernetes.io/zone",
];

/** A rule that a label key can break. */
export type LabelKeyRule = Extract<LabelRule, `${"key" | "prefix" | "name"}-${string}`>;

/** A valid label key: with and without a prefix, of every length up to 317. */
export function labelKey(): fc.Arbitrary<string> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 6, arbitrary: fc.constantFrom(...COMMON) },
    { weight: 2, arbitrary: name() },
    { weight: 2, arbitrary: fc.tuple(prefix(), name()).map(([p, n]) => `${p}/${n}`) },
  );
}

/** A label key that breaks exactly one rule: the given one, or any. */
export function invalidLabelKey(options: { rule?: LabelKeyRule } = {}): fc.Arbitrary<string> {
  const { rule } = options;
  return rule === undefined
    ? fc.oneof(...Object.values(BROKEN).map((make) => make()))
    : BROKEN[rule]();
}

function name(): fc.Arbitrary<string> {
  return fc.oneof({ withCrossShrink: true }, nameOf(1, 12), nameOf(62, 63), nameOf(63, 63));
}

function prefix(): fc.Arbitrary<string> {
  const dotted = fc.array(dnsLabelOf(1, 12), { minLength: 1, maxLength: 4 });
  return fc.oneof(
    { withCrossShrink: true },
    dotted.map((parts) => parts.join(".")),
    // A single DNS label in a prefix has no limit of its own.
    dnsLabelOf(253, 253),
    fc.tuple(dnsLabelOf(1, 1), dnsLabelOf(251, 251)).map((parts) => parts.join(".")),
  );
}

const slashed = (before: fc.Arbitrary<string>, after: fc.Arbitrary<string>) =>
  fc.tuple(before, after).map(([p, n]) => `${p}/${n}`);
const short = () => nameOf(1, 8);
const shortDns = () => dnsLabelOf(1, 8);
const optional = (names: fc.Arbitrary<string>) =>
  fc.oneof({ withCrossShrink: true }, names, slashed(shortDns(), names));

const BROKEN: Readonly<Record<LabelKeyRule, () => fc.Arbitrary<string>>> = {
  "key-too-many-slashes": () =>
    fc
      .array(fc.oneof(shortDns(), fc.constant("")), { minLength: 3, maxLength: 5 })
      .map((parts) => parts.join("/")),
  "prefix-empty": () => short().map((n) => `/${n}`),
  "prefix-too-long": () => slashed(dnsLabelOf(254, 300), short()),
  "prefix-bad-character": () =>
    slashed(
      fc
        .tuple(shortDns(), fc.constantFrom("A", "_", "é", " ", ":"), shortDns())
        .map((parts) => parts.join("")),
      short(),
    ),
  "prefix-bad-edge": () =>
    slashed(
      fc.oneof(
        shortDns().map((p) => `-${p}`),
        shortDns().map((p) => `${p}-`),
        shortDns().map((p) => `${p}.`),
        fc.tuple(shortDns(), shortDns()).map((parts) => parts.join("..")),
      ),
      short(),
    ),
  "name-empty": () =>
    fc.oneof(
      fc.constant(""),
      shortDns().map((p) => `${p}/`),
    ),
  "name-too-long": () => optional(nameOf(64, 80)),
  "name-bad-character": () => optional(withBadCharacter(short())),
  "name-bad-edge": () => optional(withBadEdge(short())),
};

/** `names` with one character inside that no name has. */
export function withBadCharacter(names: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const bad = fc.constantFrom(" ", ":", '"', "*", "é", "\n", "😀", "@", "\0");
  return fc.tuple(names, bad, names).map((parts) => parts.join(""));
}

/** `names` with "-", "_" or "." at one end or both. */
export function withBadEdge(names: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edge = fc.constantFrom("-", "_", ".");
  return fc.oneof(
    fc.tuple(edge, names).map((parts) => parts.join("")),
    fc.tuple(names, edge).map((parts) => parts.join("")),
    edge,
  );
}
