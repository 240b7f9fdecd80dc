import type { Labels } from "../labels/labels.ts";
import type { StringMap } from "./object.ts";

/** The hash of a Deployment's template, on the pods of one of its ReplicaSets. */
export const TEMPLATE_HASH_LABEL = "pod-template-hash";
/** The revision of a StatefulSet's or DaemonSet's template. */
export const REVISION_LABEL = "controller-revision-hash";
/** The generation of a DaemonSet's template, which nothing reads any more. */
export const TEMPLATE_GENERATION_LABEL = "pod-template-generation";
/** Which pod of an Indexed Job it is. */
export const INDEX_LABEL = "batch.kubernetes.io/job-completion-index";

/** On the pod of a StatefulSet that has a number. */
export function ordinalLabels(set: string, ordinal: number) {
  return {
    "apps.kubernetes.io/pod-index": String(ordinal),
    "statefulset.kubernetes.io/pod-name": `${set}-${ordinal}`,
  };
}

/** On every pod of a Job; those without a prefix are of old. */
export function jobNameLabels(job: string) {
  return { "batch.kubernetes.io/job-name": job, "job-name": job };
}

export function jobUidLabels(uid: string) {
  return { "batch.kubernetes.io/controller-uid": uid, "controller-uid": uid };
}

/** The labels that the control loop of a kind gives pods beside those of their template. */
export interface AddedLabels {
  /** Those that are known beforehand: one set for each pod, or one for all. */
  readonly known?: Iterable<Labels>;
  /** Those whose value is not. */
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
