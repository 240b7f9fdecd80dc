import { isDeepStrictEqual } from "node:util";
import type { Resource } from "../objects/api-resource.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Container, PodSpec } from "../objects/pod.ts";
import { qosClassOf } from "../objects/qos-class.ts";
import { type Cause, invalid } from "./status.ts";

/** The subresource that changes the resources of a running Pod's containers. It can't change anything else. */
export const RESIZE = "resize";

const LISTS = ["containers", "initContainers"] as const;
const RESIZABLE: ReadonlySet<string> = new Set(["cpu", "memory"]);

/**
 * The present Pod with the resources of the given one. Containers that exist only in the given one are kept, so that
 * {@link checkResize} refuses them.
 */
export function withResources(
  current: KubernetesObject,
  given: KubernetesObject,
): KubernetesObject {
  const { managedFields } = given.metadata;
  const metadata = { ...current.metadata, ...(managedFields !== undefined && { managedFields }) };
  const [spec, wanted] = [specOf(current), specOf(given)];
  const resized = { ...spec };
  for (const list of LISTS) {
    const next = wanted[list]?.map((container) => {
      const own = spec[list]?.find(({ name }) => name === container.name);
      return own === undefined ? container : withResourcesOf(own, container);
    });
    if (next !== undefined) Object.assign(resized, { [list]: next });
  }
  return { ...current, metadata, spec: resized };
}

function withResourcesOf(own: Container, { resources, resizePolicy }: Container): Container {
  const { resources: _, resizePolicy: _policy, ...rest } = own;
  return {
    ...rest,
    ...(resources !== undefined && { resources }),
    ...(resizePolicy !== undefined && { resizePolicy }),
  };
}

/** The part that is applied here: the containers' resources and nothing else, so nothing else is owned. */
export function onlyResources(given: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = given;
  const { name, namespace } = metadata;
  const spec: Record<string, unknown> = {};
  for (const list of LISTS) {
    const containers = specOf(given)[list];
    if (containers !== undefined)
      spec[list] = containers.map(({ name, resources }) => ({ name, resources }));
  }
  const identity = { name, ...(namespace !== undefined && { namespace }) };
  return { apiVersion, kind, metadata: identity, spec };
}

/** @throws StatusError where more would change than CPU and memory of containers */
export function checkResize(
  current: KubernetesObject,
  next: KubernetesObject,
  resource: Resource,
): void {
  const [before, after] = [specOf(current), specOf(next)];
  const causes = LISTS.flatMap((list) => ofContainers(list, before[list] ?? [], after[list] ?? []));
  if (causes.length === 0) {
    const quality = qosClassOf(before);
    if (qosClassOf(after) !== quality) {
      const message = `Invalid value: ${JSON.stringify(quality)}: Pod QOS Class may not change as a result of resizing`;
      causes.push({ reason: "FieldValueInvalid", message, field: "spec" });
    }
  }
  if (causes.length > 0) throw invalid(resource, next.metadata.name, causes);
}

function ofContainers(
  list: (typeof LISTS)[number],
  before: readonly Container[],
  after: readonly Container[],
): Cause[] {
  const field = `spec.${list}`;
  if (before.length !== after.length) {
    return [forbidden(field, "containers may not be added or removed on resize")];
  }
  return after.flatMap((container, index) => {
    const place = `${field}[${index}]`;
    const old = before[index]!;
    if (old.name !== container.name) {
      return [forbidden(`${place}.name`, "containers may not be renamed or reordered on resize")];
    }
    if (!isDeepStrictEqual(unchangeable(old), unchangeable(container))) {
      return [forbidden("spec", "only cpu and memory resources are mutable")];
    }
    const { requests: had = {}, limits: limited = {} } = old.resources ?? {};
    const { requests = {}, limits = {} } = container.resources ?? {};
    return [
      ...Object.keys(limited)
        .filter((name) => limits[name] === undefined)
        .slice(0, 1)
        .map(() => forbidden(`${place}.resources.limits`, "resource limits cannot be removed")),
      // Without a request, the limit counts as the request.
      ...Object.keys(had)
        .filter((name) => requests[name] === undefined && limits[name] === undefined)
        .slice(0, 1)
        .map(() => forbidden(`${place}.resources.requests`, "resource requests cannot be removed")),
    ];
  });
}

/** A container without the fields that a resize may change. */
function unchangeable({ resources = {}, ...container }: Container): object {
  const { requests = {}, limits = {}, ...rest } = resources;
  const others = (amounts: object) =>
    Object.entries(amounts).filter(([name]) => !RESIZABLE.has(name));
  return {
    ...container,
    resources: { ...rest, requests: others(requests), limits: others(limits) },
  };
}

function forbidden(field: string, why: string): Cause {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${why}`, field };
}

function specOf({ spec }: KubernetesObject): PodSpec {
  return (spec ?? { containers: [] }) as PodSpec;
}
