import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import type { Report, Rule } from "../rule.ts";
import type { CronJob, Job, JobSpec, PodFailurePolicy } from "../workloads.ts";

const ofJob: Rule<Job> = {
  id: "job-policy",
  severity: "error",
  check({ spec }, report) {
    checkPolicies(["spec"], spec, report);
  },
};

const ofCronJob: Rule<CronJob> = {
  id: "job-policy",
  severity: "error",
  check({ spec }, report) {
    checkPolicies(["spec", "jobTemplate", "spec"], spec.jobTemplate.spec, report);
  },
};

function checkPolicies(path: FieldPath, spec: JobSpec, report: Report): void {
  const needs = (field: keyof JobSpec, isMet: boolean, hint: string) => {
    if (spec[field] === undefined || isMet) return;
    report([...path, field], `${field} does not go with the rest of the Job`, { at: "key", hint });
  };
  const indexed = spec.completionMode === "Indexed";
  const never = spec.template.spec.restartPolicy === "Never";
  needs("backoffLimitPerIndex", indexed, "it needs completionMode: Indexed");
  needs("successPolicy", indexed, "it needs completionMode: Indexed");
  needs(
    "maxFailedIndexes",
    spec.backoffLimitPerIndex !== undefined,
    "it needs backoffLimitPerIndex",
  );
  needs("podFailurePolicy", never, "it needs restartPolicy: Never in the template");
  for (const [i, rule] of spec.podFailurePolicy?.rules.entries() ?? []) {
    checkRule([...path, "podFailurePolicy", "rules", i], rule, spec, report);
  }
}

function checkRule(
  path: FieldPath,
  { action, onExitCodes, onPodConditions }: PodFailurePolicy["rules"][number],
  { backoffLimitPerIndex }: JobSpec,
  report: Report,
): void {
  if ((onExitCodes === undefined) === ((onPodConditions ?? []).length === 0)) {
    report(path, "a rule is about exactly one of onExitCodes and onPodConditions");
  }
  if (action === "FailIndex" && backoffLimitPerIndex === undefined) {
    report([...path, "action"], "FailIndex needs backoffLimitPerIndex");
  }
  if (onExitCodes?.values.length === 0) {
    report([...path, "onExitCodes", "values"], "a rule about exit codes names at least one");
  }
  for (const [i, code] of onExitCodes?.values.entries() ?? []) {
    if (code !== 0 || onExitCodes?.operator !== "In") continue;
    report([...path, "onExitCodes", "values", i], "0 is no failure");
  }
}

export const jobPolicyRules: readonly Rule<Job>[] = [ofJob];
export const cronJobPolicyRules: readonly Rule<CronJob>[] = [ofCronJob];
