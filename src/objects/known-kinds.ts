import type { ConfigMap, Namespace, Node, Secret, ServiceImport } from "./cluster.ts";
import type { PodDisruptionBudget } from "./disruption-budget.ts";
import type { EndpointSlice } from "./endpoint-slice.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Ingress } from "./ingress.ts";
import type { NetworkPolicy } from "./network-policy.ts";
import type { Pod } from "./pod.ts";
import type { Service } from "./service.ts";
import type { IPAddress, ServiceCIDR } from "./service-cidr.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "./volume.ts";
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
  PersistentVolume: PersistentVolume;
  PersistentVolumeClaim: PersistentVolumeClaim;
  "NetworkPolicy.networking.k8s.io": NetworkPolicy;
  "PodDisruptionBudget.policy": PodDisruptionBudget;
  "Ingress.networking.k8s.io": Ingress;
  "ServiceCIDR.networking.k8s.io": ServiceCIDR;
  "IPAddress.networking.k8s.io": IPAddress;
}

export type KnownKind = keyof KnownKinds;
