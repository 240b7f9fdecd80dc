import { type EndpointSlice, SERVICE_NAME_LABEL } from "../../objects/endpoint-slice.ts";
import { qualifiedName } from "../../objects/object-key.ts";
import type { Change } from "../../store/operation.ts";

/** `namespace/name` of every Service that changed, or whose endpoints did. */
export function touchedServices(changes: readonly Change[]): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const { kind, object, previous } of changes) {
    const namespace = object.metadata.namespace ?? "";
    if (kind === "Service") {
      touched.add(qualifiedName(namespace, object.metadata.name));
    } else if (kind === "EndpointSlice.discovery.k8s.io") {
      for (const slice of [object, previous] as (EndpointSlice | undefined)[]) {
        const name = slice?.metadata.labels?.[SERVICE_NAME_LABEL];
        if (name !== undefined) touched.add(qualifiedName(namespace, name));
      }
    }
  }
  return touched;
}
