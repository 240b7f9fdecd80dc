import type { KnownKind } from "../known-kinds.ts";
import type { RecordShape } from "../shape.ts";
import * as cluster from "./cluster.ts";
import { objectShape } from "./metadata.ts";
import { pod } from "./pod.ts";
import * as policy from "./policy.ts";
import { service } from "./service.ts";
import { ipAddress, serviceCIDR } from "./service-cidr.ts";
import * as volume from "./volume.ts";
import * as workloads from "./workloads.ts";

const SHAPES: Readonly<Record<KnownKind, RecordShape>> = {
  Pod: pod,
  Service: service,
  Endpoints: cluster.endpoints,
  Namespace: cluster.namespace,
  Node: cluster.node,
  ConfigMap: cluster.configMap,
  Secret: cluster.secret,
  ReplicationController: workloads.replicationController,
  "EndpointSlice.discovery.k8s.io": cluster.endpointSlice,
  "Deployment.apps": workloads.deployment,
  "ReplicaSet.apps": workloads.replicaSet,
  "StatefulSet.apps": workloads.statefulSet,
  "DaemonSet.apps": workloads.daemonSet,
  "Job.batch": workloads.job,
  "CronJob.batch": workloads.cronJob,
  "ServiceImport.multicluster.x-k8s.io": cluster.serviceImport,
  PersistentVolume: volume.persistentVolume,
  PersistentVolumeClaim: volume.persistentVolumeClaim,
  "NetworkPolicy.networking.k8s.io": policy.networkPolicy,
  "PodDisruptionBudget.policy": policy.podDisruptionBudget,
  "Ingress.networking.k8s.io": policy.ingress,
  "ServiceCIDR.networking.k8s.io": serviceCIDR,
  "IPAddress.networking.k8s.io": ipAddress,
};

/** Kinds of which nothing but their selectors is read. */
const SELECTING: ReadonlyMap<string, RecordShape> = new Map([
  ["MutatingWebhookConfiguration.admissionregistration.k8s.io", policy.webhookConfiguration],
  ["ValidatingWebhookConfiguration.admissionregistration.k8s.io", policy.webhookConfiguration],
]);

/** Only metadata is looked at: what is known of a kind that we do not read. */
const OTHER = objectShape({});

/** The shape of a kind's objects, by groupKind. */
export function shapeOfKind(groupKind: string): RecordShape {
  return isKnownKind(groupKind) ? SHAPES[groupKind] : (SELECTING.get(groupKind) ?? OTHER);
}

/** Whether we read more of a kind than its metadata. */
export function isKnownKind(groupKind: string): groupKind is KnownKind {
  return Object.hasOwn(SHAPES, groupKind);
}
