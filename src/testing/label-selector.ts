import fc from "fast-check";
import type { LabelSelector, LabelSelectorRequirement } from "../labels/label-selector.ts";
import { labelKey } from "./label-key.ts";
import { labelSet } from "./label-set.ts";
import { labelValue } from "./label-value.ts";

/** A valid LabelSelector object, as Deployments and others carry it; the empty one too. */
export function labelSelector(): fc.Arbitrary<LabelSelector> {
  return fc.record(
    {
      matchLabels: labelSet({ maxKeys: 3 }),
      matchExpressions: fc.array(labelExpression(), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  );
}

/** A valid entry of `matchExpressions`. */
export function labelExpression(): fc.Arbitrary<LabelSelectorRequirement> {
  const values = fc.array(labelValue(), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { withCrossShrink: true },
    fc.record({ key: labelKey(), operator: fc.constantFrom("Exists", "DoesNotExist") }),
    fc.record({ key: labelKey(), operator: fc.constantFrom("In", "NotIn"), values }),
  );
}
