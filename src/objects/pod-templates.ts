import type { FieldPath } from "../diagnostics/diagnostic.ts";
import { groupKindOf, type KubernetesObject } from "./object.ts";
import type { Pod, PodSpec, PodTemplateSpec } from "./pod.ts";
import type { CronJob, Deployment } from "./workloads.ts";

/** What an object says about pods: itself a Pod, or a template for some. */
export interface PodTemplate {
  /** Where metadata and spec stand; empty for a Pod. */
  readonly path: FieldPath;
  readonly metadata: PodTemplateSpec["metadata"];
  readonly spec: PodSpec;
}

const TEMPLATE = ["spec", "template"];
const CRON_JOB_TEMPLATE = ["spec", "jobTemplate", "spec", "template"];

/** The kinds with a template at `spec.template`. */
const WORKLOADS: ReadonlySet<string> = new Set([
  "Deployment.apps",
  "ReplicaSet.apps",
  "StatefulSet.apps",
  "DaemonSet.apps",
  "ReplicationController",
  "Job.batch",
]);

/** The pods that an object describes; undefined for kinds that describe none. */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
  const kind = groupKindOf(object);
  if (kind === "Pod") {
    const { metadata, spec } = object as Pod;
    return { path: [], metadata, spec };
  }
  if (kind === "CronJob.batch") {
    const { metadata, spec } = (object as CronJob).spec.jobTemplate.spec.template;
    return { path: CRON_JOB_TEMPLATE, metadata, spec };
  }
  if (!WORKLOADS.has(kind)) return undefined;
  const { metadata, spec } = (object as Deployment).spec.template;
  return { path: TEMPLATE, metadata, spec };
}
