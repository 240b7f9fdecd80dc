import { INDEX_LABEL, jobNameLabels, jobUidLabels } from "../added-labels.ts";
import { nonNegative } from "../checks.ts";
import { AGE, formatAge, NAME, NONE } from "../columns/column.ts";
import { templateColumns } from "../columns/pod-template.ts";
import { CronSyntaxError, parseCron } from "../cron-fields.ts";
import { change, fill } from "../defaults/fill.ts";
import { defaultTemplate } from "../defaults/pod.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { CronJob, CronJobSpec, JobSpec, JobTemplateSpec } from "../tables/kinds.ts";
import { isTimeZone } from "../time-zone.ts";

const TEMPLATE = ["spec", "jobTemplate", "spec", "template"];

export const cronJob: Kind = kind<CronJob>({
  groupKind: "CronJob.batch",
  pods: {
    at: TEMPLATE,
    // Its Jobs are named after the minute.
    added: () => ({
      open: [INDEX_LABEL, ...Object.keys({ ...jobNameLabels(""), ...jobUidLabels("") })],
    }),
  },
  defaults: withDefaults,
  columns: [
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
    ...templateColumns(TEMPLATE),
    { header: "SELECTOR", wide: true, cell: () => NONE },
  ],
  parts: {
    ...part<CronJob>("batch/v1.CronJob", {
      check({ metadata: { name } }, place) {
        // A CronJob's Jobs are named after it and the minute, and their pods once more.
        if (name.length <= 52) return;
        const message = `a CronJob's name has at most 52 characters, not ${name.length}`;
        place.at("metadata", "name").invalid(message, { rule: "name-format" });
      },
    }),
    ...part<CronJobSpec>("batch/v1.CronJobSpec", {
      required: ["schedule"],
      fields: {
        startingDeadlineSeconds: nonNegative,
        successfulJobsHistoryLimit: nonNegative,
        failedJobsHistoryLimit: nonNegative,
        timeZone: (zone, place) => {
          if (isTimeZone(zone)) return;
          place.invalid(`there is no time zone ${quote(zone)}`, {
            rule: "cron-schedule",
            hint: "write a name such as Europe/Berlin or Etc/UTC",
          });
        },
        schedule: (text, place) => {
          try {
            parseCron(text);
          } catch (error) {
            if (!(error instanceof CronSyntaxError)) throw error;
            place.invalid(`${quote(text)} is no schedule: ${error.problem}`, {
              rule: "cron-schedule",
              hint: error.hint,
            });
          }
        },
      },
    }),
    ...part<JobTemplateSpec>("batch/v1.JobTemplateSpec", {
      open: ["metadata"],
      check({ spec: { selector, manualSelector } }, place) {
        if (selector !== undefined)
          place
            .at("spec", "selector")
            .invalid("each Job makes its own selector", { hint: "remove it" });
        if (manualSelector === true)
          place
            .at("spec", "manualSelector")
            .invalid("each Job makes its own selector", { hint: "remove it" });
      },
    }),
  },
});

function withDefaults(job: CronJob): CronJob {
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
