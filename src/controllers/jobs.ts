import { INDEX_LABEL, jobNameLabels, jobUidLabels } from "../objects/added-labels.ts";
import type { KubernetesObject, StringMap } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import { isReady, type Pod, type PodSpec } from "../objects/pod.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { Job } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { withCounts } from "./availability.ts";
import { PodNames } from "./generated-name.ts";
import {
  type Condition,
  INDEX_FAILURES,
  INTERIM,
  indexOf,
  type JobStatus,
  JobTally,
  type Verdict,
} from "./job-tally.ts";
import { completionsOf, verdictOn } from "./job-verdict.ts";
import { deletePod } from "./pod-deletion.ts";
import { podFromTemplate } from "./pod-from-template.ts";
import { podCount } from "./pod-limit.ts";
import { isActive, isEnding } from "./pod-state.ts";
import { type Outcome, workloadController } from "./workload-loop.ts";
import type { WorkloadOptions } from "./workload-options.ts";

const JOB_CONTROLLER = "kubernetes.io/job-controller";

/** Runs the Pods of Jobs until enough succeeded or too many failed. Writes Pods and Jobs' status. */
export function createJobController(options: WorkloadOptions = {}): Controller {
  const names = new PodNames();
  const tallies = new Map<string, JobTally>();

  function reconcile(job: Job, pods: readonly Pod[], store: StoreReader, now: Date): Outcome {
    // Another controller manages it (managedBy).
    if ((job.spec.managedBy ?? JOB_CONTROLLER) !== JOB_CONTROLLER) return { operations: [] };
    const ended = finishOf(job);
    if (ended !== undefined) return expire(job, ended, now);
    const { uid = "" } = job.metadata;
    let tally = tallies.get(uid);
    if (tally === undefined) {
      tally = new JobTally(job, pods);
      tallies.set(uid, tally);
    }
    tally.count(job, pods, now);
    const active = pods.filter(isActive);
    const deadline = deadlineOf(job, now);
    const isLate = deadline !== undefined && deadline <= now.getTime();
    // The verdict is final, even though the pods that it was based on are deleted now.
    if (tally.verdict === undefined) {
      tally.verdict = verdictOn(job, tally, active, isLate);
      if (tally.verdict?.type === "Failed") tally.giveUp(active);
    }
    const { verdict } = tally;
    const ending = pods.filter(isEnding).length;
    // A pod that is ending may keep the place of its successor until it has.
    const held = job.spec.podReplacementPolicy === "Failed" ? ending : 0;
    const wanted = verdict === undefined ? podCount(wantedPods(job, tally, active.length)) : 0;
    const retryAt = tally.retryAt(now);
    let operations: Operation[] = [];
    if (active.length > wanted) {
      operations = active.slice(wanted).flatMap((pod) => deletePod(pod, options, now));
    } else if (active.length + held < wanted && retryAt === undefined) {
      operations = create(job, active, tally, wanted - active.length - held, store);
    }
    const never = Number.POSITIVE_INFINITY;
    const wake = Math.min(
      retryAt ?? never,
      (verdict === undefined ? deadline : undefined) ?? never,
    );
    if (operations.length > 0)
      return { operations, wake: Number.isFinite(wake) ? wake : undefined };
    const status = writeStatus(job, active, ending, tally, now);
    return { operations: status, wake: Number.isFinite(wake) ? wake : undefined };
  }

  function create(
    job: Job,
    active: readonly Pod[],
    tally: JobTally,
    count: number,
    store: StoreReader,
  ): Operation[] {
    const { name } = job.metadata;
    if (job.spec.completionMode !== "Indexed") {
      return Array.from({ length: count }, () => {
        return { op: "put", object: jobPod(job, `${name}-`, names.next(job, `${name}-`, store)) };
      });
    }
    const running = new Set(active.map(indexOf));
    const operations: Operation[] = [];
    for (let index = 0; index < completionsOf(job)! && operations.length < count; index++) {
      if (running.has(index) || tally.indexes.has(index) || tally.failedIndexes.has(index))
        continue;
      const generateName = `${name}-${index}-`;
      const pod = names.next(job, generateName, store);
      const object = indexedPod(job, generateName, pod, index, tally.failuresOf(index));
      operations.push({ op: "put", object });
    }
    return operations;
  }

  return workloadController<Job, Pod>(
    {
      name: "jobs",
      kind: "Job.batch",
      childKind: "Pod",
      reconcile,
      forget(job) {
        names.forget(job);
        tallies.delete(job.metadata.uid ?? "");
      },
    },
    options,
  );
}

/** The condition that says a Job has ended; undefined while it has not. */
export function finishOf({ status }: Job): Condition | undefined {
  const { conditions = [] } = (status ?? {}) as JobStatus;
  return conditions.find(
    ({ type, status: value }) => (type === "Complete" || type === "Failed") && value === "True",
  );
}

