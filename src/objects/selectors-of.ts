import { groupKindOf, type KubernetesObject } from "./object.ts";
import { addPodSelectors } from "./pod-selectors.ts";
import { kindOf } from "./registry.ts";
import type { SelectorUse } from "./selector-use.ts";

/**
 * Every label selector that an object contains, in the order of its fields. An absent selector is not
 * listed; an empty one is, except where it selects nothing by definition (a Service's, P.2).
 */
export function selectorsOf(object: KubernetesObject): SelectorUse[] {
  const uses: SelectorUse[] = [];
  kindOf(groupKindOf(object))?.selectors?.(object, uses);
  addPodSelectors(object, uses);
  return uses;
}
