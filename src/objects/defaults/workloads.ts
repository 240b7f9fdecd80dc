import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  JobSpec,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "../workloads.ts";
import { change, changeEach, fill } from "./fill.ts";
import { defaultTemplate } from "./pod.ts";

export function defaultDeployment(deployment: Deployment): Deployment {
  const rolling = { maxSurge: "25%", maxUnavailable: "25%" };
  return change(deployment, "spec", (spec) => {
    const recreate = spec.strategy?.type === "Recreate";
    const made = fill(change(spec, "template", defaultTemplate), {
      replicas: 1,
      strategy: {},
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    return change(made, "strategy", (strategy) =>
      recreate
        ? strategy
        : change(
            fill(strategy, { type: "RollingUpdate", rollingUpdate: rolling }),
            "rollingUpdate",
            (update) => fill(update, rolling),
          ),
    );
  });
}

export function defaultReplicaSet(set: ReplicaSet): ReplicaSet {
  return change(set, "spec", (spec) =>
    fill(change(spec, "template", defaultTemplate), { replicas: 1 }),
  );
}

/** Selector and labels that are left out are the template's labels. */
export function defaultReplicationController(
  controller: ReplicationController,
): ReplicationController {
  const labels = controller.spec.template.metadata?.labels;
  const made = change(controller, "spec", (spec) => {
    const own = Object.keys(spec.selector ?? {}).length > 0;
    const filled = fill(change(spec, "template", defaultTemplate), { replicas: 1 });
    return own || labels === undefined ? filled : { ...filled, selector: labels };
  });
  const labelled = Object.keys(made.metadata.labels ?? {}).length > 0;
  return labelled || labels === undefined
    ? made
    : { ...made, metadata: { ...made.metadata, labels } };
}

export function defaultStatefulSet(set: StatefulSet): StatefulSet {
  return change(set, "spec", (spec) => {
    const made = fill(change(spec, "template", defaultTemplate), {
      replicas: 1,
      podManagementPolicy: "OrderedReady",
      updateStrategy: {},
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: {},
    });
    const kept = change(made, "persistentVolumeClaimRetentionPolicy", (policy) =>
      fill(policy, { whenDeleted: "Retain", whenScaled: "Retain" }),
    );
    return change(kept, "updateStrategy", (strategy) => {
      const filled = fill(strategy, { type: "RollingUpdate" });
      if (filled.type !== "RollingUpdate") return filled;
      return change(fill(filled, { rollingUpdate: {} }), "rollingUpdate", (update) =>
        fill(update, { partition: 0 }),
      );
    });
  });
}

export function defaultDaemonSet(set: DaemonSet): DaemonSet {
  const rolling = { maxSurge: 0, maxUnavailable: 1 };
  return change(set, "spec", (spec) => {
    const made = fill(change(spec, "template", defaultTemplate), {
      updateStrategy: {},
      revisionHistoryLimit: 10,
    });
    return change(made, "updateStrategy", (strategy) => {
      const filled = fill(strategy, { type: "RollingUpdate" });
      if (filled.type !== "RollingUpdate") return filled;
      return change(fill(filled, { rollingUpdate: rolling }), "rollingUpdate", (update) =>
        fill(update, rolling),
      );
    });
  });
}

/** Without either count a Job runs once; with parallelism alone it is a work queue. */
function defaultJobSpec(spec: JobSpec): JobSpec {
  const once = spec.completions === undefined && spec.parallelism === undefined;
  const made = change(spec, "podFailurePolicy", (policy) =>
    change(policy, "rules", (rules) =>
      changeEach(rules, (rule) =>
        change(rule, "onPodConditions", (list) =>
          changeEach(list, (one) => fill(one, { status: "True" })),
        ),
      ),
    ),
  );
  return fill(change(made, "template", defaultTemplate), {
    ...(once ? { completions: 1 } : {}),
    parallelism: 1,
    ...(spec.podFailurePolicy === undefined ? {} : { podReplacementPolicy: "Failed" as const }),
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1,
    completionMode: "NonIndexed",
    suspend: false,
  });
}

export function defaultJob(job: Job): Job {
  return change(job, "spec", defaultJobSpec);
}

export function defaultCronJob(job: CronJob): CronJob {
  return change(job, "spec", (spec) =>
    fill(
      change(spec, "jobTemplate", (template) => change(template, "spec", defaultJobTemplateSpec)),
      {
        concurrencyPolicy: "Allow",
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      },
    ),
  );
}

/** The Job gets its own defaults when it is made. */
function defaultJobTemplateSpec(spec: JobSpec): JobSpec {
  return change(spec, "template", defaultTemplate);
}