function wantedPods(job: Job, { succeeded, failedIndexes }: JobTally, active: number): number {
  const { parallelism = 1, suspend } = job.spec;
  if (suspend === true) return 0;
  const completions = completionsOf(job);
  if (completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded - failedIndexes.size));
}

/** When the Job's activeDeadlineSeconds are over, in milliseconds. */
function deadlineOf({ spec, status }: Job, now: Date): number | undefined {
  const { activeDeadlineSeconds: seconds, suspend } = spec;
  if (seconds === undefined || suspend === true) return undefined;
  const started = Date.parse(((status ?? {}) as JobStatus).startTime ?? "");
  return (Number.isNaN(started) ? now.getTime() : started) + seconds * 1000;
}

/** Deletes a finished Job after ttlSecondsAfterFinished; its pods are deleted with it. */
function expire(job: Job, { lastTransitionTime }: Condition, now: Date): Outcome {
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  const ended = Date.parse(lastTransitionTime ?? "");
  if (ttl === undefined || Number.isNaN(ended)) return { operations: [] };
  const time = ended + ttl * 1000;
  if (time > now.getTime()) return { operations: [], wake: time };
  return { operations: [{ op: "delete", key: keyOf(job) }] };
}

function jobPod(
  job: Job,
  generateName: string,
  name: string,
  labels: StringMap = {},
  annotations: StringMap = {},
  spec: Partial<PodSpec> = {},
): KubernetesObject {
  const { name: jobName, uid = "" } = job.metadata;
  return podFromTemplate(job, job.spec.template, name, {
    generateName,
    labels: {
      ...jobUidLabels(uid),
      ...jobNameLabels(jobName),
      ...labels,
    },
    annotations,
    spec,
  });
}

/** The pod for one index: its number as label, annotation, hostname and variable. */
function indexedPod(
  job: Job,
  generateName: string,
  name: string,
  index: number,
  failures: number,
): KubernetesObject {
  const mark = { [INDEX_LABEL]: String(index) };
  const counted =
    job.spec.backoffLimitPerIndex === undefined
      ? mark
      : { ...mark, [INDEX_FAILURES]: String(failures) };
  const variable = {
    name: "JOB_COMPLETION_INDEX",
    valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX_LABEL}']` } },
  };
  const { containers } = job.spec.template.spec;
  return jobPod(job, generateName, name, mark, counted, {
    hostname: `${job.metadata.name}-${index}`,
    containers: containers.map((container) => ({
      ...container,
      env: [...(container.env ?? []), variable],
    })),
  });
}

function writeStatus(
  job: Job,
  active: readonly Pod[],
  ending: number,
  tally: JobTally,
  now: Date,
): Operation[] {
  const time = timestamp(now);
  const { startTime = time } = (job.status ?? {}) as JobStatus;
  let { conditions = [] } = (job.status ?? {}) as JobStatus;
  const { completedIndexes: _, startTime: _start, ...before } = (job.status ?? {}) as JobStatus;
  const status: Record<string, unknown> = {
    ...withCounts(before, {
      active: active.length,
      succeeded: tally.succeeded,
      failed: tally.failed,
    }),
    ready: active.filter(isReady).length,
    terminating: ending,
    uncountedTerminatedPods: {},
    // Time in suspension does not count.
    ...(job.spec.suspend === true ? {} : { startTime }),
  };
  if (tally.indexes.size > 0) status["completedIndexes"] = String(tally.indexes);
  if (job.spec.backoffLimitPerIndex !== undefined) {
    status["failedIndexes"] = String(tally.failedIndexes);
  }
  const isOver = tally.verdict !== undefined && active.length + ending === 0;
  const said = [suspensionOf(job, conditions), ...verdictConditions(tally.verdict, isOver)];
  for (const next of said.filter((each) => each !== undefined)) {
    const known = conditions.find(({ type }) => type === next.type);
    if (known?.status === next.status) continue;
    conditions = [
      ...conditions.filter((each) => each !== known),
      { ...next, lastTransitionTime: time },
    ];
  }
  if (conditions.length > 0) status["conditions"] = conditions;
  if (isOver && tally.verdict?.type === "Complete") status["completionTime"] = time;
  return jsonEqual(status, job.status) ? [] : [{ op: "status", key: keyOf(job), status }];
}

/** The end comes when the last pod has ended; what it will be is said before. */
function verdictConditions(verdict: Verdict | undefined, isOver: boolean): readonly Condition[] {
  if (verdict === undefined) return [];
  const interim = { ...verdict, type: INTERIM[verdict.type], status: "True" };
  return isOver ? [interim, { ...verdict, status: "True" }] : [interim];
}

/** The Suspended condition, if it differs from the present one. */
function suspensionOf(
  { spec: { suspend = false } }: Job,
  conditions: readonly Condition[],
): Condition | undefined {
  const said = conditions.find(({ type }) => type === "Suspended")?.status === "True";
  if (said === suspend) return undefined;
  return suspend
    ? { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" }
    : { type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" };
}
