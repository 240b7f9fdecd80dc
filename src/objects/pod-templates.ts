import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { isRecord } from "./json.ts";
import { groupKindOf, type KubernetesObject } from "./object.ts";
import type { PodSpec, PodTemplateSpec } from "./pod.ts";
import { kindOf } from "./registry.ts";

/** What an object says about pods: itself a Pod, or a template for some. */
export interface PodTemplate {
  /** Where metadata and spec stand; empty for a Pod. */
  readonly path: FieldPath;
  readonly metadata: PodTemplateSpec["metadata"];
  readonly spec: PodSpec;
}

/** The pods that an object describes; undefined for kinds that describe none. */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
  const path = kindOf(groupKindOf(object))?.pods?.at;
  if (path === undefined) return undefined;
  let value: unknown = object;
  for (const step of path) value = isRecord(value) ? value[step] : undefined;
  const { metadata, spec } = value as PodTemplateSpec;
  return { path, metadata, spec };
}
