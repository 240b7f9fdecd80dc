import { INDEX_LABEL } from "../objects/added-labels.ts";
import type { Pod } from "../objects/pod.ts";
import type { Job } from "../objects/workloads.ts";
import { IndexSet } from "./index-set.ts";
import { reactionTo } from "./pod-failure-policy.ts";

/** The annotation with the number of failures of an index so far. */
export const INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count";
/** The first delay in milliseconds; doubled with every failure. */
const FIRST_RETRY = 10_000;
const LONGEST_RETRY = 600_000;

/** The fields of a Job's status that are read and written here. */
export interface JobStatus {
  readonly succeeded?: number;
  readonly failed?: number;
  readonly completedIndexes?: string;
  readonly failedIndexes?: string;
  readonly startTime?: string;
  readonly conditions?: readonly Condition[];
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** What a Job says of its verdict while some of its pods are still ending. */
export const INTERIM = { Complete: "SuccessCriteriaMet", Failed: "FailureTarget" } as const;

/** How a Job has ended. */
export interface Verdict {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

/** The outcomes of a Job's pods, deleted ones included. */
export class JobTally {
  succeeded: number;
  failed: number;
  /** The completed indexes of an Indexed Job. */
  readonly indexes: IndexSet;
  /** The failed indexes, where each has a limit of its own. */
  readonly failedIndexes: IndexSet;
  /** Why a pod's failure is the failure of the Job. */
  failure: string | undefined;
  /** Absent while the Job goes on. */
  verdict: Verdict | undefined;
  readonly #failures = new Map<number, number>();
  readonly #counted = new Set<string>();
  /** When the last one failed, in milliseconds. */
  #failedAt = 0;

  constructor({ status }: Job, pods: readonly Pod[]) {
    const {
      succeeded = 0,
      failed = 0,
      completedIndexes = "",
      failedIndexes = "",
      conditions = [],
    } = (status ?? {}) as JobStatus;
    // Pods that are counted in the status must not be counted again.
    this.succeeded = succeeded;
    this.failed = failed;
    this.verdict = verdictIn(conditions);
    this.indexes = IndexSet.parse(completedIndexes);
    this.failedIndexes = IndexSet.parse(failedIndexes);
    if (succeeded + failed === 0) return;
    for (const { metadata, status: { phase } = {} } of pods) {
      if (phase === "Succeeded" || phase === "Failed") this.#counted.add(metadata.uid ?? "");
    }
  }

  count(job: Job, pods: readonly Pod[], now: Date): void {
    for (const pod of pods) {
      const { uid = "" } = pod.metadata;
      const phase = pod.status?.phase;
      if ((phase !== "Succeeded" && phase !== "Failed") || this.#counted.has(uid)) continue;
      this.#counted.add(uid);
      if (phase === "Failed") {
        this.#countFailure(job, pod, now);
      } else {
        const index = indexOf(pod);
        if (index === undefined || !this.indexes.has(index)) this.succeeded++;
        if (index !== undefined) this.indexes.add(index);
      }
    }
  }

  #countFailure({ spec }: Job, pod: Pod, now: Date): void {
    const { action, message } = reactionTo(pod, spec.podFailurePolicy);
    if (action === "FailJob") this.failure ??= message;
    if (action === "Ignore") return;
    this.failed++;
    this.#failedAt = now.getTime();
    const index = indexOf(pod);
    if (index === undefined || spec.backoffLimitPerIndex === undefined) return;
    const failures = Math.max(this.failuresOf(index), failuresBefore(pod)) + 1;
    this.#failures.set(index, failures);
    if (action === "FailIndex" || failures > spec.backoffLimitPerIndex) {
      this.failedIndexes.add(index);
    }
  }

  /** A failed Job's pods that still ran failed with it. */
  giveUp(pods: readonly Pod[]): void {
    for (const { metadata } of pods) this.#counted.add(metadata.uid ?? "");
    this.failed += pods.length;
  }

  /** How often pods for an index have failed. */
  failuresOf(index: number): number {
    return this.#failures.get(index) ?? 0;
  }

  /** When the next pod may be made after a failure, in milliseconds; undefined when that is now. */
  retryAt(now: Date): number | undefined {
    if (this.#failedAt === 0) return undefined;
    const delay = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** Math.min(this.failed - 1, 10));
    const time = this.#failedAt + delay;
    return time > now.getTime() ? time : undefined;
  }
}

/** What was decided before the control loop began anew. */
function verdictIn(conditions: readonly Condition[]): Verdict | undefined {
  for (const type of ["Complete", "Failed"] as const) {
    const said = conditions.find((each) => each.type === INTERIM[type] && each.status === "True");
    if (said !== undefined) return { type, reason: said.reason ?? "", message: said.message ?? "" };
  }
  return undefined;
}

/** Which index of an Indexed Job the pod is for. */
export function indexOf({ metadata: { labels, annotations } }: Pod): number | undefined {
  const text = annotations?.[INDEX_LABEL] ?? labels?.[INDEX_LABEL];
  return text === undefined ? undefined : Number(text);
}

function failuresBefore({ metadata: { annotations } }: Pod): number {
  const text = annotations?.[INDEX_FAILURES] ?? "";
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
}
