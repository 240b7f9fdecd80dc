import { INDEX_LABEL, jobNameLabels, jobUidLabels } from "../added-labels.ts";
import { distinct, labelKey, nonNegative, range, words } from "../checks.ts";
import { AGE, formatAge, NAME } from "../columns/column.ts";
import { SELECTOR, templateColumns } from "../columns/pod-template.ts";
import { change, changeEach, fill } from "../defaults/fill.ts";
import { defaultTemplate } from "../defaults/pod.ts";
import { completePodSpec } from "../defaults/server-pod.ts";
import { withTemplateLabels } from "../defaults/template-labels.ts";
import { immutable } from "../immutable-fields.ts";
import { quote } from "../json.ts";
import { type Kind, kind } from "../kind.ts";
import { part } from "../part.ts";
import type { Place } from "../place.ts";
import { checkMatch, ownSelector, TEMPLATE } from "../rules/workload.ts";
import type {
  Job,
  JobSpec,
  LabelSelector,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from "../tables/kinds.ts";

/** Beyond these an Indexed Job's state would not fit into its status. */
const MAX_INDEXED = 100_000;

interface JobStatus {
  readonly succeeded?: number;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

const statusOf = (object: { readonly status?: unknown }) => (object.status ?? {}) as JobStatus;

export const job: Kind = kind<Job>({
  groupKind: "Job.batch",
  pods: {
    at: TEMPLATE,
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
    // A suspended Job's scheduling and resources may still be changed.
    const [before, after] = [previous, next].map(({ spec }) => templateOf(spec, suspend === true));
    immutable({ template: before }, { template: after }, ["template"], at);
  },
  defaults: (job) => withTemplateLabels(change(job, "spec", withDefaults)),
  selectors: ownSelector,
  columns: [
    NAME,
    { header: "STATUS", cell: jobStatus },
    { header: "COMPLETIONS", cell: completions },
    { header: "DURATION", cell: duration },
    AGE,
    ...templateColumns(TEMPLATE),
    SELECTOR,
  ],
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

/** Fields that a server adds to a Job, as in a dump. */
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

/** The immutable part of a Job's template: of a suspended one, everything but scheduling and resources. */
function templateOf({ template }: JobSpec, suspended: boolean): object {
  const spec = completePodSpec(template.spec);
  if (!suspended) return { metadata: template.metadata, spec };
  const { nodeAffinity: _, ...affinity } = template.spec.affinity ?? {};
  const withoutResources = (list: unknown) =>
    (list as readonly object[]).map((container) => ({ ...container, resources: undefined }));
  return {
    // The metadata contains the labels that identify the Job's pods, so it must not be ignored completely.
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

/** Without either count a Job runs once; with parallelism alone it is a work queue. */
function withDefaults(spec: JobSpec): JobSpec {
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
    podReplacementPolicy: spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1,
    completionMode: "NonIndexed",
    suspend: false,
  });
}
