import { controllerOf } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { PodTemplateSpec } from "../objects/pod.ts";
import type { Deployment, ReplicaSet } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { templateHash } from "./generated-name.ts";
import { controllerReference, podsOf, touchedOwners } from "./ownership.ts";
import { podFromTemplate } from "./pod-from-template.ts";
import { isActive, readySince } from "./pod-state.ts";
import { type RolloutSet, rollingStep, rolloutLimits } from "./rolling-update.ts";
import { isAttended, type WorkloadOptions } from "./workload-options.ts";

const KIND = "Deployment.apps";
const REPLICA_SETS: ReadonlySet<string> = new Set(["ReplicaSet.apps"]);
const HASH_LABEL = "pod-template-hash";
const REVISION = "deployment.kubernetes.io/revision";

/** Keeps one ReplicaSet per template of a Deployment, and rolls from one to the next. Writes ReplicaSets. */
export function createDeploymentController(options: WorkloadOptions = {}): Controller {
  return {
    name: "deployments",
    reconcile(changes, store, now) {
      const operations: Operation[] = [];
      for (const deployment of touchedOwners(KIND, REPLICA_SETS, changes, store)) {
        operations.push(...reconcileOne(deployment as Deployment, store, options, now));
      }
      return operations;
    },
  };
}

/** A ReplicaSet with what its pods say. */
interface Rollout extends RolloutSet {
  readonly set: ReplicaSet;
  readonly ready: number;
  readonly pods: number;
  /** Whether any of its pods can become ready. */
  readonly attended: boolean;
}

function reconcileOne(
  deployment: Deployment,
  store: StoreReader,
  options: WorkloadOptions,
  now: Date,
): Operation[] {
  const desired = options.replicasOf?.(deployment) ?? deployment.spec.replicas ?? 1;
  const rollouts = replicaSetsOf(deployment, store).map((set) =>
    rolloutOf(set, deployment, store, options, now),
  );
  const current = rollouts.find(({ set }) =>
    sameTemplate(set.spec.template, deployment.spec.template),
  );
  const old = rollouts.filter((rollout) => rollout !== current);
  if (current === undefined) {
    if (deployment.spec.paused === true) return scalePaused(rollouts, desired);
    const alone = old.every(({ replicas }) => replicas === 0);
    return [{ op: "put", object: newReplicaSet(deployment, old, alone ? desired : 0, store) }];
  }
  const wanted = nextReplicas(deployment, current, old, desired, options);
  const scaled = [
    ...scale(current, wanted.current),
    ...old.flatMap((rollout, i) => scale(rollout, wanted.old[i]!)),
  ];
  if (scaled.length > 0) return scaled;
  return [...forget(deployment, old), ...writeStatus(deployment, desired, current, rollouts)];
}

function replicaSetsOf(deployment: Deployment, store: StoreReader): ReplicaSet[] {
  const { uid = "" } = deployment.metadata;
  return store
    .dependents(uid)
    .filter(
      (object): object is ReplicaSet =>
        object.kind === "ReplicaSet" && controllerOf(object)?.uid === uid,
    );
}

function rolloutOf(
  set: ReplicaSet,
  deployment: Deployment,
  store: StoreReader,
  options: WorkloadOptions,
  now: Date,
): Rollout {
  const minReady = (deployment.spec.minReadySeconds ?? 0) * 1000;
  const rollout = { set, replicas: set.spec.replicas ?? 1, pods: 0, ready: 0, available: 0 };
  let attended = false;
  for (const pod of podsOf(set, store)) {
    if (!isActive(pod)) continue;
    rollout.pods++;
    const since = readySince(pod);
    if (since !== undefined) rollout.ready++;
    if (isAttended(pod, options)) attended = true;
    if (since !== undefined && since + minReady <= now.getTime()) rollout.available++;
  }
  return { ...rollout, attended };
}

