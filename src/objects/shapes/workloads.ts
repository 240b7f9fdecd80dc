import {
  boolean,
  count,
  integer,
  integerOrString,
  list,
  longCount,
  oneOf,
  record,
  string,
  stringMap,
} from "../shape.ts";
import { labelSelector, objectMeta, objectShape } from "./metadata.ts";
import { podTemplate } from "./pod.ts";
import { claimSpec } from "./volume.ts";

const surge = record(
  { maxSurge: integerOrString, maxUnavailable: integerOrString },
  { others: "" },
);

const selected = { selector: labelSelector, template: podTemplate };

export const deployment = objectShape(
  {
    spec: record(
      {
        ...selected,
        replicas: count,
        strategy: record(
          { type: oneOf("RollingUpdate", "Recreate"), rollingUpdate: surge },
          { others: "" },
        ),
        minReadySeconds: count,
        revisionHistoryLimit: integer,
        progressDeadlineSeconds: count,
        paused: boolean,
      },
      { required: ["selector", "template"], others: "" },
    ),
  },
  { required: ["spec"] },
);

export const replicaSet = objectShape(
  {
    spec: record(
      { ...selected, replicas: count, minReadySeconds: count },
      { required: ["selector", "template"], others: "" },
    ),
  },
  { required: ["spec"] },
);

export const replicationController = objectShape(
  {
    spec: record(
      { replicas: count, minReadySeconds: count, selector: stringMap, template: podTemplate },
      { required: ["template"], others: "" },
    ),
  },
  { required: ["spec"] },
);

const retention = oneOf("Retain", "Delete");

export const statefulSet = objectShape(
  {
    spec: record(
      {
        ...selected,
        replicas: count,
        serviceName: string,
        podManagementPolicy: oneOf("OrderedReady", "Parallel"),
        ordinals: record({ start: count }, { others: "" }),
        updateStrategy: record(
          {
            type: oneOf("RollingUpdate", "OnDelete"),
            rollingUpdate: record(
              { partition: count, maxUnavailable: integerOrString },
              { others: "" },
            ),
          },
          { others: "" },
        ),
        persistentVolumeClaimRetentionPolicy: record(
          { whenDeleted: retention, whenScaled: retention },
          { others: "" },
        ),
        volumeClaimTemplates: list(record({ metadata: objectMeta, spec: claimSpec })),
        minReadySeconds: count,
        revisionHistoryLimit: integer,
      },
      { required: ["selector", "template"], others: "" },
    ),
  },
  { required: ["spec"] },
);

export const daemonSet = objectShape(
  {
    spec: record(
      {
        ...selected,
        updateStrategy: record(
          { type: oneOf("RollingUpdate", "OnDelete"), rollingUpdate: surge },
          { others: "" },
        ),
        minReadySeconds: count,
        revisionHistoryLimit: integer,
      },
      { required: ["selector", "template"], others: "" },
    ),
  },
  { required: ["spec"] },
);

const podFailurePolicy = record(
  {
    rules: list(
      record(
        {
          action: oneOf("FailJob", "FailIndex", "Ignore", "Count"),
          onExitCodes: record(
            { containerName: string, operator: oneOf("In", "NotIn"), values: list(integer) },
            { required: ["operator", "values"], others: "" },
          ),
          onPodConditions: list(
            record({ type: string, status: string }, { required: ["type"], others: "" }),
          ),
        },
        { required: ["action"], others: "" },
      ),
    ),
  },
  { required: ["rules"], others: "" },
);

const successPolicy = record(
  {
    rules: list(record({ succeededIndexes: string, succeededCount: count }, { others: "" })),
  },
  { required: ["rules"], others: "" },
);

const jobSpec = record(
  {
    podFailurePolicy,
    successPolicy,
    backoffLimitPerIndex: count,
    maxFailedIndexes: count,
    managedBy: string,
    completions: count,
    parallelism: count,
    completionMode: oneOf("NonIndexed", "Indexed"),
    backoffLimit: count,
    suspend: boolean,
    selector: labelSelector,
    manualSelector: boolean,
    template: podTemplate,
    ttlSecondsAfterFinished: count,
    activeDeadlineSeconds: longCount,
  },
  {
    required: ["template"],
    others: "podReplacementPolicy",
  },
);

export const job = objectShape({ spec: jobSpec }, { required: ["spec"] });

export const cronJob = objectShape(
  {
    spec: record(
      {
        schedule: string,
        timeZone: string,
        concurrencyPolicy: oneOf("Allow", "Forbid", "Replace"),
        suspend: boolean,
        startingDeadlineSeconds: longCount,
        successfulJobsHistoryLimit: count,
        failedJobsHistoryLimit: count,
        jobTemplate: record(
          { metadata: objectMeta, spec: jobSpec },
          { required: ["spec"], others: "" },
        ),
      },
      { required: ["schedule", "jobTemplate"], others: "" },
    ),
  },
  { required: ["spec"] },
);
