import { fromLabelSelector, type LabelSelector } from "../labels/label-selector.ts";
import type { Resource } from "../objects/api-resource.ts";
import { isRecord } from "../objects/json.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { valueAt, withValueAt } from "./custom/json-path.ts";
import { badRequest, changedMeanwhile } from "./status.ts";

/** The paths of a CustomResourceDefinition's scale subresource. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/**
 * A workload's number of replicas in the form of autoscaling/v1 Scale, for `kubectl scale` and autoscalers.
 * @param paths of a custom resource
 */
export function scaleOf(object: KubernetesObject, paths?: ScalePaths): object {
  if (paths !== undefined) return customScale(object, paths);
  const { metadata, spec, status } = object;
  const { replicas = 1, selector } = (spec ?? {}) as {
    readonly replicas?: number;
    readonly selector?: LabelSelector | Readonly<Record<string, string>>;
  };
  const { replicas: current = 0 } = (status ?? {}) as { readonly replicas?: number };
  return scaleObject(metadata, replicas, current, selector && selectorText(selector));
}

function customScale(object: KubernetesObject, paths: ScalePaths): object {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = paths;
  const selector = labelSelectorPath && valueAt(object, labelSelectorPath);
  return scaleObject(
    object.metadata,
    Number(valueAt(object, specReplicasPath) ?? 0),
    Number(valueAt(object, statusReplicasPath) ?? 0),
    typeof selector === "string" ? selector : undefined,
  );
}

function scaleObject(
  { name, namespace, uid, resourceVersion, creationTimestamp }: KubernetesObject["metadata"],
  replicas: number,
  current: number,
  selector: string | undefined,
): object {
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: current, ...(selector && { selector }) },
  };
}

function selectorText(selector: LabelSelector | Readonly<Record<string, string>>): string {
  const isLabelSelector = "matchLabels" in selector || "matchExpressions" in selector;
  // A ReplicationController's selector is a plain map.
  return String(
    fromLabelSelector((isLabelSelector ? selector : { matchLabels: selector }) as LabelSelector),
  );
}

/** @throws StatusError for an invalid Scale, or one of an outdated version */
export function applyScale(
  object: KubernetesObject,
  scale: unknown,
  resource: Resource,
  paths?: ScalePaths,
): KubernetesObject {
  const { spec = {}, metadata } = (isRecord(scale) ? scale : {}) as {
    readonly spec?: { readonly replicas?: unknown };
    readonly metadata?: { readonly resourceVersion?: string };
  };
  const { replicas = 0 } = spec;
  if (!Number.isInteger(replicas) || (paths === undefined && (replicas as number) < 0)) {
    throw badRequest("spec.replicas: Invalid value: must be greater than or equal to 0");
  }
  const { resourceVersion } = object.metadata;
  if (metadata?.resourceVersion && metadata.resourceVersion !== resourceVersion) {
    throw changedMeanwhile(resource, object.metadata.name);
  }
  if (paths !== undefined) return withValueAt(object, paths.specReplicasPath, replicas);
  return { ...object, spec: { ...(object.spec as object), replicas } };
}
