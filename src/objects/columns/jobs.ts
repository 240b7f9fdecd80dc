import type { CronJob, Job } from "../workloads.ts";
import { AGE, type Column, formatAge, NAME, NONE } from "./column.ts";
import { CONTAINERS, IMAGES, SELECTOR } from "./pod-template.ts";

interface JobStatus {
  readonly succeeded?: number;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

const statusOf = (object: { readonly status?: unknown }) => (object.status ?? {}) as JobStatus;

export const JOB_COLUMNS: readonly Column<Job>[] = [
  NAME,
  { header: "STATUS", cell: jobStatus },
  { header: "COMPLETIONS", cell: completions },
  { header: "DURATION", cell: duration },
  AGE,
  CONTAINERS,
  IMAGES,
  SELECTOR,
];

function jobStatus(job: Job): string {
  const holds = (wanted: string) =>
    statusOf(job).conditions?.some(({ type, status }) => type === wanted && status === "True");
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  if (holds("Suspended")) return "Suspended";
  if (holds("FailureTarget")) return "FailureTarget";
  return holds("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function completions(job: Job): string {
  const { succeeded = 0 } = statusOf(job);
  const { completions: wanted, parallelism = 1 } = job.spec;
  if (wanted !== undefined) return `${succeeded}/${wanted}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration(job: Job, now: Date): string {
  const { startTime, completionTime } = statusOf(job);
  if (startTime === undefined) return "";
  return formatAge(startTime, completionTime === undefined ? now : new Date(completionTime));
}

export const CRON_JOB_COLUMNS: readonly Column<CronJob>[] = [
  NAME,
  { header: "SCHEDULE", cell: ({ spec }) => spec.schedule },
  { header: "TIMEZONE", cell: ({ spec }) => spec.timeZone ?? NONE },
  { header: "SUSPEND", cell: ({ spec }) => (spec.suspend === true ? "True" : "False") },
  {
    header: "ACTIVE",
    cell: ({ status }) =>
      String((status as { active?: unknown[] } | undefined)?.active?.length ?? 0),
  },
  {
    header: "LAST SCHEDULE",
    cell: ({ status }, now) => {
      const { lastScheduleTime } = (status ?? {}) as { readonly lastScheduleTime?: string };
      return lastScheduleTime === undefined ? NONE : formatAge(lastScheduleTime, now);
    },
  },
  AGE,
  CONTAINERS,
  IMAGES,
  { header: "SELECTOR", wide: true, cell: () => NONE },
];
