import { fromLabelSelector } from "../labels/label-selector.ts";
import { TEMPLATE_HASH_LABEL } from "../objects/added-labels.ts";
import { extended } from "../objects/extended.ts";
import { keyOf } from "../objects/object-key.ts";
import type { PodTemplateSpec } from "../objects/pod.ts";
import type { Deployment, ReplicaSet } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import { jsonEqual } from "../store/equal.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { availabilityOf } from "./availability.ts";
import { decidedAt, type Size, sizeAnnotations, sizeOf } from "./deployment-size.ts";
import { type Rollout, writeStatus } from "./deployment-status.ts";
import { templateHash } from "./generated-name.ts";
import { missingReplicaSet } from "./missing-replica-set.ts";
import { controllerReference, podsOf } from "./ownership.ts";
import { podFromTemplate } from "./pod-from-template.ts";
import { isActive, isEnding } from "./pod-state.ts";
import { proportionalReplicas } from "./proportional-scaling.ts";
import { rollingStep, rolloutLimits } from "./rolling-update.ts";
import { type Outcome, workloadController } from "./workload-loop.ts";
import { isAttended, type WorkloadOptions } from "./workload-options.ts";

const REVISION = "deployment.kubernetes.io/revision";

/** Keeps one ReplicaSet for each template of a Deployment, and rolls out from one to the next. Writes ReplicaSets. */
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
  const wake = wakes.length === 0 ? undefined : wakes.reduce((a, b) => Math.min(a, b));
  const current = rollouts.find(({ set }) =>
    sameTemplate(set.spec.template, deployment.spec.template),
  );
  const old = rollouts.filter((rollout) => rollout !== current);
  const size = sizeOf(deployment, desired);
  const paused = deployment.spec.paused === true;
  if (paused || isRescaled(rollouts, desired)) {
    const resized = resize(deployment, rollouts, current, size);
    if (resized.length > 0) return { operations: resized, wake };
    if (paused) return writeStatus(deployment, desired, current, rollouts, now, wake);
  }
  if (current === undefined) {
    const alone = old.every(({ replicas }) => replicas === 0);
    const object = newReplicaSet(deployment, old, alone ? desired : 0, size, store);
    return { operations: [{ op: "put", object }] };
  }
  const wanted = nextReplicas(deployment, current, old, desired, options);
  const revision = old.reduce(
    (highest, { set }) => Math.max(highest, revisionOf(set) + 1),
    revisionOf(current.set),
  );
  const scaled = [
    ...rewrite(current, wanted.current, deployment, size, revision),
    ...old.flatMap((rollout, i) => rewrite(rollout, wanted.old[i]!, deployment, size)),
  ];
  if (scaled.length > 0) return { operations: scaled, wake };
  const status = writeStatus(deployment, desired, current, rollouts, now, wake);
  return { ...status, operations: [...forget(deployment, old), ...status.operations] };
}

function rolloutOf(
  set: ReplicaSet,
  deployment: Deployment,
  store: StoreReader,
  options: WorkloadOptions,
  now: Date,
): Rollout {
  const all = podsOf(set, store);
  const pods = all.filter(isActive);
  return {
    set,
    ending: all.filter(isEnding).length,
    replicas: set.spec.replicas ?? 1,
    pods: pods.length,
    attended: pods.some((pod) => isAttended(pod, options)),
    ...availabilityOf(pods, deployment.spec.minReadySeconds, now),
  };
}

/** New sizes for the current set and each old one. */
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
    const isOver = old.every(({ pods, ending }) => pods + ending === 0);
    return { current: isOver ? desired : current.replicas, old: none };
  }
  if (old.every(({ replicas }) => replicas === 0)) return { current: desired, old: none };
  if (!runsAnywhere(current, options)) return { current: desired, old: none };
  const limits = rolloutLimits(desired, rollingUpdate?.maxSurge, rollingUpdate?.maxUnavailable);
  return rollingStep(current, old, limits);
}

/** Whether pods of the set can ever become ready; if not, a rollout that waits for them would never end. */
function runsAnywhere({ set, attended }: Rollout, options: WorkloadOptions): boolean {
  return (
    attended || isAttended(podFromTemplate(set, set.spec.template, set.metadata.name), options)
  );
}

/** Whether the Deployment's size has changed since its ReplicaSets' were set. */
function isRescaled(rollouts: readonly Rollout[], desired: number): boolean {
  return rollouts.some(({ replicas, set }) => {
    const before = decidedAt(set);
    return replicas > 0 && before !== undefined && before.desired !== desired;
  });
}

