import type { KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";

/**
 * Writes a workload's status where it differs, with observedGeneration: clients that wait for a rollout wait until
 * the control loop has seen the latest generation. Objects of files have no generation.
 */
export function writeWorkloadStatus(
  workload: KubernetesObject,
  status: Readonly<Record<string, unknown>>,
): Operation[] {
  const { generation } = workload.metadata;
  const written = generation === undefined ? status : { ...status, observedGeneration: generation };
  if (jsonEqual(written, workload.status ?? {})) return [];
  return [{ op: "status", key: keyOf(workload), status: written }];
}
