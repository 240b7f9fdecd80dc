import type { KubernetesObject, StringMap } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import { isReady, type Pod, type PodSpec } from "../objects/pod.ts";
import type { Job } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { withCounts } from "./availability.ts";
import { PodNames } from "./generated-name.ts";
import { IndexSet } from "./index-set.ts";
import { podFromTemplate } from "./pod-from-template.ts";
import { isActive } from "./pod-state.ts";
import { type Outcome, workloadController } from "./workload-loop.ts";
import type { WorkloadOptions } from "./workload-options.ts";

const INDEX = "batch.kubernetes.io/job-completion-index";
/** Milliseconds; doubled with every failure. */
const FIRST_RETRY = 10_000;
const LONGEST_RETRY = 600_000;

/** Runs the Pods of Jobs until enough succeeded or too many failed. Writes Pods and Jobs' status. */
export function createJobController(options: WorkloadOptions = {}): Controller {
  const names = new PodNames();
  const tallies = new Map<string, Tally>();

  function reconcile(job: Job, pods: readonly Pod[], store: StoreReader, now: Date): Outcome {
    const ended = finishOf(job);
    if (ended !== undefined) return expire(job, ended, now);
    const { uid = "" } = job.metadata;
    let tally = tallies.get(uid);
    if (tally === undefined) {
      tally = new Tally(job, pods);
      tallies.set(uid, tally);
    }
    tally.count(pods, now);
    const active = pods.filter(isActive);
    const verdict = verdictOn(job, tally, active.length);
    const wanted = verdict === undefined ? wantedPods(job, tally, active.length) : 0;
    const retryAt = tally.retryAt(now);
    let operations: Operation[] = [];
    if (active.length > wanted) operations = active.slice(wanted).map(deletion);
    else if (active.length < wanted && retryAt === undefined) {
      operations = create(job, active, tally, wanted - active.length, store);
    }
    if (operations.length > 0) return { operations, wake: retryAt };
    return { operations: writeStatus(job, active, tally, verdict, now), wake: retryAt };
  }

  function create(
    job: Job,
    active: readonly Pod[],
    tally: Tally,
    count: number,
    store: StoreReader,
  ): Operation[] {
    const { name } = job.metadata;
    if (job.spec.completionMode !== "Indexed") {
      return Array.from({ length: count }, () => {
        return { op: "put", object: jobPod(job, names.next(job, `${name}-`, store)) };
      });
    }
    const running = new Set(active.map(indexOf));
    const operations: Operation[] = [];
    for (let index = 0; index < completionsOf(job)! && operations.length < count; index++) {
      if (running.has(index) || tally.indexes.has(index)) continue;
      const pod = names.next(job, `${name}-${index}-`, store);
      operations.push({ op: "put", object: indexedPod(job, pod, index) });
    }
    return operations;
  }

  return workloadController<Job, Pod>(
    {
      name: "jobs",
      kind: "Job.batch",
      childKind: "Pod",
      reconcile,
      forget(job) {
        names.forget(job);
        tallies.delete(job.metadata.uid ?? "");
      },
    },
    options,
  );
}

/** What became of a Job's pods, those that are gone included. */
class Tally {
  succeeded: number;
  failed: number;
  /** Of an Indexed Job, what is done. */
  readonly indexes: IndexSet;
  readonly #counted = new Set<string>();
  /** When the last one failed, in milliseconds. */
  #failedAt = 0;

  constructor({ status }: Job, pods: readonly Pod[]) {
    const { succeeded = 0, failed = 0, completedIndexes = "" } = (status ?? {}) as JobStatus;
    // What the status counted already must not be counted again.
    this.succeeded = succeeded;
    this.failed = failed;
    this.indexes = IndexSet.parse(completedIndexes);
    if (succeeded + failed === 0) return;
    for (const { metadata, status: { phase } = {} } of pods) {
      if (phase === "Succeeded" || phase === "Failed") this.#counted.add(metadata.uid ?? "");
    }
  }

