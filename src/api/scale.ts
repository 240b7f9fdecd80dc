import { fromLabelSelector, type LabelSelector } from "../labels/label-selector.ts";
import { isRecord } from "../objects/json.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Resource } from "../objects/resource.ts";
import { badRequest, changedMeanwhile } from "./status.ts";

/** The number of replicas of a workload, as `kubectl scale` and autoscalers see it (autoscaling/v1 Scale). */
export function scaleOf({ metadata, spec, status }: KubernetesObject): object {
  const { replicas = 1, selector } = (spec ?? {}) as {
    readonly replicas?: number;
    readonly selector?: LabelSelector | Readonly<Record<string, string>>;
  };
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const { replicas: current = 0 } = (status ?? {}) as { readonly replicas?: number };
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: current, ...(selector && { selector: selectorText(selector) }) },
  };
}

function selectorText(selector: LabelSelector | Readonly<Record<string, string>>): string {
  const isLabelSelector = "matchLabels" in selector || "matchExpressions" in selector;
  // A ReplicationController's selector is a plain map.
  return String(
    fromLabelSelector((isLabelSelector ? selector : { matchLabels: selector }) as LabelSelector),
  );
}

/** @throws StatusError for what is no Scale, or one of an older version */
export function applyScale(
  object: KubernetesObject,
  scale: unknown,
  resource: Resource,
): KubernetesObject {
  const { spec = {}, metadata } = (isRecord(scale) ? scale : {}) as {
    readonly spec?: { readonly replicas?: unknown };
    readonly metadata?: { readonly resourceVersion?: string };
  };
  const { replicas = 0 } = spec;
  if (!Number.isInteger(replicas) || (replicas as number) < 0) {
    throw badRequest("spec.replicas: Invalid value: must be greater than or equal to 0");
  }
  const { resourceVersion } = object.metadata;
  if (metadata?.resourceVersion && metadata.resourceVersion !== resourceVersion) {
    throw changedMeanwhile(resource, object.metadata.name);
  }
  return { ...object, spec: { ...(object.spec as object), replicas } };
}
