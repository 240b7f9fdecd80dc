import type { LabelSelector } from "./label-selector.ts";
import type { KubernetesObject, StringMap } from "./object.ts";
import type { PodTemplateSpec } from "./pod.ts";

/** An absolute number of pods, or a percentage of the desired ones: `1`, `"25%"`. */
export type IntOrPercent = number | string;

export interface Deployment extends KubernetesObject {
  readonly spec: {
    /** Absent means 1, as for every workload with replicas. */
    readonly replicas?: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplateSpec;
    readonly strategy?: {
      readonly type?: "RollingUpdate" | "Recreate";
      readonly rollingUpdate?: {
        readonly maxSurge?: IntOrPercent;
        readonly maxUnavailable?: IntOrPercent;
      };
    };
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
    /** How long a rollout may stand still before it is told to have failed; absent means 600. */
    readonly progressDeadlineSeconds?: number;
    readonly paused?: boolean;
  };
}

export interface ReplicaSet extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplateSpec;
    readonly minReadySeconds?: number;
  };
}

export interface ReplicationController extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    /** A plain map, not a LabelSelector; absent means the template's labels. */
    readonly selector?: StringMap;
    readonly template: PodTemplateSpec;
  };
}

export interface StatefulSet extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly serviceName?: string;
    readonly selector: LabelSelector;
    readonly template: PodTemplateSpec;
    readonly podManagementPolicy?: "OrderedReady" | "Parallel";
    readonly ordinals?: { readonly start?: number };
    readonly updateStrategy?: {
      readonly type?: "RollingUpdate" | "OnDelete";
      readonly rollingUpdate?: {
        readonly partition?: number;
        readonly maxUnavailable?: IntOrPercent;
      };
    };
    readonly volumeClaimTemplates?: readonly KubernetesObject[];
    /** What becomes of the claims; absent means `Retain`. */
    readonly persistentVolumeClaimRetentionPolicy?: {
      readonly whenDeleted?: "Retain" | "Delete";
      readonly whenScaled?: "Retain" | "Delete";
    };
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
  };
}

export interface DaemonSet extends KubernetesObject {
  readonly spec: {
    readonly selector: LabelSelector;
    readonly template: PodTemplateSpec;
    readonly updateStrategy?: {
      readonly type?: "RollingUpdate" | "OnDelete";
      readonly rollingUpdate?: {
        readonly maxSurge?: IntOrPercent;
        readonly maxUnavailable?: IntOrPercent;
      };
    };
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
  };
}

/** What to do about failed pods; the first rule that fits decides. */
export interface PodFailurePolicy {
  readonly rules: readonly {
    readonly action: "FailJob" | "FailIndex" | "Ignore" | "Count";
    readonly onExitCodes?: {
      /** Absent means any. */
      readonly containerName?: string;
      readonly operator: "In" | "NotIn";
      readonly values: readonly number[];
    };
    /** Any of them; a status that is absent means `True`. */
    readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[];
  }[];
}

export interface JobSpec {
  readonly completions?: number;
  readonly parallelism?: number;
  readonly completionMode?: "NonIndexed" | "Indexed";
  readonly backoffLimit?: number;
  readonly suspend?: boolean;
  readonly selector?: LabelSelector;
  readonly manualSelector?: boolean;
  readonly template: PodTemplateSpec;
  readonly ttlSecondsAfterFinished?: number;
  /** Seconds from its start after which it is ended, whatever its pods do. */
  readonly activeDeadlineSeconds?: number;
  readonly podFailurePolicy?: PodFailurePolicy;
  /** How often each index of an Indexed Job may fail; absent means that they are counted together. */
  readonly backoffLimitPerIndex?: number;
  readonly maxFailedIndexes?: number;
  /** When an Indexed Job is done before every index is. */
  readonly successPolicy?: {
    readonly rules: readonly {
      readonly succeededIndexes?: string;
      readonly succeededCount?: number;
    }[];
  };
  /** Whose it is; absent means `kubernetes.io/job-controller`. */
  readonly managedBy?: string;
}

export interface Job extends KubernetesObject {
  readonly spec: JobSpec;
}

export interface CronJob extends KubernetesObject {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone?: string;
    readonly concurrencyPolicy?: "Allow" | "Forbid" | "Replace";
    readonly suspend?: boolean;
    readonly startingDeadlineSeconds?: number;
    readonly successfulJobsHistoryLimit?: number;
    readonly failedJobsHistoryLimit?: number;
    readonly jobTemplate: {
      readonly metadata?: { readonly labels?: StringMap; readonly annotations?: StringMap };
      readonly spec: JobSpec;
    };
  };
}
