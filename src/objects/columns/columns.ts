import type { KnownKinds } from "../known-kinds.ts";
import {
  CONFIG_MAP_COLUMNS,
  NAMESPACE_COLUMNS,
  NODE_COLUMNS,
  SECRET_COLUMNS,
  SERVICE_ACCOUNT_COLUMNS,
  SERVICE_IMPORT_COLUMNS,
} from "./cluster.ts";
import { AGE, type Column, formatAge, NAME } from "./column.ts";
import { ENDPOINT_SLICE_COLUMNS } from "./endpoint-slice.ts";
import { GATEWAY_CLASS_COLUMNS, GATEWAY_COLUMNS, HOST_ROUTE_COLUMNS } from "./gateway.ts";
import { CRON_JOB_COLUMNS, JOB_COLUMNS } from "./jobs.ts";
import {
  ENDPOINTS_COLUMNS,
  INGRESS_CLASS_COLUMNS,
  INGRESS_COLUMNS,
  IP_ADDRESS_COLUMNS,
  NETWORK_POLICY_COLUMNS,
  SERVICE_CIDR_COLUMNS,
} from "./network.ts";
import { POD_COLUMNS } from "./pod.ts";
import {
  AUTOSCALER_COLUMNS,
  BINDING_COLUMNS,
  CONTROLLER_REVISION_COLUMNS,
  CREATED_COLUMNS,
  DISRUPTION_BUDGET_COLUMNS,
  eventColumns,
  PRIORITY_CLASS_COLUMNS,
  QUOTA_COLUMNS,
} from "./policy.ts";
import { SERVICE_COLUMNS } from "./service.ts";
import { CLAIM_COLUMNS, STORAGE_CLASS_COLUMNS, VOLUME_COLUMNS } from "./storage.ts";
import {
  DAEMON_SET_COLUMNS,
  DEPLOYMENT_COLUMNS,
  REPLICA_SET_COLUMNS,
  REPLICATION_CONTROLLER_COLUMNS,
  STATEFUL_SET_COLUMNS,
} from "./workloads.ts";

const BY_KIND: { readonly [K in keyof KnownKinds]?: readonly Column<KnownKinds[K]>[] } = {
  Pod: POD_COLUMNS,
  Service: SERVICE_COLUMNS,
  Endpoints: ENDPOINTS_COLUMNS,
  Namespace: NAMESPACE_COLUMNS,
  Node: NODE_COLUMNS,
  ConfigMap: CONFIG_MAP_COLUMNS,
  Secret: SECRET_COLUMNS,
  PersistentVolume: VOLUME_COLUMNS,
  PersistentVolumeClaim: CLAIM_COLUMNS,
  ReplicationController: REPLICATION_CONTROLLER_COLUMNS,
  "Deployment.apps": DEPLOYMENT_COLUMNS,
  "ReplicaSet.apps": REPLICA_SET_COLUMNS,
  "StatefulSet.apps": STATEFUL_SET_COLUMNS,
  "DaemonSet.apps": DAEMON_SET_COLUMNS,
  "Job.batch": JOB_COLUMNS,
  "CronJob.batch": CRON_JOB_COLUMNS,
  "EndpointSlice.discovery.k8s.io": ENDPOINT_SLICE_COLUMNS,
  "Ingress.networking.k8s.io": INGRESS_COLUMNS,
  "ServiceCIDR.networking.k8s.io": SERVICE_CIDR_COLUMNS,
  "IPAddress.networking.k8s.io": IP_ADDRESS_COLUMNS,
  "NetworkPolicy.networking.k8s.io": NETWORK_POLICY_COLUMNS,
  "PodDisruptionBudget.policy": DISRUPTION_BUDGET_COLUMNS,
  "ServiceImport.multicluster.x-k8s.io": SERVICE_IMPORT_COLUMNS,
  "GatewayClass.gateway.networking.k8s.io": GATEWAY_CLASS_COLUMNS,
  "Gateway.gateway.networking.k8s.io": GATEWAY_COLUMNS,
  "HTTPRoute.gateway.networking.k8s.io": HOST_ROUTE_COLUMNS,
  "GRPCRoute.gateway.networking.k8s.io": HOST_ROUTE_COLUMNS,
};

/** Kinds of which we read nothing else. */
const OTHERS: Readonly<Record<string, readonly Column[]>> = {
  ServiceAccount: SERVICE_ACCOUNT_COLUMNS,
  Event: eventColumns(formatAge),
  LimitRange: CREATED_COLUMNS,
  ResourceQuota: QUOTA_COLUMNS,
  "PriorityClass.scheduling.k8s.io": PRIORITY_CLASS_COLUMNS,
  "ControllerRevision.apps": CONTROLLER_REVISION_COLUMNS,
  "IngressClass.networking.k8s.io": INGRESS_CLASS_COLUMNS,
  "HorizontalPodAutoscaler.autoscaling": AUTOSCALER_COLUMNS,
  "StorageClass.storage.k8s.io": STORAGE_CLASS_COLUMNS,
  "Role.rbac.authorization.k8s.io": CREATED_COLUMNS,
  "ClusterRole.rbac.authorization.k8s.io": CREATED_COLUMNS,
  "RoleBinding.rbac.authorization.k8s.io": BINDING_COLUMNS,
  "ClusterRoleBinding.rbac.authorization.k8s.io": BINDING_COLUMNS,
  "CustomResourceDefinition.apiextensions.k8s.io": CREATED_COLUMNS,
};

const DEFAULT: readonly Column[] = [NAME, AGE];

/** The columns of a kind, by groupKind; name and age for those that have none of their own. */
export function columnsOf(groupKind: string): readonly Column[] {
  if (Object.hasOwn(OTHERS, groupKind)) return OTHERS[groupKind] ?? DEFAULT;
  if (!Object.hasOwn(BY_KIND, groupKind)) return DEFAULT;
  // The store types objects by their kind, so what is listed under a kind fits its columns.
  return BY_KIND[groupKind as keyof KnownKinds] as unknown as readonly Column[];
}
