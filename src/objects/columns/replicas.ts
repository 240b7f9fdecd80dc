import type { KubernetesObject } from "../object.ts";
import type { Column } from "./column.ts";

/** The counts that workload controllers write. */
export interface ReplicaStatus {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly currentNumberScheduled?: number;
  readonly numberReady?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
}

export const statusOf = (object: { readonly status?: unknown }) =>
  (object.status ?? {}) as ReplicaStatus;
/** A column of one count; 0 until a controller has written it. */
export const count = (header: string, field: keyof ReplicaStatus): Column => ({
  header,
  cell: (object) => String(statusOf(object)[field] ?? 0),
});

/** `2/3`: how many are ready of how many there should be. */
export const READY: Column<KubernetesObject & { readonly spec: { readonly replicas?: number } }> = {
  header: "READY",
  cell: (object) => `${statusOf(object).readyReplicas ?? 0}/${object.spec.replicas ?? 1}`,
};
