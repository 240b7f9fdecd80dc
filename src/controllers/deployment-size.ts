import type { StringMap } from "../objects/object.ts";
import type { Deployment, ReplicaSet } from "../objects/workloads.ts";
import { rolloutLimits } from "./rolling-update.ts";

const DESIRED = "deployment.kubernetes.io/desired-replicas";
const MAX = "deployment.kubernetes.io/max-replicas";

/** The desired number of pods, and how many more are allowed during a rollout. */
export interface Size {
  readonly desired: number;
  readonly maxSurge: number;
}

export function sizeOf({ spec: { strategy } }: Deployment, desired: number): Size {
  if (strategy?.type === "Recreate") return { desired, maxSurge: 0 };
  const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
  return { desired, maxSurge: rolloutLimits(desired, maxSurge, maxUnavailable).maxSurge };
}

/** Annotations in which a ReplicaSet keeps its Deployment's size, so that a change of it is noticed. */
export function sizeAnnotations({ desired, maxSurge }: Size): StringMap {
  return { [DESIRED]: String(desired), [MAX]: String(desired + maxSurge) };
}

/** The Deployment's size when the ReplicaSet's was set, and the largest number of pods allowed then. */
export function decidedAt(
  set: ReplicaSet,
): { readonly desired: number; readonly most: number } | undefined {
  const desired = numberAt(set, DESIRED);
  const most = numberAt(set, MAX);
  return desired === undefined || most === undefined ? undefined : { desired, most };
}

function numberAt({ metadata }: ReplicaSet, annotation: string): number | undefined {
  const text = metadata.annotations?.[annotation];
  return text === undefined || !/^[0-9]{1,9}$/.test(text) ? undefined : Number(text);
}
