import { applyDefaults } from "../objects/apply-defaults.ts";
import type { KubernetesObject } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import { timestamp } from "../objects/timestamp.ts";
import type { CronJob, Job } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { CronSchedule } from "./cron-schedule.ts";
import { finishOf } from "./jobs.ts";
import { controllerReference } from "./ownership.ts";
import { type Outcome, workloadController } from "./workload-loop.ts";
import type { WorkloadOptions } from "./workload-options.ts";

/** Starts the Jobs of CronJobs at their times. Writes Jobs and CronJobs' status. */
export function createCronJobController(options: WorkloadOptions = {}): Controller {
  const schedules = new Map<string, { text: string; schedule: CronSchedule }>();
  const seen = new Map<string, Date>();

  function scheduleOf({ metadata: { uid = "" }, spec }: CronJob): CronSchedule {
    const { schedule, timeZone = "UTC" } = spec;
    const text = `${timeZone} ${schedule}`;
    const known = schedules.get(uid);
    if (known?.text === text) return known.schedule;
    const made = new CronSchedule(schedule, timeZone);
    schedules.set(uid, { text, schedule: made });
    return made;
  }

  /** Times before a cluster's dump was made are not caught up here. */
  function firstSeen({ metadata: { uid = "" } }: CronJob, now: Date): Date {
    const time = seen.get(uid) ?? now;
    seen.set(uid, time);
    return time;
  }

  function reconcile(cron: CronJob, jobs: readonly Job[], store: StoreReader, now: Date): Outcome {
    const schedule = scheduleOf(cron);
    const active = jobs.filter((job) => finishOf(job) === undefined);
    const tidied = [...surplus(cron, jobs), ...writeStatus(cron, jobs, active)];
    if (cron.spec.suspend === true) return { operations: tidied };
    const since = laterOf(lastTime(cron) ?? now, firstSeen(cron, now));
    // Of several missed times only the last one is caught up.
    const due = schedule.latest(since, now);
    const wake = schedule.next(due ?? since)?.getTime();
    if (due === undefined || isTooLate(cron, due, now)) return { operations: tidied, wake };
    const { concurrencyPolicy = "Allow" } = cron.spec;
    // A time at which the Job before it still runs (Forbid) is caught up when that Job ends.
    if (concurrencyPolicy === "Forbid" && active.length > 0) return { operations: tidied, wake };
    const replaced = concurrencyPolicy === "Replace" ? active : [];
    const status = { ...(cron.status as object | undefined), lastScheduleTime: rfc3339(due) };
    const job = jobAt(cron, due);
    const { namespace = "", name } = job.metadata;
    const operations: Operation[] = [
      ...replaced.map((former): Operation => ({ op: "delete", key: keyOf(former) })),
      { op: "status", key: keyOf(cron), status },
    ];
    // A Job with that name was started for this time, here or in the dump's cluster.
    if (store.get("Job.batch", namespace, name) === undefined) {
      operations.push({ op: "put", object: job });
    }
    return { operations, wake };
  }

  return workloadController<CronJob, Job>(
    {
      name: "cron-jobs",
      kind: "CronJob.batch",
      childKind: "Job.batch",
      reconcile,
      forget({ metadata: { uid = "" } }) {
        schedules.delete(uid);
        seen.delete(uid);
      },
    },
    options,
  );
}

interface CronJobStatus {
  readonly lastScheduleTime?: string;
}

/** The last time for which a Job was started; without any, when the CronJob was created. */
function lastTime(cron: CronJob): Date | undefined {
  const { lastScheduleTime } = (cron.status ?? {}) as CronJobStatus;
  const time = Date.parse(lastScheduleTime ?? cron.metadata.creationTimestamp ?? "");
  return Number.isNaN(time) ? undefined : new Date(time);
}

function laterOf(a: Date, b: Date): Date {
  return a < b ? b : a;
}

function isTooLate({ spec: { startingDeadlineSeconds } }: CronJob, due: Date, now: Date): boolean {
  if (startingDeadlineSeconds === undefined) return false;
  return due.getTime() <= now.getTime() - startingDeadlineSeconds * 1000;
}

/** Named after its time in minutes, so that only one Job is made for each time. */
function jobAt(cron: CronJob, due: Date): KubernetesObject {
  const { name, namespace = "" } = cron.metadata;
  const { metadata = {}, spec } = cron.spec.jobTemplate;
  return applyDefaults({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${name}-${Math.floor(due.getTime() / 60_000)}`,
      namespace,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: {
        ...metadata.annotations,
        "batch.kubernetes.io/cronjob-scheduled-timestamp": rfc3339(due),
      },
      ownerReferences: [controllerReference(cron)],
    },
    spec,
  });
}

/** Ended Jobs beyond the history limits, the oldest first. */
function surplus(cron: CronJob, jobs: readonly Job[]): Operation[] {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cron.spec;
  const of = (type: string) => jobs.filter((job) => finishOf(job)?.type === type);
  const beyond = (ended: readonly Job[], limit: number) =>
    ended.slice(0, Math.max(0, ended.length - limit));
  return [
    ...beyond(of("Complete"), successfulJobsHistoryLimit),
    ...beyond(of("Failed"), failedJobsHistoryLimit),
  ].map((job) => ({ op: "delete", key: keyOf(job) }));
}

function writeStatus(cron: CronJob, jobs: readonly Job[], active: readonly Job[]): Operation[] {
  const { active: _, ...rest } = { active: undefined, ...(cron.status as object | undefined) };
  const completions = jobs
    .filter((job) => finishOf(job)?.type === "Complete")
    .flatMap((job) => (job.status as { completionTime?: string }).completionTime ?? []);
  const status = {
    ...rest,
    ...(completions.length === 0 ? {} : { lastSuccessfulTime: completions.sort().at(-1) }),
    ...(active.length === 0 ? {} : { active: active.map(referenceTo) }),
  };
  return jsonEqual(status, cron.status ?? {}) ? [] : [{ op: "status", key: keyOf(cron), status }];
}

function referenceTo({ apiVersion, kind, metadata: { namespace, name, uid } }: Job): unknown {
  return { apiVersion, kind, namespace, name, uid };
}

function rfc3339(time: Date): string {
  return timestamp(time);
}
