import { REVISION_LABEL } from "../objects/added-labels.ts";
import { isRecord } from "../objects/json.ts";
import { controllerOf, groupKindOf } from "../objects/object.ts";
import { keyOf } from "../objects/object-key.ts";
import type { Pod, PodTemplateSpec } from "../objects/pod.ts";
import type { ControllerRevision } from "../objects/tables/kinds.ts";
import type { DaemonSet, StatefulSet } from "../objects/workloads.ts";
import type { Operation } from "../store/operation.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { templateHash } from "./generated-name.ts";
import { controllerReference } from "./ownership.ts";

/** One template of a workload under the name that its pods carry in {@link REVISION_LABEL}. */
export interface Revision {
  readonly name: string;
  readonly template: PodTemplateSpec;
}

/** How a kind of workload names its revisions. */
export interface RevisionNaming {
  /** The label of a ControllerRevision that has the template's hash. */
  readonly hashLabel: string;
  /** What pods carry of the name of their ControllerRevision. */
  readonly onPods: (name: string) => string;
}

/** What a workload's templates were and are, and what brings the ControllerRevisions up to date. */
export interface RevisionHistory {
  readonly latest: Revision;
  /** The one that was rolled out last; the latest where nothing has been. */
  readonly before: Revision;
  readonly operations: readonly Operation[];
}

const KIND = "ControllerRevision.apps";

/**
 * The history of a workload's template, which `kubectl rollout history` and `undo` read: a ControllerRevision for each,
 * numbered, and numbered anew when it becomes the latest again. Pods that the workload came with, from a cluster's
 * dump, count as made from its template: their revision is taken over.
 * @param rolledOut the name of the revision that was rolled out last
 */
export function revisionHistory(
  workload: StatefulSet | DaemonSet,
  pods: readonly Pod[],
  store: StoreReader,
  { hashLabel, onPods }: RevisionNaming,
  rolledOut?: string,
): RevisionHistory {
  const { template, revisionHistoryLimit = 10 } = workload.spec;
  const prefix = `${workload.metadata.name}-`;
  const hash = templateHash(template);
  const owned = ownedRevisions(workload, store);
  const same = owned.find((each) => hashOf(each) === hash);
  const newest = owned.at(-1);
  const operations: Operation[] = [];
  let name = same?.metadata.name;
  if (name === undefined) {
    const carried = newest === undefined && pods.at(-1)?.metadata.labels?.[REVISION_LABEL];
    name = carried ? `${prefix}${carried.replace(prefix, "")}` : `${prefix}${hash}`;
    const revision = (newest?.revision ?? 0) + 1;
    const object = newRevision(workload, { name, hash, hashLabel, revision });
    operations.push({ op: "put", object });
  } else if (newest !== undefined && same !== newest) {
    const object = { ...same, revision: newest.revision + 1 } as ControllerRevision;
    operations.push({ op: "put", object });
  }
  const latest = { name: onPods(name), template };
  const last = owned.find(({ metadata }) => metadata.name === rolledOut);
  const before =
    last === undefined
      ? latest
      : { name: onPods(last.metadata.name), template: templateOf(last) ?? template };
  const inUse = new Set([latest.name, before.name, ...pods.map(revisionOfPod)]);
  const history = owned.filter(({ metadata }) => !inUse.has(onPods(metadata.name)));
  for (const each of history.slice(0, Math.max(0, history.length - revisionHistoryLimit))) {
    operations.push({ op: "delete", key: keyOf(each) });
  }
  return { latest, before, operations };
}

/** The revision that a pod was made of. */
export function revisionOfPod({ metadata: { labels } }: Pod): string | undefined {
  return labels?.[REVISION_LABEL];
}

/** By their numbers. */
function ownedRevisions(
  { metadata: { uid = "" } }: StatefulSet | DaemonSet,
  store: StoreReader,
): readonly ControllerRevision[] {
  const owned = store.dependents(uid).filter((object): object is ControllerRevision => {
    return groupKindOf(object) === KIND && controllerOf(object)?.uid === uid;
  });
  return owned.sort((a, b) => a.revision - b.revision);
}

function newRevision(
  workload: StatefulSet | DaemonSet,
  made: { name: string; hash: string; hashLabel: string; revision: number },
): ControllerRevision {
  const { namespace, annotations } = workload.metadata;
  const { template } = workload.spec;
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: made.name,
      ...(namespace !== undefined && { namespace }),
      labels: { ...template.metadata?.labels, [made.hashLabel]: made.hash },
      ...(annotations !== undefined && { annotations }),
      ownerReferences: [controllerReference(workload)],
    },
    // A strategic merge patch: `kubectl rollout undo` sends it as it is.
    data: { spec: { template: { $patch: "replace", ...template } } },
    revision: made.revision,
  };
}

function templateOf({ data }: ControllerRevision): PodTemplateSpec | undefined {
  const { spec } = isRecord(data) ? data : {};
  const { template } = isRecord(spec) ? spec : {};
  if (!isRecord(template)) return undefined;
  const { $patch: _, ...rest } = template;
  return rest as unknown as PodTemplateSpec;
}

const hashes = new WeakMap<object, string>();

/** The hash of a revision's template. Its label has the one of the program that made it, which may be another. */
function hashOf(revision: ControllerRevision): string {
  let hash = hashes.get(revision);
  if (hash === undefined) {
    hash = templateHash(templateOf(revision));
    hashes.set(revision, hash);
  }
  return hash;
}
