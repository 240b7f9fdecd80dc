import { RequirementError } from "../../labels/requirement.ts";
import { CronSyntaxError, parseCron } from "../cron-fields.ts";
import { groupKindOf, type KubernetesObject } from "../object.ts";
import { podTemplateOf } from "../pod-templates.ts";
import { quote } from "../read-shape.ts";
import type { Rule } from "../rule.ts";
import { labelSelectorOf } from "../selector-use.ts";
import { selectorsOf } from "../selectors-of.ts";
import type { CronJob, Deployment, Job } from "../workloads.ts";

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
  check({ spec: { schedule: text, timeZone } }, report) {
    if (timeZone !== undefined && !isTimeZone(timeZone)) {
      report(["spec", "timeZone"], `there is no time zone ${quote(timeZone)}`, {
        hint: "write a name such as Europe/Berlin or Etc/UTC",
      });
    }
    try {
      parseCron(text);
    } catch (error) {
      if (!(error instanceof CronSyntaxError)) throw error;
      const { problem, hint } = error;
      report(["spec", "schedule"], `${quote(text)} is no schedule: ${problem}`, { hint });
    }
  },
};

/** A name of the IANA's database; `Local` would be whatever the machine has. */
function isTimeZone(name: string): boolean {
  if (/^local$/i.test(name) || !/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** For every workload kind with a LabelSelector. */
export const selectedWorkloadRules: readonly Rule[] = [
  selectorEmpty,
  selectorMismatch,
  restartPolicy,
];
export const replicationControllerRules: readonly Rule[] = [selectorMismatch, restartPolicy];
export const jobRules: readonly Rule<Job>[] = [selectorMismatch, restartPolicy, indexedJob];
export const cronJobRules: readonly Rule<CronJob>[] = [restartPolicy, schedule];
