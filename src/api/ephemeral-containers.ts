import { isDeepStrictEqual } from "node:util";
import type { Resource } from "../objects/api-resource.ts";
import type { Finding } from "../objects/finding.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { PodSpec } from "../objects/pod.ts";
import { badRequest, invalid } from "./status.ts";

/** The subresource that adds containers to a running Pod: `kubectl debug`. It can't change anything else. */
export const EPHEMERAL_CONTAINERS = "ephemeralcontainers";

const FIELD = "spec.ephemeralContainers";

/** The present Pod with the ephemeral containers of the given one. */
export function withAdded(current: KubernetesObject, given: KubernetesObject): KubernetesObject {
  const { managedFields } = given.metadata;
  const metadata = { ...current.metadata, ...(managedFields !== undefined && { managedFields }) };
  const { ephemeralContainers: _, ...spec } = specOf(current);
  const added = specOf(given).ephemeralContainers;
  return {
    ...current,
    metadata,
    spec: added === undefined ? spec : { ...spec, ephemeralContainers: added },
  };
}

/** Whether a finding applies only to new Pods: these can't have ephemeral containers, running ones can. */
export function isOnlyOfCreation({ rule, path }: Finding): boolean {
  return rule === "field-forbidden" && path.join(".") === FIELD;
}

/** @throws StatusError where an existing one would be changed or removed: it has been started already */
export function checkAdded(
  current: KubernetesObject,
  next: KubernetesObject,
  resource: Resource,
): void {
  const { ephemeralContainers: after = [] } = specOf(next);
  const { ephemeralContainers: before = [] } = specOf(current);
  const causes = before.flatMap((old) => {
    const now = after.find(({ name }) => name === old.name);
    if (isDeepStrictEqual(now, old)) return [];
    const what = now === undefined ? "removed" : "changed";
    const message = `Forbidden: existing ephemeral containers "${old.name}" may not be ${what}`;
    return [{ reason: "FieldValueForbidden", message, field: FIELD }];
  });
  if (causes.length > 0) throw invalid(resource, next.metadata.name, causes);
}

/** @throws StatusError for a Pod in which nothing can be started next to its containers */
export function requireRunning(pod: KubernetesObject, runs: boolean): void {
  if (runs) return;
  throw badRequest(
    `pod "${pod.metadata.name}" has no container that runs on this machine, so nothing can be started beside one: give it a command in kubelane.yaml`,
  );
}

function specOf({ spec }: KubernetesObject): PodSpec {
  return (spec ?? { containers: [] }) as PodSpec;
}
