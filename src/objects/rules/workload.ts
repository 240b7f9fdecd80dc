import { RequirementError } from "../../labels/requirement.ts";
import { CronSyntaxError, parseCron } from "../cron-fields.ts";
import { isIntOrPercent } from "../int-or-percent.ts";
import { groupKindOf, type KubernetesObject } from "../object.ts";
import { podTemplateOf } from "../pod-templates.ts";
import { quote } from "../read-shape.ts";
import type { Rule } from "../rule.ts";
import { labelSelectorOf } from "../selector-use.ts";
import { selectorsOf } from "../selectors-of.ts";
import type { CronJob, Deployment, IntOrPercent, Job } from "../workloads.ts";

const selectorEmpty: Rule = {
  id: "selector-empty",
  severity: "error",
  check(object, report) {
    const { selector } = (object as Deployment).spec;
    if (groupKindOf(object) === "Job.batch") return;
    const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
    if (Object.keys(matchLabels).length > 0 || matchExpressions.length > 0) return;
    report(["spec", "selector"], "an empty selector would take every pod of the namespace", {
      hint: "write matchLabels: with the template's labels",
    });
  },
};

const selectorMismatch: Rule = {
  id: "selector-mismatch",
  severity: "error",
  check(object, report) {
    const template = podTemplateOf(object);
    const use = selectorsOf(object).find((candidate) => candidate.purpose === "replicas");
    if (template === undefined || use === undefined || use.written.form === "nodeSelector") return;
    // A Job without manualSelector gets its selector and the label for it from the server.
    if (isGenerated(object)) return;
    const labels = template.metadata?.labels ?? {};
    try {
      const selector = labelSelectorOf(use.written);
      if (selector.matches(labels)) return;
      report(use.path, `selects ${quote(selector.toString())}, which its own template is not`, {
        hint: `the template's labels stand at ${template.path.join(".")}.metadata.labels`,
      });
    } catch (error) {
      // selector-invalid says what is wrong with it.
      if (!(error instanceof RequirementError)) throw error;
    }
  },
};

function isGenerated(object: KubernetesObject): boolean {
  return groupKindOf(object) === "Job.batch" && (object as Job).spec.manualSelector !== true;
}

const restartPolicy: Rule = {
  id: "restart-policy",
  severity: "error",
  check(object, report) {
    const template = podTemplateOf(object);
    if (template === undefined) return;
    const { restartPolicy: policy = "Always" } = template.spec;
    const path = [...template.path, "spec", "restartPolicy"];
    const runsToEnd = object.kind === "Job" || object.kind === "CronJob";
    if (runsToEnd && policy === "Always") {
      report(path, `the pods of a ${object.kind} cannot restart always`, {
        hint: "write restartPolicy: OnFailure, or Never",
      });
    } else if (!runsToEnd && policy !== "Always") {
      report(path, `the pods of a ${object.kind} restart always, ${policy} is not possible`, {
        hint: "remove restartPolicy, or make it a Job",
      });
    }
  },
};

const rollingUpdate: Rule<Deployment> = {
  id: "rolling-update",
  severity: "error",
  check({ spec: { strategy } }, report) {
    const path = ["spec", "strategy", "rollingUpdate"];
    if (strategy?.rollingUpdate === undefined) return;
    if (strategy.type === "Recreate") {
      report(path, "rollingUpdate does not go with type: Recreate", { at: "key" });
      return;
    }
    const { maxSurge, maxUnavailable } = strategy.rollingUpdate;
    for (const [field, value] of Object.entries({ maxSurge, maxUnavailable })) {
      if (value === undefined || isIntOrPercent(value)) continue;
      report([...path, field], `${quote(String(value))} is neither a count nor a percentage`, {
        hint: 'write 1 or "25%"',
      });
    }
    if (isZero(maxSurge) && isZero(maxUnavailable)) {
      report(path, "maxSurge and maxUnavailable must not both be 0: nothing could ever change");
    }
  },
};

function isZero(value: IntOrPercent | undefined): boolean {
  return value === 0 || (typeof value === "string" && /^0+%$/.test(value));
}

const indexedJob: Rule<Job> = {
  id: "job-completions",
  severity: "error",
  check({ spec }, report) {
    if (spec.completionMode !== "Indexed" || spec.completions !== undefined) return;
    report(["spec", "completions"], "an Indexed Job needs to know how many indexes there are");
  },
};

const schedule: Rule<CronJob> = {
  id: "cron-schedule",
  severity: "error",
  check({ spec: { schedule: text } }, report) {
    try {
      parseCron(text);
    } catch (error) {
      if (!(error instanceof CronSyntaxError)) throw error;
      const { problem, hint } = error;
      report(["spec", "schedule"], `${quote(text)} is no schedule: ${problem}`, { hint });
    }
  },
};

/** For every workload kind with a LabelSelector. */
export const selectedWorkloadRules: readonly Rule[] = [
  selectorEmpty,
  selectorMismatch,
  restartPolicy,
];
export const deploymentRules: readonly Rule<Deployment>[] = [rollingUpdate];
export const replicationControllerRules: readonly Rule[] = [selectorMismatch, restartPolicy];
export const jobRules: readonly Rule<Job>[] = [selectorMismatch, restartPolicy, indexedJob];
export const cronJobRules: readonly Rule<CronJob>[] = [restartPolicy, schedule];
