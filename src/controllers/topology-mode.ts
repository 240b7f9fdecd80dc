import type { Service } from "../objects/service.ts";

const ANNOTATION = "service.kubernetes.io/topology-mode";
/** The former name, which takes precedence where both are present. */
const OLD_ANNOTATION = "service.kubernetes.io/topology-aware-hints";

/** Whether the Service asks for hints in proportion to the zones' CPU, which turns trafficDistribution off (P.6). */
export function isTopologyAware({ metadata: { annotations } }: Service): boolean {
  if (annotations === undefined) return false;
  const mode = annotations[topologyAnnotation(annotations)];
  return mode === "Auto" || mode === "auto";
}

/** The annotation that says so. */
export function topologyAnnotation(annotations: Readonly<Record<string, string>>): string {
  return annotations[OLD_ANNOTATION] === undefined ? ANNOTATION : OLD_ANNOTATION;
}
