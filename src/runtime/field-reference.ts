import type { Pod } from "../objects/pod.ts";

/** The fields of a pod that are known before its containers start. */
export interface PodFacts {
  readonly pod: Pod;
  readonly podIP: string;
  readonly hostIP: string;
  readonly nodeName: string;
}

const SUBSCRIPT = /^metadata\.(labels|annotations)\['([^']*)'\]$/;

/**
 * The value of a downward API `fieldRef` as an environment variable; the empty text for a label or
 * annotation the pod does not have.
 * @returns undefined for a path that no pod has.
 */
export function fieldReference(path: string, facts: PodFacts): string | undefined {
  const { metadata, spec } = facts.pod;
  const subscript = SUBSCRIPT.exec(path);
  if (subscript !== null) {
    const map = (subscript[1] === "labels" ? metadata.labels : metadata.annotations) ?? {};
    const key = subscript[2]!;
    return Object.hasOwn(map, key) ? map[key] : "";
  }
  switch (path) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid ?? "";
    case "spec.nodeName":
      return facts.nodeName;
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "default";
    case "status.hostIP":
    case "status.hostIPs":
      return facts.hostIP;
    case "status.podIP":
    case "status.podIPs":
      return facts.podIP;
    default:
      return undefined;
  }
}
