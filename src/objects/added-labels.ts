import type { Labels } from "../labels/labels.ts";
import type { StringMap } from "./object.ts";

/** The hash of a Deployment's template, on the pods of one of its ReplicaSets. */
export const TEMPLATE_HASH_LABEL = "pod-template-hash";
/** The revision of a StatefulSet's or DaemonSet's template. */
export const REVISION_LABEL = "controller-revision-hash";
/** The generation of a DaemonSet's template; no component reads it any more. */
export const TEMPLATE_GENERATION_LABEL = "pod-template-generation";
/** The index of a pod in an Indexed Job. */
export const INDEX_LABEL = "batch.kubernetes.io/job-completion-index";

/** On the pod of a StatefulSet that has a number. */
export function ordinalLabels(set: string, ordinal: number) {
  return {
    "apps.kubernetes.io/pod-index": String(ordinal),
    "statefulset.kubernetes.io/pod-name": `${set}-${ordinal}`,
  };
}

/** On every pod of a Job; names without a prefix are the former ones. */
export function jobNameLabels(job: string) {
  return { "batch.kubernetes.io/job-name": job, "job-name": job };
}

export function jobUidLabels(uid: string) {
  return { "batch.kubernetes.io/controller-uid": uid, "controller-uid": uid };
}

/** The labels that a kind's control loop adds to those of the template. */
export interface AddedLabels {
  /** Labels whose values are known beforehand: one set for each pod, or one for all. */
  readonly known?: Iterable<Labels>;
  /** Labels whose values are not. */
  readonly open?: readonly string[];
}

/** The labels of a StatefulSet's pods, one after the other. */
export function* labelsByOrdinal(
  set: string,
  start: number,
  replicas: number,
): Generator<StringMap> {
  for (let i = 0; i < replicas; i++) yield ordinalLabels(set, start + i);
}