/** Distributes a new size over the existing ReplicaSets, without continuing the rollout. */
function resize(
  deployment: Deployment,
  rollouts: readonly Rollout[],
  current: Rollout | undefined,
  size: Size,
): Operation[] {
  const { desired, maxSurge } = size;
  const active = rollouts.filter(({ replicas }) => replicas > 0);
  if (active.length < 2) {
    const only = active[0] ?? current ?? rollouts.at(-1);
    return only === undefined ? [] : rewrite(only, desired, deployment, size);
  }
  const isDone =
    current?.replicas === desired &&
    current.available === desired &&
    decidedAt(current.set)?.desired === desired;
  const scaled = active.map(({ set, replicas }) => {
    return { replicas, maxBefore: decidedAt(set)?.most ?? desired + maxSurge };
  });
  const sizes = isDone
    ? active.map((rollout) => (rollout === current ? desired : 0))
    : deployment.spec.strategy?.type === "Recreate"
      ? active.map(({ replicas }) => replicas)
      : proportionalReplicas(scaled, desired, maxSurge);
  return active.flatMap((rollout, i) => rewrite(rollout, sizes[i]!, deployment, size));
}

/** Updates a ReplicaSet that differs from what the Deployment needs. */
function rewrite(
  { set }: Rollout,
  replicas: number,
  { spec: { minReadySeconds } }: Deployment,
  size: Size,
  revision = revisionOf(set),
): Operation[] {
  const annotations = extended(set.metadata.annotations ?? {}, {
    ...(replicas > 0 ? sizeAnnotations(size) : {}),
    [REVISION]: String(revision),
  });
  if (
    set.spec.replicas === replicas &&
    set.spec.minReadySeconds === minReadySeconds &&
    jsonEqual(set.metadata.annotations, annotations)
  ) {
    return [];
  }
  const { minReadySeconds: _, ...spec } = set.spec;
  return [
    {
      op: "put",
      object: {
        ...set,
        metadata: extended(set.metadata, { annotations }),
        spec: extended(spec, {
          replicas,
          ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
        }),
      },
    },
  ];
}

/** Increases with every rollout, even one back to an older template. */
function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION]) || 0;
}

function newReplicaSet(
  deployment: Deployment,
  old: readonly Rollout[],
  replicas: number,
  size: Size,
  store: StoreReader,
): ReplicaSet {
  const { namespace = "", name } = deployment.metadata;
  const { template, selector, minReadySeconds } = deployment.spec;
  const missing = old.length === 0 ? missingReplicaSet(deployment, store) : undefined;
  let hash = missing?.hash ?? templateHash(template);
  // If another owner has a ReplicaSet of that name, ours gets another hash.
  const isTaken = () => store.get("ReplicaSet.apps", namespace, `${name}-${hash}`) !== undefined;
  for (let i = 1; missing === undefined && isTaken(); i++) hash = templateHash(template, i);
  const labels = extended(template.metadata?.labels ?? {}, { [TEMPLATE_HASH_LABEL]: hash });
  const revisions = old.map(({ set }) => revisionOf(set));
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: missing?.name ?? `${name}-${hash}`,
      namespace,
      ...(missing !== undefined && { uid: missing.uid }),
      labels,
      annotations: {
        ...sizeAnnotations(size),
        [REVISION]: String(revisions.reduce((a, b) => Math.max(a, b), 0) + 1),
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: extended(selector, {
        matchLabels: extended(selector.matchLabels ?? {}, { [TEMPLATE_HASH_LABEL]: hash }),
      }),
      template: extended(template, { metadata: extended(template.metadata ?? {}, { labels }) }),
    },
  };
}

/** Whether two templates make the same pods, the hash label aside. */
function sameTemplate(ours: PodTemplateSpec, wanted: PodTemplateSpec): boolean {
  return jsonEqual(ours.spec, wanted.spec) && jsonEqual(withoutHash(ours), withoutHash(wanted));
}

function withoutHash({ metadata = {} }: PodTemplateSpec): unknown {
  const { [TEMPLATE_HASH_LABEL]: _, ...labels } = metadata.labels ?? {};
  return { labels, annotations: metadata.annotations ?? {} };
}

/**
 * Deletes old empty ReplicaSets beyond revisionHistoryLimit (10): those with the lowest revisions, which were in use
 * longest ago, regardless of their creation.
 */
function forget(deployment: Deployment, old: readonly Rollout[]): Operation[] {
  const empty = old.filter(({ replicas, pods }) => replicas === 0 && pods === 0);
  const excess = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  return empty
    .sort((a, b) => revisionOf(a.set) - revisionOf(b.set))
    .slice(0, Math.max(0, excess))
    .map(({ set }): Operation => ({ op: "delete", key: keyOf(set) }));
}
