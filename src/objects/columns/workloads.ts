import type {
  DaemonSet,
  Deployment,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../workloads.ts";
import { AGE, type Column, NAME } from "./column.ts";
import { CONTAINERS, IMAGES, MAP_SELECTOR, SELECTOR } from "./pod-template.ts";
import { formatMap } from "./selector-text.ts";

/** The counts that workload controllers write. */
interface ReplicaStatus {
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

const statusOf = (object: { readonly status?: unknown }) => (object.status ?? {}) as ReplicaStatus;
const count = (header: string, field: keyof ReplicaStatus): Column => ({
  header,
  cell: (object) => String(statusOf(object)[field] ?? 0),
});

const READY: Column<Deployment | StatefulSet> = {
  header: "READY",
  cell: (object) => `${statusOf(object).readyReplicas ?? 0}/${object.spec.replicas ?? 1}`,
};

const DESIRED: Column<ReplicaSet | ReplicationController> = {
  header: "DESIRED",
  cell: ({ spec }) => String(spec.replicas ?? 1),
};

export const DEPLOYMENT_COLUMNS: readonly Column<Deployment>[] = [
  NAME,
  READY,
  count("UP-TO-DATE", "updatedReplicas"),
  count("AVAILABLE", "availableReplicas"),
  AGE,
  CONTAINERS,
  IMAGES,
  SELECTOR,
];

export const STATEFUL_SET_COLUMNS: readonly Column<StatefulSet>[] = [
  NAME,
  READY,
  AGE,
  CONTAINERS,
  IMAGES,
];

const REPLICAS: readonly Column<ReplicaSet | ReplicationController>[] = [
  NAME,
  DESIRED,
  count("CURRENT", "replicas"),
  count("READY", "readyReplicas"),
  AGE,
  CONTAINERS,
  IMAGES,
];

export const REPLICA_SET_COLUMNS: readonly Column<ReplicaSet>[] = [...REPLICAS, SELECTOR];

export const REPLICATION_CONTROLLER_COLUMNS: readonly Column<ReplicationController>[] = [
  ...REPLICAS,
  MAP_SELECTOR,
];

export const DAEMON_SET_COLUMNS: readonly Column<DaemonSet>[] = [
  NAME,
  count("DESIRED", "desiredNumberScheduled"),
  count("CURRENT", "currentNumberScheduled"),
  count("READY", "numberReady"),
  count("UP-TO-DATE", "updatedNumberScheduled"),
  count("AVAILABLE", "numberAvailable"),
  { header: "NODE SELECTOR", cell: ({ spec }) => formatMap(spec.template.spec.nodeSelector) },
  AGE,
  CONTAINERS,
  IMAGES,
  SELECTOR,
];
