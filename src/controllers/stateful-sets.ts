import { fromLabelSelector } from "../labels/label-selector.ts";
import { ordinalLabels, REVISION_LABEL } from "../objects/added-labels.ts";
import { append } from "../objects/append.ts";
import { isReady, type Pod } from "../objects/pod.ts";
import type { StatefulSet } from "../objects/workloads.ts";
import type { Controller } from "../store/controller.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { availabilityOf, isAvailable, withCounts } from "./availability.ts";
import {
  type Revision,
  type RevisionNaming,
  revisionHistory,
  revisionOfPod,
} from "./controller-revisions.ts";
import { deletePod } from "./pod-deletion.ts";
import { podFromTemplate } from "./pod-from-template.ts";
import { podCount } from "./pod-limit.ts";
import { isEnding, isFinished, isTerminating } from "./pod-state.ts";
import { claimVolumes, ownedClaims } from "./stateful-claims.ts";
import { type Outcome, workloadController } from "./workload-loop.ts";
import { isAttended, type WorkloadOptions } from "./workload-options.ts";
import { writeWorkloadStatus } from "./workload-status.ts";

/**
 * Keeps the numbered Pods of a StatefulSet, each with a hostname: started in order, deleted in reverse, replaced from
 * the highest number down. Writes Pods, PersistentVolumeClaims and StatefulSets' status.
 */
export function createStatefulSetController(options: WorkloadOptions = {}): Controller {
  function reconcile(
    set: StatefulSet,
    pods: readonly Pod[],
    store: StoreReader,
    now: Date,
  ): Outcome {
    const { currentRevision } = set.status ?? {};
    const history = revisionHistory(set, pods, store, NAMING, currentRevision);
    const { latest, before } = history;
    const replicas = podCount(options.replicasOf?.(set) ?? set.spec.replicas ?? 1);
    const start = set.spec.ordinals?.start ?? 0;
    const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
    const ordinals = Array.from({ length: replicas }, (_, i) => start + i);
    const extra = [...byOrdinal].filter(
      ([ordinal]) => !(ordinal >= start && ordinal < start + replicas),
    );
    const step = new Step(set, options, store, now);
    const { wake } = availabilityOf(pods, set.spec.minReadySeconds, now);
    // A pod below the partition is made from the former template.
    const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    const revisionAt = (ordinal: number) => (ordinal < partition ? before : latest);
    const started = step.start(ordinals, byOrdinal, revisionAt);
    if (started && step.stop(extra, ordinals, byOrdinal)) {
      step.update(ordinals, byOrdinal, latest, partition);
    }
    const { operations } = step;
    // A status that is not final would only be written anew.
    const next = operations.length > 0 ? operations : writeStatus(set, pods, latest, before, now);
    return { operations: [...history.operations, ...next], wake };
  }

  return workloadController<StatefulSet, Pod>(
    {
      name: "stateful-sets",
      kind: "StatefulSet.apps",
      childKind: "Pod",
      selectorOf: (set) => fromLabelSelector(set.spec.selector),
      isMember: (set, pod) => !Number.isNaN(ordinalOf(set, pod)),
      reconcile,
    },
    options,
  );
}

const NAMING: RevisionNaming = {
  hashLabel: "controller.kubernetes.io/hash",
  onPods: (name) => name,
};

/** The result of one look at a StatefulSet. */
class Step {
  readonly operations: Operation[] = [];
  readonly #set: StatefulSet;
  readonly #options: WorkloadOptions;
  readonly #store: StoreReader;
  readonly #now: Date;
  readonly #ordered: boolean;

  constructor(set: StatefulSet, options: WorkloadOptions, store: StoreReader, now: Date) {
    this.#now = now;
    this.#set = set;
    this.#options = options;
    this.#store = store;
    this.#ordered = set.spec.podManagementPolicy !== "Parallel";
  }

