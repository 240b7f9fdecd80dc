import fc from "fast-check";
import {
  escapeFieldValue,
  type FieldSelector,
  parseFieldSelector,
} from "../labels/field-selector.ts";

const FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "spec.nodeName",
  "status.phase",
  "status.podIP",
];

/** A valid field selector; its values reach the characters that must be escaped. */
export function fieldSelector(): fc.Arbitrary<FieldSelector> {
  const value = fc.oneof(
    { withCrossShrink: true },
    fc.constantFrom("web", "default", "node-1", "Running", "10.0.0.1", ""),
    fc.string({ unit: fc.constantFrom("a", ",", "=", "\\", " ", "é"), maxLength: 5 }),
  );
  const term = fc
    .tuple(fc.constantFrom(...FIELDS), fc.constantFrom("=", "==", "!="), value)
    .map(([field, operator, raw]) => `${field}${operator}${escapeFieldValue(raw)}`);
  return fc.array(term, { maxLength: 3 }).map((terms) => parseFieldSelector(terms.join(",")));
}
