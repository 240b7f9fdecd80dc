import { timestamp } from "../objects/timestamp.ts";
import type { Deployment } from "../objects/workloads.ts";
import { rolloutLimits } from "./rolling-update.ts";

export interface DeploymentCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  /** When its content last changed, or it was repeated with more progress. */
  readonly lastUpdateTime: string;
  readonly lastTransitionTime: string;
}

/** The counts of a Deployment's status that show its progress. */
export interface Progress {
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
}

interface Occasion {
  readonly deployment: Deployment;
  readonly desired: number;
  /** The name of the ReplicaSet of the present template. */
  readonly current: string | undefined;
  readonly before: Progress;
  readonly after: Progress;
  readonly now: Date;
}

/** A deadline that is never reached: Go's largest int32. */
const NO_DEADLINE = 2 ** 31 - 1;

/**
 * Sets the conditions as the Deployment controller does: whether enough pods are available, and whether the rollout
 * progresses, is complete, or has made no progress for progressDeadlineSeconds.
 */
export function conditionsAt(occasion: Occasion): {
  readonly conditions: readonly DeploymentCondition[];
  /** When the deadline without progress is reached, in milliseconds. */
  readonly wake: number | undefined;
} {
  const { deployment, now } = occasion;
  const { conditions: known = [] } = (deployment.status ?? {}) as {
    readonly conditions?: readonly DeploymentCondition[];
  };
  const { progressDeadlineSeconds: seconds = 600 } = deployment.spec;
  const find = (type: string) => known.find((condition) => condition.type === type);
  const others = known.filter(({ type }) => type !== "Available" && type !== "Progressing");
  const available = changed(find("Available"), availability(occasion), now);
  if (seconds === NO_DEADLINE) return { conditions: [...others, available], wake: undefined };
  const said = find("Progressing");
  const progress = progressAt(occasion, said, seconds);
  const progressing = progress === undefined ? said : changed(said, progress, now);
  const conditions = [...others, available, ...(progressing === undefined ? [] : [progressing])];
  const isOpen = progressing?.status === "True" && progressing.reason !== DONE;
  return { conditions, wake: isOpen ? timeOutOf(progressing, seconds) + 1000 : undefined };
}

type Said = Pick<DeploymentCondition, "type" | "status" | "reason" | "message"> & {
  /** Whether a condition with the same content counts as progress. */
  readonly renews?: boolean;
};

function availability({ deployment, desired, after }: Occasion): Said {
  const { type, rollingUpdate } = deployment.spec.strategy ?? {};
  const limits = rolloutLimits(desired, rollingUpdate?.maxSurge, rollingUpdate?.maxUnavailable);
  const spared = type === "Recreate" ? 0 : limits.maxUnavailable;
  const isEnough = (after.availableReplicas ?? 0) >= desired - spared;
  return {
    type: "Available",
    status: isEnough ? "True" : "False",
    reason: isEnough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: `Deployment ${isEnough ? "has" : "does not have"} minimum availability.`,
  };
}

const DONE = "NewReplicaSetAvailable";
const LATE = "ProgressDeadlineExceeded";

/** @returns undefined when the present condition still holds. */
function progressAt(
  { deployment, desired, current, before, after, now }: Occasion,
  said: DeploymentCondition | undefined,
  seconds: number,
): Said | undefined {
  const type = "Progressing";
  const isPaused = said?.reason === "DeploymentPaused";
  if (deployment.spec.paused === true) {
    if (isPaused || said?.reason === LATE) return undefined;
    const message = "Deployment is paused";
    return { type, status: "Unknown", reason: "DeploymentPaused", message };
  }
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = after;
  if (said?.reason === DONE && replicas === updatedReplicas) return undefined;
  const set = current === undefined ? "Deployment" : `ReplicaSet "${current}"`;
  const counts = [replicas, updatedReplicas, availableReplicas];
  if (current !== undefined && counts.every((count) => count === desired)) {
    return { type, status: "True", reason: DONE, message: `${set} has successfully progressed.` };
  }
  // A rollout that begins has none of its pods yet, whatever the one before had.
  const begins = said?.reason === DONE;
  if (isProgress(begins ? { ...before, updatedReplicas: 0 } : before, after)) {
    const message = `${set} is progressing.`;
    return { type, status: "True", reason: "ReplicaSetUpdated", message, renews: true };
  }
  if (isPaused) {
    const message = "Deployment is resumed";
    return { type, status: "Unknown", reason: "DeploymentResumed", message };
  }
  if (said === undefined || said.reason === DONE) {
    const message = `Created new replica set "${current ?? ""}"`;
    return { type, status: "True", reason: "NewReplicaSetCreated", message, renews: true };
  }
  if (said.reason === LATE || timeOutOf(said, seconds) >= now.getTime()) return undefined;
  return { type, status: "False", reason: LATE, message: `${set} has timed out progressing.` };
}

function isProgress(before: Progress, after: Progress): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: Progress) => replicas - updatedReplicas;
  const grew = (field: keyof Progress) => (after[field] ?? 0) > (before[field] ?? 0);
  return (
    grew("updatedReplicas") ||
    grew("readyReplicas") ||
    grew("availableReplicas") ||
    old(after) < old(before)
  );
}

function timeOutOf({ lastUpdateTime }: DeploymentCondition, seconds: number): number {
  return Date.parse(lastUpdateTime) + seconds * 1000;
}

/** The former condition where the content is the same, with the times that still hold. */
function changed(
  before: DeploymentCondition | undefined,
  { renews = false, ...next }: Said,
  now: Date,
): DeploymentCondition {
  if (before?.status === next.status && before.reason === next.reason && !renews) return before;
  const time = timestamp(now);
  const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : time;
  return { ...next, lastUpdateTime: time, lastTransitionTime };
}
