import { groupKindOf, type KubernetesObject } from "./object.ts";
import { kindOf } from "./registry.ts";

/** Fills in the defaults of an API server; returns the object itself when nothing is missing. */
export function applyDefaults(object: KubernetesObject): KubernetesObject {
  return kindOf(groupKindOf(object))?.defaults?.(object) ?? object;
}
