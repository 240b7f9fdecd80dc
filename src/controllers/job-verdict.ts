import type { Pod } from "../objects/pod.ts";
import type { Job } from "../objects/workloads.ts";
import { IndexSet } from "./index-set.ts";
import type { JobTally, Verdict } from "./job-tally.ts";

/** Absent for a work queue, which is complete when one pod succeeded and none is left. */
export function completionsOf({ spec }: Job): number | undefined {
  const { completions, parallelism, completionMode } = spec;
  return completions ?? (parallelism === undefined || completionMode === "Indexed" ? 1 : undefined);
}

/** @returns undefined while the Job goes on. */
export function verdictOn(
  job: Job,
  tally: JobTally,
  active: readonly Pod[],
  isLate: boolean,
): Verdict | undefined {
  return failureOf(job, tally, active, isLate) ?? successOf(job, tally, active.length);
}

function failureOf(
  job: Job,
  tally: JobTally,
  active: readonly Pod[],
  isLate: boolean,
): Verdict | undefined {
  const fail = (reason: string, message: string): Verdict => ({ type: "Failed", reason, message });
  if (tally.failure !== undefined) return fail("PodFailurePolicy", tally.failure);
  if (isBeyondBackoff(job, tally, active)) {
    return fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  if (isLate) return fail("DeadlineExceeded", "Job was active longer than specified deadline");
  const { maxFailedIndexes } = job.spec;
  const failed = tally.failedIndexes.size;
  if (maxFailedIndexes !== undefined && failed > maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return fail("MaxFailedIndexesExceeded", message);
  }
  const isOver = tally.indexes.size + failed >= (completionsOf(job) ?? 1);
  return failed > 0 && isOver ? fail("FailedIndexes", "Job has failed indexes") : undefined;
}

/** Pods that failed, or restarts of containers where pods start them again themselves. */
function isBeyondBackoff({ spec }: Job, tally: JobTally, active: readonly Pod[]): boolean {
  const limit = backoffLimitOf(spec);
  if (tally.failed > limit) return true;
  if (spec.template.spec.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const { status = {} } of active) {
    const { containerStatuses = [], initContainerStatuses = [] } = status;
    for (const each of [...initContainerStatuses, ...containerStatuses]) {
      restarts += each.restartCount;
    }
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** With a limit for each index, there is no limit for all of them unless the spec has one. */
function backoffLimitOf({ backoffLimit, backoffLimitPerIndex }: Job["spec"]): number {
  return backoffLimit ?? (backoffLimitPerIndex === undefined ? 6 : Number.POSITIVE_INFINITY);
}

function successOf(job: Job, tally: JobTally, active: number): Verdict | undefined {
  const completions = completionsOf(job);
  const { succeeded } = tally;
  const done = completions === undefined ? succeeded > 0 && active === 0 : succeeded >= completions;
  if (done) {
    const message = "Reached expected number of succeeded pods";
    return { type: "Complete", reason: "CompletionsReached", message };
  }
  const rule = (job.spec.successPolicy?.rules ?? []).findIndex((each) => isMet(each, tally));
  return rule < 0
    ? undefined
    : { type: "Complete", reason: "SuccessPolicy", message: `Matched rules at index ${rule}` };
}

type SuccessRule = NonNullable<Job["spec"]["successPolicy"]>["rules"][number];

function isMet({ succeededIndexes, succeededCount }: SuccessRule, { indexes }: JobTally): boolean {
  if (succeededIndexes === undefined)
    return indexes.size >= (succeededCount ?? Number.POSITIVE_INFINITY);
  const wanted = IndexSet.parse(succeededIndexes);
  const met = [...wanted].filter((index) => indexes.has(index)).length;
  return met >= (succeededCount ?? wanted.size);
}
