import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { isRecord } from "./json.ts";
import type { KubernetesObject } from "./object.ts";
import type { PodTemplateSpec } from "./pod.ts";

/** The metadata and spec of pods that stand at a path of an object, which has them. */
export function templateAt(object: KubernetesObject, path: FieldPath): PodTemplateSpec {
  let value: unknown = object;
  for (const step of path) value = isRecord(value) ? value[step] : undefined;
  return value as PodTemplateSpec;
}
