import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { groupKindOf, type KubernetesObject } from "./object.ts";
import type { PodSpec, PodTemplateSpec } from "./pod.ts";
import { kindOf } from "./registry.ts";
import { templateAt } from "./template-at.ts";

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
  const { metadata, spec } = templateAt(object, path);
  return { path, metadata, spec };
}