  /**
   * Creates missing pods, each when its predecessors are ready. An outdated pod that is not ready is replaced rather
   * than waited for, so that a corrected template gets its chance; a cluster would wait.
   * @returns whether no pod is waited for.
   */
  start(
    ordinals: readonly number[],
    pods: ReadonlyMap<number, Pod>,
    revisionAt: (ordinal: number) => Revision,
  ): boolean {
    const updates = this.#set.spec.updateStrategy?.type !== "OnDelete";
    for (const ordinal of ordinals) {
      const revision = revisionAt(ordinal);
      let pod = pods.get(ordinal);
      const broken =
        pod !== undefined && updates && !isReady(pod) && revisionOfPod(pod) !== revision.name;
      if (pod === undefined || isFinished(pod) || broken) {
        // Its name is taken until it has ended.
        const isFree = pod === undefined ? this.#isFree(ordinal) : this.#delete(pod);
        pod = isFree ? this.#create(ordinal, revision) : undefined;
      } else {
        append(this.operations, ownedClaims(this.#set, pod.metadata.name, this.#store));
      }
      if (this.#ordered && (pod === undefined || this.#isWaitedFor(pod))) return false;
    }
    return true;
  }

  /** Deletes the pods beyond the replicas, the highest number first. @returns whether all are gone. */
  stop(
    extra: readonly (readonly [number, Pod])[],
    ordinals: readonly number[],
    pods: ReadonlyMap<number, Pod>,
  ): boolean {
    const waited = ordinals.some((ordinal) => {
      const pod = pods.get(ordinal);
      return pod !== undefined && this.#isWaitedFor(pod);
    });
    if (this.#ordered && waited) return false;
    for (const [, pod] of [...extra].sort(([a], [b]) => b - a)) {
      append(this.operations, ownedClaims(this.#set, pod.metadata.name, this.#store, pod));
      if (!this.#delete(pod) && this.#ordered) return false;
    }
    return true;
  }

  /**
   * Replaces outdated pods, the highest number first, one at a time: a cluster of 1.36 ignores `maxUnavailable`,
   * unless its feature gate is on.
   */
  update(
    ordinals: readonly number[],
    pods: ReadonlyMap<number, Pod>,
    latest: Revision,
    partition: number,
  ): void {
    if (this.#set.spec.updateStrategy?.type === "OnDelete") return;
    for (const ordinal of [...ordinals].reverse()) {
      const pod = pods.get(ordinal);
      // Missing pods and those that are not ready were handled before.
      if (ordinal < partition || pod === undefined) continue;
      if (revisionOfPod(pod) !== latest.name && isReady(pod)) {
        const isFree = this.#delete(pod);
        if (!isFree || this.#isWaitedFor(this.#create(ordinal, latest))) return;
      } else if (this.#isWaitedFor(pod)) return;
    }
  }

  /** Whether no pod of another owner, such as a former set, is still terminating under the name. */
  #isFree(ordinal: number): boolean {
    const { namespace = "", name } = this.#set.metadata;
    const other = this.#store.get("Pod", namespace, `${name}-${ordinal}`);
    return other === undefined || !isEnding(other) || this.#options.isEndedLater?.(other) !== true;
  }

  #isWaitedFor(pod: Pod): boolean {
    if (isTerminating(pod)) return true;
    const { minReadySeconds } = this.#set.spec;
    return !isAvailable(pod, minReadySeconds, this.#now) && isAttended(pod, this.#options);
  }

  /** @returns whether it is gone. */
  #delete(pod: Pod): boolean {
    const deletion = deletePod(pod, this.#options, this.#now);
    append(this.operations, deletion);
    return deletion.some(({ op }) => op === "delete");
  }

  #create(ordinal: number, { name: revision, template }: Revision): Pod {
    const set = this.#set;
    const name = `${set.metadata.name}-${ordinal}`;
    const pod = podFromTemplate(set, template, name, {
      generateName: `${set.metadata.name}-`,
      labels: {
        ...ordinalLabels(set.metadata.name, ordinal),
        [REVISION_LABEL]: revision,
      },
      spec: {
        hostname: name,
        ...(set.spec.serviceName === undefined ? {} : { subdomain: set.spec.serviceName }),
        ...claimVolumes(set, template.spec, name),
      },
    });
    append(this.operations, [...ownedClaims(set, name, this.#store), { op: "put", object: pod }]);
    return pod;
  }
}

/** The pod's number; NaN when its name has none, so that it doesn't belong to the set. */
function ordinalOf(set: StatefulSet, pod: Pod): number {
  const digits = pod.metadata.name.slice(set.metadata.name.length + 1);
  return /^(?:0|[1-9][0-9]{0,9})$/.test(digits) ? Number(digits) : Number.NaN;
}

function writeStatus(
  set: StatefulSet,
  pods: readonly Pod[],
  latest: Revision,
  before: Revision,
  now: Date,
): Operation[] {
  const { ready, available } = availabilityOf(pods, set.spec.minReadySeconds, now);
  // A terminating pod counts neither as current nor as updated, but still as a replica.
  const staying = pods.filter((pod) => !isTerminating(pod));
  const updated = staying.filter((pod) => revisionOfPod(pod) === latest.name).length;
  const current = staying.filter((pod) => revisionOfPod(pod) === before.name).length;
  const status = {
    ...withCounts(set.status, {
      readyReplicas: ready,
      currentReplicas: current,
      updatedReplicas: updated,
    }),
    replicas: pods.length,
    availableReplicas: available,
    collisionCount: 0,
    currentRevision: updated === pods.length ? latest.name : before.name,
    updateRevision: latest.name,
  };
  return writeWorkloadStatus(set, status);
}
