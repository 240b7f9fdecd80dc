import { INDEX_LABEL, jobNameLabels, jobUidLabels } from "../added-labels.ts";
import { distinct, labelKey, nonNegative, range, words } from "../checks.ts";
import { CronSyntaxError, parseCron } from "../cron-fields.ts";
import { completePodSpec } from "../defaults/server-pod.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import type {
  CronJob,
  CronJobSpec,
  Job,
  JobSpec,
  JobTemplateSpec,
  LabelSelector,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from "../tables/kinds.ts";
import { isTimeZone } from "../time-zone.ts";
import { checkMatch, immutable } from "./workloads.ts";

/** Beyond these an Indexed Job's state would not fit into its status. */
const MAX_INDEXED = 100_000;

export const job: Kind = kind<Job>({
  groupKind: "Job.batch",
  pods: {
    at: ["spec", "template"],
    added: ({ metadata: { name } }) => ({
      known: [jobNameLabels(name)],
      open: [INDEX_LABEL, ...Object.keys(jobUidLabels(""))],
    }),
  },
  update(previous, next, place) {
    const at = place.at("spec");
    const { suspend } = previous.spec;
    if (next.spec.completionMode !== "Indexed")
      immutable(previous.spec, next.spec, ["completions"], at);
    else if (
      next.spec.completions !== undefined &&
      previous.spec.completions !== next.spec.completions
    ) {
      if (next.spec.completions !== next.spec.parallelism) {
        at.at("completions").invalid(
          "completions of an Indexed Job change together with parallelism alone",
        );
      }
    }
    immutable(
      previous.spec,
      next.spec,
      [
        "selector",
        "completionMode",
        "podFailurePolicy",
        "backoffLimitPerIndex",
        "managedBy",
        "successPolicy",
      ],
      at,
    );
    // A Job that waits may still be told where its pods go, and what they need.
    const [before, after] = [previous, next].map(({ spec }) => templateOf(spec, suspend === true));
    immutable({ template: before }, { template: after }, ["template"], at);
  },
  parts: {
    ...part<Job>("batch/v1.Job", {
      check({ metadata, spec }, place) {
        const { completionMode, completions = 0, manualSelector, selector, template } = spec;
        if (
          completionMode === "Indexed" &&
          `${metadata.name}-${completions - 1}`.length > 63 &&
          completions > 0
        ) {
          place
            .at("metadata", "name")
            .invalid("with the index behind it the name of a pod has more than 63 characters");
        }
        if (manualSelector === true) {
          if (selector === undefined)
            place.at("spec", "selector").required("manualSelector: true needs a selector");
          else checkMatch(selector, template, place.at("spec"));
        } else if (selector !== undefined && !isOwnSelector(selector, metadata.uid)) {
          place.at("spec", "selector").invalid("a Job makes its own selector", {
            hint: "remove it, or write manualSelector: true",
          });
        }
      },
    }),
    ...part<JobSpec>("batch/v1.JobSpec", {
      fields: {
        parallelism: nonNegative,
        completions: nonNegative,
        activeDeadlineSeconds: nonNegative,
        backoffLimit: nonNegative,
        ttlSecondsAfterFinished: nonNegative,
        backoffLimitPerIndex: nonNegative,
        maxFailedIndexes: range(0, MAX_INDEXED),
        managedBy: (name, place) => {
          if (!/^[^/]+\/[^/]+/.test(name) || name.length > 63)
            place.invalid(`${quote(name)} is no name such as example.com/controller`);
        },
      },
      check: checkJobSpec,
    }),
    ...part<PodFailurePolicyRule>("batch/v1.PodFailurePolicyRule", {
      check({ onExitCodes, onPodConditions = [] }, place) {
        if ((onExitCodes === undefined) !== (onPodConditions.length === 0)) return;
        place.invalid("a rule is about exactly one of onExitCodes and onPodConditions", {
          rule: "job-policy",
        });
      },
    }),
    ...part<PodFailurePolicyOnExitCodesRequirement>(
      "batch/v1.PodFailurePolicyOnExitCodesRequirement",
      {
        required: ["operator"],
        check({ operator, values }, at) {
          const place = at.at("values").as({ rule: "job-policy" });
          if (values.length === 0) place.invalid("a rule about exit codes names at least one");
          if (values.length > 255) place.invalid("a rule names at most 255 exit codes");
          if (operator === "In" && values.includes(0))
            place.at(values.indexOf(0)).invalid("0 is no failure");
          distinct(values, String, (i, code) => place.at(i).duplicate(code));
          if (values.some((code, i) => i > 0 && values[i - 1]! > code))
            place.invalid("exit codes are written in order");
        },
      },
    ),
    ...part<PodFailurePolicyOnPodConditionsPattern>(
      "batch/v1.PodFailurePolicyOnPodConditionsPattern",
      {
        fields: { type: labelKey, status: words("True", "False", "Unknown") },
      },
    ),
    ...part<SuccessPolicyRule>("batch/v1.SuccessPolicyRule", {
      fields: { succeededCount: nonNegative },
      check({ succeededCount, succeededIndexes }, place) {
        if (succeededCount === undefined && succeededIndexes === undefined) {
          place.required("one of succeededCount and succeededIndexes has to be here");
        }
      },
    }),
  },
});

