import { fromLabelSelector } from "../labels/label-selector.ts";
import { keyOf } from "../objects/object-key.ts";
import type { PodTemplateSpec } from "../objects/pod.ts";
import type { Deployment, ReplicaSet } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { availabilityOf, withCounts } from "./availability.ts";
import { templateHash } from "./generated-name.ts";
import { controllerReference, podsOf } from "./ownership.ts";
import { podFromTemplate } from "./pod-from-template.ts";
import { isActive } from "./pod-state.ts";
import { type RolloutSet, rollingStep, rolloutLimits } from "./rolling-update.ts";
import { type Outcome, workloadController } from "./workload-loop.ts";
import { isAttended, type WorkloadOptions } from "./workload-options.ts";

const HASH_LABEL = "pod-template-hash";
const REVISION = "deployment.kubernetes.io/revision";

/** Keeps one ReplicaSet per template of a Deployment, and rolls from one to the next. Writes ReplicaSets. */
export function createDeploymentController(options: WorkloadOptions = {}): Controller {
  return workloadController<Deployment, ReplicaSet>(
    {
      name: "deployments",
      kind: "Deployment.apps",
      childKind: "ReplicaSet.apps",
      selectorOf: (deployment) => fromLabelSelector(deployment.spec.selector),
      reconcile: (deployment, sets, store, now) => reconcile(deployment, sets, store, options, now),
    },
    options,
  );
}

/** A ReplicaSet with what its pods say. */
interface Rollout extends RolloutSet {
  readonly set: ReplicaSet;
  readonly ready: number;
  readonly pods: number;
  /** When the next of its pods becomes available, in milliseconds. */
  readonly wake: number | undefined;
  /** Whether any of its pods can become ready. */
  readonly attended: boolean;
}

function reconcile(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  store: StoreReader,
  options: WorkloadOptions,
  now: Date,
): Outcome {
  const desired = options.replicasOf?.(deployment) ?? deployment.spec.replicas ?? 1;
  const rollouts = sets.map((set) => rolloutOf(set, deployment, store, options, now));
  const wakes = rollouts.flatMap(({ wake }) => wake ?? []);
  const wake = wakes.length === 0 ? undefined : Math.min(...wakes);
  const current = rollouts.find(({ set }) =>
    sameTemplate(set.spec.template, deployment.spec.template),
  );
  const old = rollouts.filter((rollout) => rollout !== current);
  if (current === undefined) {
    if (deployment.spec.paused === true) return { operations: scalePaused(rollouts, desired) };
    const alone = old.every(({ replicas }) => replicas === 0);
    const object = newReplicaSet(deployment, old, alone ? desired : 0, store);
    return { operations: [{ op: "put", object }] };
  }
  const wanted = nextReplicas(deployment, current, old, desired, options);
  const revision = Math.max(revisionOf(current.set), ...old.map(({ set }) => revisionOf(set) + 1));
  const scaled = [
    ...rewrite(current, wanted.current, deployment, revision),
    ...old.flatMap((rollout, i) => rewrite(rollout, wanted.old[i]!, deployment)),
  ];
  if (scaled.length > 0) return { operations: scaled, wake };
  const rest = [...forget(deployment, old), ...writeStatus(deployment, desired, current, rollouts)];
  return { operations: rest, wake };
}

function rolloutOf(
  set: ReplicaSet,
  deployment: Deployment,
  store: StoreReader,
  options: WorkloadOptions,
  now: Date,
): Rollout {
  const pods = podsOf(set, store).filter(isActive);
  return {
    set,
    replicas: set.spec.replicas ?? 1,
    pods: pods.length,
    attended: pods.some((pod) => isAttended(pod, options)),
    ...availabilityOf(pods, deployment.spec.minReadySeconds, now),
  };
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
  if (latest === undefined || latest.replicas === desired) return [];
  return [{ op: "put", object: scaled(latest.set, desired) }];
}

/** Brings a ReplicaSet in line with the Deployment, if it is not. */
function rewrite(
  { set }: Rollout,
  replicas: number,
  { spec: { minReadySeconds } }: Deployment,
  revision = revisionOf(set),
): Operation[] {
  if (
    set.spec.replicas === replicas &&
    set.spec.minReadySeconds === minReadySeconds &&
    revisionOf(set) === revision
  ) {
    return [];
  }
  const { minReadySeconds: _, ...spec } = scaled(set, replicas).spec;
  const annotations = { ...set.metadata.annotations, [REVISION]: String(revision) };
  return [
    {
      op: "put",
      object: {
        ...set,
        metadata: { ...set.metadata, annotations },
        spec: { ...spec, ...(minReadySeconds === undefined ? {} : { minReadySeconds }) },
      },
    },
  ];
}

function scaled(set: ReplicaSet, replicas: number): ReplicaSet {
  return { ...set, spec: { ...set.spec, replicas } };
}

/** Grows with every rollout, back to an older template too. */
function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION]) || 0;
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
  const revisions = old.map(({ set }) => revisionOf(set));
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
  const status = withCounts(deployment.status, {
    replicas: total("pods"),
    updatedReplicas: current.pods,
    readyReplicas: total("ready"),
    availableReplicas: total("available"),
    unavailableReplicas: Math.max(0, desired - total("available")),
  });
  return jsonEqual(status, deployment.status ?? {})
    ? []
    : [{ op: "status", key: keyOf(deployment), status }];
}
