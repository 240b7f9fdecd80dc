import { controllerOf } from "../objects/object.ts";
import type { Pod } from "../objects/pod.ts";

/** Whether restarting is meaningful: a pod that runs to completion has its own schedule. */
export function isRestartable({ spec, metadata }: Pod): boolean {
  return (spec.restartPolicy ?? "Always") === "Always" && metadata.deletionTimestamp === undefined;
}

/** A StatefulSet promises that no two processes of one pod run at a time: they may share files. */
export function hasExclusiveIdentity(pod: Pod): boolean {
  return controllerOf(pod)?.kind === "StatefulSet";
}