export const cronJob: Kind = kind<CronJob>({
  groupKind: "CronJob.batch",
  pods: {
    at: ["spec", "jobTemplate", "spec", "template"],
    // Its Jobs are named after the minute.
    added: () => ({
      open: [INDEX_LABEL, ...Object.keys({ ...jobNameLabels(""), ...jobUidLabels("") })],
    }),
  },
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

/** What a server gave a Job of a cluster: a dump has it. */
function isOwnSelector({ matchLabels = {} }: LabelSelector, uid: string | undefined): boolean {
  return (
    uid !== undefined &&
    Object.entries(matchLabels).every(
      ([key, value]) => /controller-uid$/.test(key) && value === uid,
    )
  );
}

function checkJobSpec(spec: JobSpec, place: Place): void {
  const policy = place.as({ rule: "job-policy", at: "key" });
  const {
    completions = 1,
    parallelism = 1,
    maxFailedIndexes,
    backoffLimitPerIndex,
    podFailurePolicy,
  } = spec;
  const indexed = spec.completionMode === "Indexed";
  for (const field of ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] as const) {
    if (spec[field] === undefined || indexed) continue;
    policy.at(field).invalid(`${field} does not go with the rest of the Job`, {
      hint: "it needs completionMode: Indexed",
    });
  }
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    policy.at("backoffLimitPerIndex").required("maxFailedIndexes needs backoffLimitPerIndex");
  }
  if (indexed) {
    // Without either count there is one index; with parallelism alone nobody knows how many.
    if (spec.completions === undefined && spec.parallelism !== undefined) {
      place.at("completions").required("an Indexed Job needs to know how many indexes there are", {
        rule: "job-completions",
      });
    }
    if (parallelism > MAX_INDEXED)
      place.at("parallelism").invalid(`an Indexed Job runs at most ${MAX_INDEXED} pods at once`);
    if (maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
      place.at("maxFailedIndexes").invalid("there are fewer completions");
    }
    for (const [i, { succeededCount = 0 }] of (spec.successPolicy?.rules ?? []).entries()) {
      if (succeededCount > completions)
        place
          .at("successPolicy", "rules", i, "succeededCount")
          .invalid("there are fewer completions");
    }
    for (const [i, { succeededCount = 0, succeededIndexes }] of (
      spec.successPolicy?.rules ?? []
    ).entries()) {
      if (succeededIndexes === undefined) continue;
      const at = place.at("successPolicy", "rules", i);
      const count = countIndexes(succeededIndexes, completions);
      if (count === undefined)
        at.at("succeededIndexes").invalid(
          `${quote(succeededIndexes)} is no list of indexes such as 0,2-4`,
        );
      else if (succeededCount > count) at.at("succeededCount").invalid("there are fewer indexes");
    }
    if (spec.successPolicy?.rules.length === 0)
      place.at("successPolicy", "rules").required("at least one rule is needed");
  }
  if (podFailurePolicy !== undefined && (spec.podReplacementPolicy ?? "Failed") !== "Failed") {
    place
      .at("podReplacementPolicy")
      .invalid("a podFailurePolicy needs podReplacementPolicy: Failed");
  }
  const names = [
    ...spec.template.spec.containers,
    ...(spec.template.spec.initContainers ?? []),
  ].map(({ name }) => name);
  for (const [i, { action, onExitCodes }] of (podFailurePolicy?.rules ?? []).entries()) {
    const at = place.at("podFailurePolicy", "rules", i);
    if (action === "FailIndex" && backoffLimitPerIndex === undefined) {
      at.at("action").invalid("FailIndex needs backoffLimitPerIndex", { rule: "job-policy" });
    }
    const container = onExitCodes?.containerName;
    if (container !== undefined && !names.includes(container)) {
      at.at("onExitCodes", "containerName").invalid(
        `the pods have no container ${quote(container)}`,
      );
    }
  }
  checkRestart(spec, place.at("template", "spec", "restartPolicy"));
}

/** How many indexes a text such as `0,2-4` names; undefined when it is none, or names one that there is not. */
function countIndexes(text: string, completions: number): number | undefined {
  if (text === "") return 0;
  let count = 0;
  let last = -1;
  for (const part of text.split(",")) {
    const [, first, end = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(end)];
    if (first === undefined || from <= last || to < from || to >= completions) return undefined;
    count += to - from + 1;
    last = to;
  }
  return count;
}

function checkRestart({ template, podFailurePolicy }: JobSpec, place: Place): void {
  const { restartPolicy = "Always" } = template.spec;
  if (restartPolicy === "Always") {
    place.required("the pods of a Job cannot restart always", {
      rule: "restart-policy",
      hint: "write restartPolicy: OnFailure, or Never",
    });
  } else if (podFailurePolicy !== undefined && restartPolicy !== "Never") {
    place.invalid("podFailurePolicy does not go with the rest of the Job", {
      rule: "job-policy",
      hint: "it needs restartPolicy: Never in the template",
    });
  }
}

/** What of a Job's template can't change: of one that is suspended, all but where its pods go and what they need. */
function templateOf({ template }: JobSpec, suspended: boolean): object {
  const spec = completePodSpec(template.spec);
  if (!suspended) return { metadata: template.metadata, spec };
  const { nodeAffinity: _, ...affinity } = template.spec.affinity ?? {};
  const withoutResources = (list: unknown) =>
    (list as readonly object[]).map((container) => ({ ...container, resources: undefined }));
  return {
    // With all metadata the labels would go that the Job's own pods are known by.
    metadata: template.metadata && {
      ...template.metadata,
      labels: undefined,
      annotations: undefined,
    },
    spec: {
      ...spec,
      affinity,
      nodeSelector: undefined,
      tolerations: undefined,
      schedulingGates: undefined,
      containers: withoutResources(spec["containers"]),
      initContainers: withoutResources(spec["initContainers"]),
    },
  };
}