  count(pods: readonly Pod[], now: Date): void {
    for (const pod of pods) {
      const { uid = "" } = pod.metadata;
      const phase = pod.status?.phase;
      if ((phase !== "Succeeded" && phase !== "Failed") || this.#counted.has(uid)) continue;
      this.#counted.add(uid);
      if (phase === "Failed") {
        this.failed++;
        this.#failedAt = now.getTime();
      } else {
        const index = indexOf(pod);
        if (index === undefined || !this.indexes.has(index)) this.succeeded++;
        if (index !== undefined) this.indexes.add(index);
      }
    }
  }

  /** When the next pod may be made after a failure, in milliseconds; undefined when that is now. */
  retryAt(now: Date): number | undefined {
    if (this.#failedAt === 0) return undefined;
    const delay = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** Math.min(this.failed - 1, 10));
    const time = this.#failedAt + delay;
    return time > now.getTime() ? time : undefined;
  }
}

interface JobStatus {
  readonly succeeded?: number;
  readonly failed?: number;
  readonly completedIndexes?: string;
  readonly startTime?: string;
  readonly conditions?: readonly Condition[];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

type Verdict = Omit<Condition, "status" | "lastTransitionTime">;

/** The condition that says a Job has ended; undefined while it has not. */
export function finishOf({ status }: Job): Condition | undefined {
  const { conditions = [] } = (status ?? {}) as JobStatus;
  return conditions.find(
    ({ type, status: value }) => (type === "Complete" || type === "Failed") && value === "True",
  );
}

/** Absent for a work queue, which is done when one pod succeeded and none is left. */
function completionsOf({ spec }: Job): number | undefined {
  const { completions, parallelism, completionMode } = spec;
  return completions ?? (parallelism === undefined || completionMode === "Indexed" ? 1 : undefined);
}

function wantedPods(job: Job, { succeeded }: Tally, active: number): number {
  const { parallelism = 1, suspend } = job.spec;
  if (suspend === true) return 0;
  const completions = completionsOf(job);
  if (completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

function verdictOn(job: Job, { succeeded, failed }: Tally, active: number): Verdict | undefined {
  const completions = completionsOf(job);
  if (failed > (job.spec.backoffLimit ?? 6)) {
    return {
      type: "Failed",
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
    };
  }
  const done = completions === undefined ? succeeded > 0 && active === 0 : succeeded >= completions;
  return done
    ? {
        type: "Complete",
        reason: "CompletionsReached",
        message: "Reached expected number of succeeded pods",
      }
    : undefined;
}

/** Deletes an ended Job when its time to live is over; its pods go with it. */
function expire(job: Job, { lastTransitionTime }: Condition, now: Date): Outcome {
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  const ended = Date.parse(lastTransitionTime ?? "");
  if (ttl === undefined || Number.isNaN(ended)) return { operations: [] };
  const time = ended + ttl * 1000;
  if (time > now.getTime()) return { operations: [], wake: time };
  return { operations: [{ op: "delete", key: keyOf(job) }] };
}

function jobPod(
  job: Job,
  name: string,
  labels: StringMap = {},
  annotations: StringMap = {},
  spec: Partial<PodSpec> = {},
): KubernetesObject {
  const { name: jobName, uid = "" } = job.metadata;
  return podFromTemplate(job, job.spec.template, name, {
    labels: {
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": jobName,
      "controller-uid": uid,
      "job-name": jobName,
      ...labels,
    },
    annotations,
    spec,
  });
}

/** The pod for one index: its number as label, annotation, hostname and variable. */
function indexedPod(job: Job, name: string, index: number): KubernetesObject {
  const mark = { [INDEX]: String(index) };
  const variable = {
    name: "JOB_COMPLETION_INDEX",
    valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } },
  };
  const { containers } = job.spec.template.spec;
  return jobPod(job, name, mark, mark, {
    hostname: `${job.metadata.name}-${index}`,
    containers: containers.map((container) => ({
      ...container,
      env: [...(container.env ?? []), variable],
    })),
  });
}

function indexOf({ metadata: { labels, annotations } }: Pod): number | undefined {
  const text = annotations?.[INDEX] ?? labels?.[INDEX];
  return text === undefined ? undefined : Number(text);
}

function deletion(pod: Pod): Operation {
  return { op: "delete", key: keyOf(pod) };
}

function writeStatus(
  job: Job,
  active: readonly Pod[],
  tally: Tally,
  verdict: Verdict | undefined,
  now: Date,
): Operation[] {
  const time = `${now.toISOString().slice(0, 19)}Z`;
  const { startTime = time, conditions = [] } = (job.status ?? {}) as JobStatus;
  const { completedIndexes: _, ...before } = (job.status ?? {}) as JobStatus;
  const status: Record<string, unknown> = {
    ...withCounts(before, {
      active: active.length,
      succeeded: tally.succeeded,
      failed: tally.failed,
    }),
    ready: active.filter(isReady).length,
    startTime,
  };
  if (tally.indexes.size > 0) status["completedIndexes"] = String(tally.indexes);
  if (verdict !== undefined) {
    const condition = { ...verdict, status: "True", lastTransitionTime: time };
    status["conditions"] = [...conditions, condition];
    if (verdict.type === "Complete") status["completionTime"] = time;
  }
  return jsonEqual(status, job.status) ? [] : [{ op: "status", key: keyOf(job), status }];
}
