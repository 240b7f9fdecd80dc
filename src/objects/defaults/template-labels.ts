import type { KubernetesObject } from "../object.ts";
import type { PodTemplateSpec } from "../pod.ts";

/** An object without labels gets those of its template, as older kinds do. */
export function withTemplateLabels<
  T extends KubernetesObject & { readonly spec: { readonly template: PodTemplateSpec } },
>(object: T): T {
  const { labels } = object.spec.template.metadata ?? {};
  const isLabelled = Object.keys(object.metadata.labels ?? {}).length > 0;
  if (isLabelled || labels === undefined) return object;
  return { ...object, metadata: { ...object.metadata, labels } };
}