/** Replicas for the current set and each old one. */
function nextReplicas(
  deployment: Deployment,
  current: Rollout,
  old: readonly Rollout[],
  desired: number,
  options: WorkloadOptions,
): { readonly current: number; readonly old: readonly number[] } {
  const none = old.map(() => 0);
  const { type = "RollingUpdate", rollingUpdate } = deployment.spec.strategy ?? {};
  if (type === "Recreate") {
    return { current: old.some(({ pods }) => pods > 0) ? current.replicas : desired, old: none };
  }
  if (old.every(({ replicas }) => replicas === 0)) return { current: desired, old: none };
  if (!runsAnywhere(current, options)) return { current: desired, old: none };
  const limits = rolloutLimits(desired, rollingUpdate?.maxSurge, rollingUpdate?.maxUnavailable);
  return rollingStep(current, old, limits);
}

/** Whether pods of the set will ever become ready; if not, a rollout that waits for them would never end. */
function runsAnywhere({ set, attended }: Rollout, options: WorkloadOptions): boolean {
  return (
    attended || isAttended(podFromTemplate(set, set.spec.template, set.metadata.name), options)
  );
}

function scalePaused(rollouts: readonly Rollout[], desired: number): Operation[] {
  const latest = rollouts.filter(({ replicas }) => replicas > 0).at(-1) ?? rollouts.at(-1);
  return latest === undefined ? [] : scale(latest, desired);
}

function scale({ set }: Rollout, replicas: number): Operation[] {
  if (set.spec.replicas === replicas) return [];
  return [{ op: "put", object: { ...set, spec: { ...set.spec, replicas } } }];
}

function newReplicaSet(
  deployment: Deployment,
  old: readonly Rollout[],
  replicas: number,
  store: StoreReader,
): ReplicaSet {
  const { namespace = "", name } = deployment.metadata;
  const { template, selector, minReadySeconds } = deployment.spec;
  let hash = templateHash(template);
  // Somebody else's ReplicaSet of that name stays; ours gets another hash.
  for (let i = 1; store.get("ReplicaSet.apps", namespace, `${name}-${hash}`) !== undefined; i++) {
    hash = templateHash(template, i);
  }
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const revisions = old.map(({ set }) => Number(set.metadata.annotations?.[REVISION]) || 0);
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: { [REVISION]: String(Math.max(0, ...revisions) + 1) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** Whether two templates make the same pods, the hash label aside. */
function sameTemplate(ours: PodTemplateSpec, wanted: PodTemplateSpec): boolean {
  return jsonEqual(ours.spec, wanted.spec) && jsonEqual(withoutHash(ours), withoutHash(wanted));
}

function withoutHash({ metadata = {} }: PodTemplateSpec): unknown {
  const { [HASH_LABEL]: _, ...labels } = metadata.labels ?? {};
  return { labels, annotations: metadata.annotations ?? {} };
}

/** Old empty ReplicaSets beyond revisionHistoryLimit (10), the oldest first. */
function forget(deployment: Deployment, old: readonly Rollout[]): Operation[] {
  const empty = old.filter(({ replicas, pods }) => replicas === 0 && pods === 0);
  const excess = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  return empty
    .slice(0, Math.max(0, excess))
    .map(({ set }): Operation => ({ op: "delete", key: keyOf(set) }));
}

function writeStatus(
  deployment: Deployment,
  desired: number,
  current: Rollout,
  rollouts: readonly Rollout[],
): Operation[] {
  const total = (count: "pods" | "ready" | "available") =>
    rollouts.reduce((sum, rollout) => sum + rollout[count], 0);
  const counts = {
    replicas: total("pods"),
    updatedReplicas: current.pods,
    readyReplicas: total("ready"),
    availableReplicas: total("available"),
    unavailableReplicas: Math.max(0, desired - total("available")),
  };
  const status: Record<string, unknown> = { ...(deployment.status as object | undefined) };
  for (const [name, count] of Object.entries(counts)) {
    if (count > 0) status[name] = count;
    else delete status[name];
  }
  return jsonEqual(status, deployment.status ?? {})
    ? []
    : [{ op: "status", key: keyOf(deployment), status }];
}
