import { isDeepStrictEqual } from "node:util";
import type { Resource } from "../objects/api-resource.ts";
import type { Finding } from "../objects/finding.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { PodSpec } from "../objects/pod.ts";
import { badRequest, invalid } from "./status.ts";

/** The endpoint that adds containers to a Pod which runs: `kubectl debug`. It can change nothing else. */
export const EPHEMERAL_CONTAINERS = "ephemeralcontainers";

const FIELD = "spec.ephemeralContainers";

/** The Pod as it is, with the ephemeral containers of another one. */
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

/** Whether something is wrong only with a Pod that is made: it begins without them, and one that runs may have them. */
export function isOnlyOfCreation({ rule, path }: Finding): boolean {
  return rule === "field-forbidden" && path.join(".") === FIELD;
}

/** @throws StatusError where one that is there would be changed or would go: it has been started already */
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

/** @throws StatusError for a Pod beside whose containers nothing can be started */
export function requireRunning(pod: KubernetesObject, runs: boolean): void {
  if (runs) return;
  throw badRequest(
    `pod "${pod.metadata.name}" has no container that runs on this machine, so nothing can be started beside one: give it a command in kubelane.yaml`,
  );
}

function specOf({ spec }: KubernetesObject): PodSpec {
  return (spec ?? { containers: [] }) as PodSpec;
}
