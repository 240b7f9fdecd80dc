import type { ConfigMap, Namespace, Node, Secret, ServiceImport } from "./cluster.ts";
import type { EndpointSlice } from "./endpoint-slice.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Pod } from "./pod.ts";
import type { Service } from "./service.ts";
import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "./workloads.ts";

/** The kinds we read fields of, by {@link groupKind}; any other kind is a plain KubernetesObject. */
export interface KnownKinds {
  Pod: Pod;
  Service: Service;
  Endpoints: Endpoints;
  Namespace: Namespace;
  Node: Node;
  ConfigMap: ConfigMap;
  Secret: Secret;
  ReplicationController: ReplicationController;
  "EndpointSlice.discovery.k8s.io": EndpointSlice;
  "Deployment.apps": Deployment;
  "ReplicaSet.apps": ReplicaSet;
  "StatefulSet.apps": StatefulSet;
  "DaemonSet.apps": DaemonSet;
  "Job.batch": Job;
  "CronJob.batch": CronJob;
  "ServiceImport.multicluster.x-k8s.io": ServiceImport;
}

export type KnownKind = keyof KnownKinds;
