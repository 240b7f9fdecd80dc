import type { KnownKinds } from "../../objects/known-kinds.ts";
import { AGE, type Column, NAME } from "./column.ts";
import { ENDPOINT_SLICE_COLUMNS } from "./endpoint-slice.ts";
import { POD_COLUMNS } from "./pod.ts";
import { SERVICE_COLUMNS } from "./service.ts";
import {
  DAEMON_SET_COLUMNS,
  DEPLOYMENT_COLUMNS,
  REPLICA_SET_COLUMNS,
  STATEFUL_SET_COLUMNS,
} from "./workloads.ts";

const BY_KIND: { readonly [K in keyof KnownKinds]?: readonly Column<KnownKinds[K]>[] } = {
  Pod: POD_COLUMNS,
  Service: SERVICE_COLUMNS,
  ReplicationController: REPLICA_SET_COLUMNS,
  "Deployment.apps": DEPLOYMENT_COLUMNS,
  "ReplicaSet.apps": REPLICA_SET_COLUMNS,
  "StatefulSet.apps": STATEFUL_SET_COLUMNS,
  "DaemonSet.apps": DAEMON_SET_COLUMNS,
  "EndpointSlice.discovery.k8s.io": ENDPOINT_SLICE_COLUMNS,
};

/** The columns of a kind; name and age for those that have none of their own. */
export function columnsOf(groupKind: string): readonly Column[] {
  // The store types objects by their kind, so what is listed under a kind fits its columns.
  return (BY_KIND[groupKind as keyof KnownKinds] as readonly Column[] | undefined) ?? [NAME, AGE];
}
