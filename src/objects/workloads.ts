export type {
  CronJob,
  DaemonSet,
  Deployment,
  IntOrString as IntOrPercent,
  Job,
  JobSpec,
  PodFailurePolicy,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "./tables/kinds.ts";
