import fc from "fast-check";
import type { NodeSelector, NodeSelectorRequirement } from "../labels/node-selector.ts";
import { dnsLabelOf } from "./characters.ts";
import { labelKey } from "./label-key.ts";
import { labelExpression } from "./label-selector.ts";
import { integerValue } from "./label-value.ts";

/** A valid node selector, as a pod's required node affinity has it; the empty one too. */
export function nodeSelector(): fc.Arbitrary<NodeSelector> {
  const bound = fc.record({
    key: labelKey(),
    operator: fc.constantFrom("Gt", "Lt"),
    values: integerValue().map((value) => [value]),
  });
  const expression: fc.Arbitrary<NodeSelectorRequirement> = fc.oneof(labelExpression(), bound);
  const field = fc.record({
    key: fc.constant("metadata.name"),
    operator: fc.constantFrom("In", "NotIn"),
    values: fc.oneof(fc.constant("node-1"), dnsLabelOf(1, 8)).map((name) => [name]),
  });
  const term = fc.record(
    {
      matchExpressions: fc.array(expression, { maxLength: 3 }),
      matchFields: fc.array(field, { maxLength: 1 }),
    },
    { requiredKeys: [] },
  );
  return fc.record({ nodeSelectorTerms: fc.array(term, { maxLength: 3 }) });
}
