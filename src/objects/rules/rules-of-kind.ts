import type { KnownKind, KnownKinds } from "../known-kinds.ts";
import type { KubernetesObject } from "../object.ts";
import type { Rule } from "../rule.ts";
import { endpointSliceRules, endpointsRules } from "./endpoint.ts";
import { ingressRules } from "./ingress.ts";
import { cronJobPolicyRules, jobPolicyRules } from "./job.ts";
import { disruptionBudgetRules, networkPolicyRules } from "./network-policy.ts";
import { daemonSetRules, deploymentRules, statefulSetRules } from "./rollout.ts";
import { serviceRules } from "./service.ts";
import { addressRules, serviceCIDRRules } from "./service-cidr.ts";
import { claimRules, volumeRules } from "./volume.ts";
import {
  cronJobRules,
  jobRules,
  replicationControllerRules,
  selectedWorkloadRules,
} from "./workload.ts";

type RuleTable = { readonly [K in KnownKind]?: readonly Rule<KnownKinds[K]>[] };

const RULES: RuleTable = {
  Service: serviceRules,
  Endpoints: endpointsRules,
  "EndpointSlice.discovery.k8s.io": endpointSliceRules,
  "Deployment.apps": [...selectedWorkloadRules, ...deploymentRules],
  "ReplicaSet.apps": selectedWorkloadRules,
  "StatefulSet.apps": [...selectedWorkloadRules, ...statefulSetRules],
  "DaemonSet.apps": [...selectedWorkloadRules, ...daemonSetRules],
  ReplicationController: replicationControllerRules,
  "Job.batch": [...jobRules, ...jobPolicyRules],
  "CronJob.batch": [...cronJobRules, ...cronJobPolicyRules],
  PersistentVolume: volumeRules,
  PersistentVolumeClaim: claimRules,
  "NetworkPolicy.networking.k8s.io": networkPolicyRules,
  "PodDisruptionBudget.policy": disruptionBudgetRules,
  "Ingress.networking.k8s.io": ingressRules,
  "ServiceCIDR.networking.k8s.io": serviceCIDRRules,
  "IPAddress.networking.k8s.io": addressRules,
};

/** The rules for one kind, by groupKind; those about metadata, names and pods come on top. */
export function rulesOfKind(groupKind: string): readonly Rule<KubernetesObject>[] {
  if (!Object.hasOwn(RULES, groupKind)) return [];
  return RULES[groupKind as KnownKind] as unknown as readonly Rule<KubernetesObject>[];
}
