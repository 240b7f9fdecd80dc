import { groupKindOf, type KubernetesObject } from "./object.ts";
import { kindOf } from "./registry.ts";

/** What an API server fills in when an object leaves it out; the object itself when it lacks nothing. */
export function applyDefaults(object: KubernetesObject): KubernetesObject {
  return kindOf(groupKindOf(object))?.defaults?.(object) ?? object;
}
